"""Changes a machine: each call makes what is missing, says so in one line, and leaves the rest."""

import grp
import os
import pwd
import shutil
import subprocess
from pathlib import Path

__all__ = ["Host", "HubError", "user"]


class HubError(Exception):
    """What went wrong, and what to do about it."""


def user(name):
    """The account of a user, or None."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


class Host:
    """This machine; with ``dry`` it only says what it would change."""

    def __init__(self, dry=False, say=print):
        self.dry, self.say = dry, say

    def change(self, line, *actions):
        """Say in a line what changes, then change it."""
        self.say(("would " if self.dry else "") + line)
        for action in () if self.dry else actions:
            action()

    def folder(self, path, mode, owner="root", group="root"):
        """Make a folder with these permissions; its content does not change.

        Raises:
            HubError: there is something else at this path, or a link, which anybody may have
                put there.
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
            self.change(f"set the permissions of {path} to {mode:04o}", lambda: path.chmod(mode))

    def _group(self, name):
        """A group's number; with ``dry`` any number for a group that does not exist yet."""
        try:
            return grp.getgrnam(name).gr_gid
        except KeyError:
            if self.dry:
                return -1
            raise

    def file(self, path, content, mode=0o644):
        """Write a file of root with this content; return whether anything changed."""
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
        """Replace a folder by copies of the named folders, which everybody can read.

        Hidden and compiled files are left out.
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
        """Run a command, with its output in a log.

        Raises:
            HubError: it failed; the message contains the last line of its output.
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
                raise HubError(f"could not {line}: {lines[-1].strip()}. Full output: {log}")

        self.change(line, start)
