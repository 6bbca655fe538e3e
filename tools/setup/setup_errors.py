"""What can go wrong during the installation, in one line for the person who typed `make`.

Like install.py, it uses only the standard library and the syntax of Python 3.6.
"""

import platform
import re
import shutil

__all__ = ["DISK_NEEDED", "DiskFull", "NoNetwork", "SetupError", "explain"]

# .venv takes 2.6 GB. Most of it is TensorFlow, a download of 0.6 GB.
DISK_NEEDED = 3.5e9

# What uv and pip print when the cause is not the package. These patterns are tried in this
# order: without a network pip also says that it found no matching distribution.
DISK_FULL = r"No space left on device|Errno 28\b|os error 28\b|Disk quota exceeded"
NO_NETWORK = (
    r"NewConnectionError|ConnectTimeout|ReadTimeout|Read timed out|ProxyError|SSLError"
    r"|name resolution|Name or service not known|Network is unreachable"
    r"|Connection (refused|reset|broken)|error sending request|dns error|CERTIFICATE_VERIFY"
)
NO_WHEEL = (
    r"No matching distribution found for ([^\s;]+)"
    r"|ERROR: (\S+) is not a supported wheel on this platform"
    r"|(\S+) has no wheels with a matching"
    r"|Failed (?:to build|building wheel for) `?(?!generative-models-course)([\w.=-]+)"
)


class SetupError(Exception):
    """What went wrong, and what to do about it."""


class NoNetwork(SetupError):
    """The package index could not be reached."""


class DiskFull(SetupError):
    """There is not enough space in the given folder."""

    def __init__(self, folder):
        free = shutil.disk_usage(str(folder)).free
        super().__init__(
            "the disk is full: {} needs {:.1f} GB of free space and has {:.1f}. Free some space "
            "and run make again.".format(folder, DISK_NEEDED / 1e9, free / 1e9)
        )


def explain(output, tool, python, log):
    """The SetupError that says what the output of a failed tool means, and what to do.

    Args:
        output: what the tool printed.
        tool: its name.
        python: version of the Python that it installed for.
        log: the file in .venv that contains the output.
    """
    log_name = "{}/{}".format(log.parent.name, log.name)
    if re.search(DISK_FULL, output):
        return DiskFull(log.parent.parent)
    if re.search(NO_NETWORK, output):
        return NoNetwork(
            "no network: {} did not reach the package index. Connect, or set PIP_INDEX_URL to a "
            "mirror, and run make again. Full output: {}".format(tool, log_name)
        )
    found = re.search(NO_WHEEL, output)
    if found:
        return SetupError(
            "{} has no wheel for Python {} on {} {}. TensorFlow has them for Linux (glibc, x86-64 "
            "or ARM64) and Macs with Apple silicon; on Windows see docs/elsewhere.md. "
            "Full output: {}".format(
                next(name for name in found.groups() if name),
                python,
                platform.system(),
                platform.machine(),
                log_name,
            )
        )
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")] or lines[-1:]
    return SetupError(
        "{} failed: {}. Full output: {}".format(tool, " ".join(errors)[:200], log_name)
    )
