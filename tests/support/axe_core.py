"""axe-core, which finds what keeps people out of a page, and how to ask it."""

import base64
import hashlib
import shutil
import subprocess
import tarfile

import pytest

__all__ = ["script", "serious"]

VERSION = "4.14.1"
# npm's own checksum of that version, sha512.
CHECKSUM = (
    "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)
RUN = """async () => (await axe.run({resultTypes: ["violations"]})).violations
  .filter(found => ["serious", "critical"].includes(found.impact))
  .map(found => `${found.id}: ${found.nodes.map(node => node.html.slice(0, 200)).join("; ")}`)"""


def script(folder):
    """The text of axe-core's script; the test is skipped if it is not to be had.

    Args:
        folder: where it is kept from one run to the next.
    """
    kept = folder / f"axe-{VERSION}.min.js"
    if not kept.exists():
        kept.write_bytes(_fetched(folder))
    return kept.read_text(encoding="utf-8")


def _fetched(folder):
    if shutil.which("npm") is None:
        pytest.skip("no npm on PATH to fetch axe-core with")
    command = ["npm", "pack", "--silent", f"axe-core@{VERSION}"]
    try:
        subprocess.run(command, cwd=folder, check=True, timeout=120, capture_output=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"npm cannot fetch axe-core: {error}")
    archive = folder / f"axe-core-{VERSION}.tgz"
    digest = hashlib.sha512(archive.read_bytes()).digest()
    assert base64.b64encode(digest).decode() == CHECKSUM
    with tarfile.open(archive) as files:
        content = files.extractfile("package/axe.min.js").read()
    archive.unlink()
    return content


def serious(page, script):
    """Findings of axe-core that are serious or critical: a line each, with the elements.

    Args:
        page: Playwright's page; axe-core comes into it here.
        script: text of axe-core.
    """
    page.evaluate(script)
    return page.evaluate(RUN)
