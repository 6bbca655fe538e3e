"""What a submission may try to leave for the next one, or to take from the kernel.

Each entry is an ``attacks.Attack``: here by the channel, there by the idea.
"""

from dataclasses import dataclass

__all__ = ["KERNEL", "LEFT_BEHIND", "NO_FAMILY", "REFUSED", "RIGHT", "Attack"]

REFUSED = "PermissionError|Operation not permitted"
NO_FAMILY = "Address family not supported"
NOTHING = r"^(?!.*DONE).*tried"  # No step of an attack that prints DONE was done.

RIGHT = """
import numpy as np


def lp_norm(x, p):
    if p < 1:
        raise ValueError("not a norm")
    return np.linalg.norm(x, ord=p)
"""


@dataclass(frozen=True)
class Attack:
    """A cell, the answer beside it, and what both must come to.

    ``shows`` is a regular expression for the cell's outputs, ``stopped`` one for why it was
    stopped ('' if it ran to its end), and ``mark`` the share of the points of ``answer``.
    ``is_endless`` says whether only a limit of time ends it: then the limit is a short one.
    """

    cell: str = "pass"
    shows: str = ""
    stopped: str = "^$"
    trouble: str = ""
    answer: str = RIGHT
    mark: float = 1.0
    endless: bool | None = None

    @property
    def is_endless(self):
        if self.endless is not None:
            return self.endless
        return self.trouble != "" or "longer" in self.stopped or "OutOfTime" in self.shows


# Every folder that the sandbox has, but for the scratch folders; and what one may do to each.
FOLDERS = """
import os, sys
def folders():
    for top, names, _ in os.walk("/"):
        if top in ("/proc", "/tmp", "/dev/shm") or top.count("/") > 3:
            names.clear()
            continue
        yield top
def attempt(step, *arguments):
    try:
        step(*arguments)
        print("DONE", step, arguments)
    except OSError:
        pass
"""
CALL = """
import ctypes, os
library = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    print(name, getattr(library, name)(*arguments), ctypes.get_errno())
"""


def refused(*calls):
    """An attack by functions of the C library, each of which has to say -1 and EPERM."""
    lines = "\n".join(f"call({words})" for words in calls)
    return Attack(f"{CALL}\n{lines}", ".*".join(r" -1 1\b" for _ in calls))


LEFT_BEHIND = {
    "files left in every folder": Attack(
        f"{FOLDERS}\nfor top in folders():\n"
        "    attempt(os.mkdir, os.path.join(top, 'left'))\n"
        "    attempt(open, os.path.join(top, 'left.txt'), 'w')\n"
        "    attempt(os.symlink, '/tmp', os.path.join(top, 'left'))\nprint('tried')",
        NOTHING,
    ),
    "a library planted where others are": Attack(
        "import os\nfor folder in ('/lib', '/usr/lib', '/etc', '/lib64'):\n    try:\n"
        "        open(f'{folder}/libcudart.so.12', 'wb').write(b'x')\n"
        "        print('DONE', folder)\n    except OSError:\n        pass\nprint('tried')",
        NOTHING,
    ),
    "modes, owners, times and attributes": Attack(
        f"{FOLDERS}\nfor top in [*folders(), '/dev/null', '/dev/urandom', os.__file__]:\n"
        "    attempt(os.chmod, top, 0o777)\n    attempt(os.chown, top, os.getuid(), -1)\n"
        "    attempt(os.utime, top)\n    attempt(os.utime, top, (1, 1))\n"
        "    attempt(os.setxattr, top, 'user.left', b'x')\nprint('tried')",
        NOTHING,
    ),
    "scratch folders' own modes and attributes": Attack(
        "import os\nfor top in ('/tmp', '/dev/shm'):\n"
        "    for step in ((os.chmod, top, 0), (os.setxattr, top, 'user.left', b'x')):\n"
        "        try:\n            step[0](*step[1:])\n        except OSError:\n            pass"
    ),
    "mounts and unmounts": refused(
        "'mount', None, b'/', None, 32 | 4096, None",  # MS_REMOUNT | MS_BIND: writable
        "'mount', None, b'/dev/null', None, 32 | 4096, None",
        "'mount', b'/tmp', b'/usr', None, 4096, None",
        "'umount2', b'/tmp', 2",
        "'umount2', b'/proc', 2",
        "'chroot', b'/tmp'",
        "'pivot_root', b'/tmp', b'/tmp'",
    ),
    "files by their handles": refused("'open_by_handle_at', 0, 0, 0"),
    "a named pipe with somebody behind it": Attack(
        "import os\nos.mkfifo('/tmp/box')\nif os.fork() == 0:\n    os.setsid()\n"
        "    open('/tmp/box', 'w').write('left')"
    ),
    "a name of a socket": Attack(
        "import os, socket, time\nbox = socket.socket(socket.AF_UNIX)\nbox.bind('\\0left')\n"
        "if os.fork() == 0:\n    os.setsid()\n    time.sleep(1000)"
    ),
    "a terminal": Attack("import os\nos.openpty()", "FileNotFoundError|out of pty|No such"),
    "locks on the machine's files": Attack(
        "import fcntl, os\nfile = open(os.__file__)\n"
        "for step in ((fcntl.flock, file, fcntl.LOCK_SH | fcntl.LOCK_NB),\n"
        "             (fcntl.lockf, file, fcntl.LOCK_SH | fcntl.LOCK_NB),\n"
        "             (fcntl.fcntl, file, fcntl.F_SETLEASE, fcntl.F_RDLCK),\n"
        "             (fcntl.fcntl, file, fcntl.F_NOTIFY, 1)):\n    try:\n"
        "        step[0](*step[1:])\n        print('DONE', step)\n    except OSError:\n"
        "        pass\nprint('tried')",
        NOTHING,
    ),
    "keyrings": refused(
        "'syscall', ADD_KEY, b'user', b'x', b'answer', 6, -3",
        "'syscall', KEYCTL, 0, -3, 0",
        "'syscall', KEYCTL, 1, 0",
    ),
    "timers of the kernel": refused("'timer_create', 1, 0, ctypes.byref(ctypes.c_long())"),
    "queues of messages": refused("'mq_open', b'/left', 64 | 2, 0o666, None"),
    "processor and priority": Attack(
        "import os\nfor step in ((os.sched_setaffinity, 0, [0]), (os.setpriority, 0, 0, 5),\n"
        "             (os.nice, 5)):\n    try:\n        step[0](*step[1:])\n"
        "        print('DONE', step)\n    except OSError:\n        pass\nprint('tried')",
        NOTHING,
    ),
    "everything that it can stop": Attack(
        "import os, signal\nfor process in (1, *range(3, 60)):\n    try:\n"
        "        os.kill(process, signal.SIGSTOP)\n    except OSError:\n        pass\n"
        "signal.signal(signal.SIGTTOU, signal.SIG_IGN)\nos.killpg(0, signal.SIGTTOU)"
    ),
}
KERNEL = {
    "the hypervisor's sockets": Attack(
        "import socket\nsocket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)", NO_FAMILY
    ),
    "all families of sockets but one": Attack(
        "import socket\nfor family in range(2, 50):\n    try:\n"
        "        socket.socket(family, socket.SOCK_DGRAM)\n        print('DONE', family)\n"
        "    except OSError:\n        pass\nprint('tried')",
        NOTHING,
    ),
    "slots of asynchronous input and output": refused(
        "'syscall', IO_SETUP, 65536, ctypes.byref(ctypes.c_ulong())"
    ),
    "notices of what the machine opens": refused(
        "'inotify_init1', 0", "'fanotify_init', 0, 0", "'acct', 0"
    ),
    "calls that are newer than the list": Attack(
        "import ctypes, errno\nlibrary = ctypes.CDLL(None, use_errno=True)\n"
        "for number in range(424, 520):\n    ctypes.set_errno(0)\n"
        "    if number in (434, 435, 436, 437, 439, 441, 449):\n        continue\n"
        "    if library.syscall(number, -1, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() not in (\n"
        "            errno.EPERM, errno.ENOSYS):\n        print('DONE', number)\nprint('tried')",
        NOTHING,
    ),
    "memory that is shared without a name": Attack("import mmap\nmmap.mmap(-1, 10**6)", REFUSED),
    "memory of a device": Attack("open('/dev/zero')", "FileNotFoundError"),
    "memory that is shared and put away": Attack(
        "import ctypes, mmap, os\nopen('/dev/shm/x', 'wb').truncate(9 * 10**7)\n"
        "file = open('/dev/shm/x', 'r+b')\nheld = mmap.mmap(file.fileno(), 9 * 10**7)\n"
        "for at in range(0, 9 * 10**7, 4096):\n    held[at] = 1",
        stopped="SIGBUS",
    ),
    "300,000 empty files": Attack(
        "for n in range(300_000):\n    open(f'/tmp/{n}', 'w').close()", "No space left"
    ),
    "300,000 links and folders": Attack(
        "import os\nfor n in range(300_000):\n    os.symlink('x', f'/dev/shm/{n}')",
        "No space left",
    ),
    "a worker that is stopped and memory": Attack(
        "import os, signal\nfor process in (1, -1):\n    try:\n"
        "        os.kill(process, signal.SIGSTOP)\n    except OSError:\n        pass\n"
        "for _ in range(12):\n    if os.fork() == 0:\n        os.setsid()\n"
        "        held = bytearray(b'x' * 5 * 10**8)\n        signal.pause()\nsignal.pause()",
        stopped="more memory than it may",
        trouble="memory",
        endless=False,
    ),
}
