"""The state that a machine is brought to: each call makes what is missing, says it in one line,
and leaves alone what is as it should be."""

import grp
import os
import pwd
import shutil
import subprocess
from pathlib import Path

__all__ = ["Host", "HubError", "user"]


class HubError(Exception):
    """What stands in the way, and what to do about it."""


def user(name):
    """The account of a user, or None."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


class Host:
    """This machine; with ``dry`` it is only said what would be done."""

    def __init__(self, dry=False, say=print):
        self.dry, self.say = dry, say

    def change(self, line, *actions):
        """Say a line, and then do it."""
        self.say(("would " if self.dry else "") + line)
        for action in () if self.dry else actions:
            action()

    def folder(self, path, mode, owner="root", group="root"):
        """A folder with these rights; what is in it is not touched.

        Raises:
            HubError: there is something else, or a link somebody may have put there.
        """
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise HubError(f"{path} is not a folder: move it away")
        wanted = (user(owner).pw_uid, self._group(group))
        if not path.exists():
            line = f"make {path} ({owner}, group {group}, {mode:04o})"
            self.change(line, path.mkdir, lambda: os.chown(path, *wanted), lambda: path.chmod(mode))
            return
        status = path.stat()
        if (status.st_uid, status.st_gid) != wanted:
            self.change(f"give {path} to {owner}, group {group}", lambda: os.chown(path, *wanted))
        if path.stat().st_mode & 0o7777 != mode:
            self.change(f"set the rights of {path} to {mode:04o}", lambda: path.chmod(mode))

    def _group(self, name):
        """A group's number; that of one which is yet to be made does not matter."""
        try:
            return grp.getgrnam(name).gr_gid
        except KeyError:
            if self.dry:
                return -1
            raise

    def file(self, path, content, mode=0o644):
        """A file of root's with this content; True if it was not there like that."""
        if path.is_file() and path.read_text() == content:
            return False

        def write():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(path.name + ".new")
            draft.touch(mode)
            draft.write_text(content)
            draft.chmod(mode)
            draft.replace(path)

        self.change(f"write {path}", write)
        return True

    def tree(self, path, sources):
        """A folder with copies of folders, by name, in place of whatever was there.

        Files alone, whatever is hidden or compiled left out, and readable for everybody.
        """

        def copy():
            draft, old = path.with_name(path.name + ".new"), path.with_name(path.name + ".old")
            for leftover in (draft, old):
                shutil.rmtree(leftover, ignore_errors=True)
            hidden = shutil.ignore_patterns(".*", "__pycache__")
            for name, source in sources.items():
                shutil.copytree(source, draft / name, ignore=hidden)
            for each in [draft, *draft.rglob("*")]:
                each.chmod(0o755 if each.is_dir() else 0o644)
            if path.exists():
                path.rename(old)
            draft.rename(path)
            shutil.rmtree(old, ignore_errors=True)

        self.change(f"copy {', '.join(sources)} to {path}", copy)

    def run(self, line, command, log, given=None, **settings):
        """Run a command, all its output in a log.

        Raises:
            HubError: it failed; with its last line.
        """

        def start():
            with Path(log).open("a") as output:
                output.write(f"$ {' '.join(map(str, command))}\n")
                output.flush()
                done = subprocess.run(
                    [str(word) for word in command],
                    stdout=output,
                    stderr=output,
                    input=given,
                    stdin=None if given else subprocess.DEVNULL,
                    text=True,
                    **settings,
                )
            if done.returncode:
                lines = Path(log).read_text(errors="replace").splitlines()
                raise HubError(f"could not {line}: {lines[-1].strip()}. All it said: {log}")

        self.change(line, start)
