"""The system calls that a submission may make: by list, each group with its reason.

``tools/syscalls.py`` runs all references, the students' styles and the lectures' own
functions and prints each call that they make and that is not listed here. What is not listed
is refused with EPERM, so that a cell sees an ordinary ``PermissionError``.
"""

import errno
from typing import NamedTuple

__all__ = ["ALLOWED", "ANSWERED", "CONDITIONS", "NEWER", "Test"]

# Each group of names is one string: some names exist on one architecture only.
ALLOWED = {
    "read and write what is open": """
        read write readv writev pread64 pwrite64 preadv pwritev lseek close close_range
        fsync fdatasync ftruncate fallocate fadvise64 copy_file_range sendfile
        dup dup2 dup3 pipe pipe2 fcntl ioctl""",
    "files, of which only the scratch folders can be written": """
        open openat creat access faccessat faccessat2 stat fstat lstat newfstatat statx
        statfs fstatfs readlink readlinkat getdents getdents64 chdir fchdir getcwd umask
        mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink
        symlinkat mknod mknodat chmod fchmod fchmodat truncate utime utimes utimensat
        futimesat""",
    "attributes that shutil.copy takes along": """
        getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
        setxattr lsetxattr fsetxattr""",
    "wait for descriptors": """
        poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait
        epoll_pwait eventfd2""",
    "memory": "brk mmap munmap mremap mprotect madvise msync mincore membarrier mbind",
    "threads, and programs that a cell starts": """
        clone fork vfork execve exit exit_group wait4 waitid futex sched_yield
        set_tid_address set_robust_list rseq arch_prctl prctl restart_syscall
        kill tkill tgkill setpgid setsid getpgid getpgrp getsid""",
    "what a process is, and its own limits": """
        getpid getppid gettid getuid geteuid getgid getegid getgroups getresuid getresgid
        getrusage times getrlimit setrlimit prlimit64 getpriority sched_getaffinity
        sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min
        getcpu sysinfo uname""",
    "signals, the cell's own alarm among them": """
        rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend
        rt_sigtimedwait sigaltstack pause alarm setitimer getitimer""",
    "time and chance": """
        clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time getrandom""",
    "sockets between a cell's own processes, for asyncio and multiprocessing": """
        socket socketpair bind listen accept accept4 connect getsockname getpeername
        getsockopt setsockopt sendto recvfrom sendmsg recvmsg shutdown""",
}
# How the tests of an argument are written: one of the lists has to hold as a whole.
EQUAL, UNEQUAL, MASKED = 4, 1, 7  # As libseccomp numbers them.


class Test(NamedTuple):
    """On one argument: ``first`` is a value, or a mask of the bits that have to be ``second``."""

    argument: int
    operator: int
    first: int
    second: int = 0


# CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
_NEW_NAMESPACES = 0x7E020000
_SHARED, _ANONYMOUS, _UNIX = 0x01, 0x20, 1
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GETPIPE_SZ: no lock, lease or
# notice on a file of the machine, which other programs would feel.
_FCNTL = (0, 1, 2, 3, 4, 1030, 1032)
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: what Python asks of any descriptor.
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# PR_SET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_SET_VMA.
_PRCTL = (1, 3, 15, 16, 0x53564D41)
# Calls that are allowed for some arguments only.
CONDITIONS: dict[str, list[list[Test]]] = {
    "clone": [[Test(0, MASKED, _NEW_NAMESPACES, 0)]],
    # Memory that is shared without a name can be held without being mapped, and no look at
    # a process would count it. Programs that fork share files in /dev/shm instead.
    "mmap": [[Test(3, MASKED, _SHARED, 0)], [Test(3, MASKED, _ANONYMOUS, 0)]],
    "mbind": [[Test(5, EQUAL, 0)]],  # OpenBLAS asks for near memory; nothing is moved.
    "prlimit64": [[Test(0, EQUAL, 0)]],  # Its own limits, not those of another process.
    "socket": [[Test(0, EQUAL, _UNIX)]],
    "socketpair": [[Test(0, EQUAL, _UNIX)]],
    "fcntl": [[Test(1, EQUAL, command)] for command in _FCNTL],
    "ioctl": [[Test(1, EQUAL, request)] for request in _IOCTL],
    "prctl": [[Test(0, EQUAL, option)] for option in _PRCTL],
}
# Calls whose refusal has another number than EPERM, because programs know what to do then.
ANSWERED: dict[str, tuple[int, list[Test]]] = {
    # Its flags lie in memory, where no filter looks; the C library then takes ``clone``.
    "clone3": (errno.ENOSYS, []),
    "flock": (errno.ENOSYS, []),  # HDF5 goes on without a lock where there are none.
    "socket": (errno.EAFNOSUPPORT, [Test(0, UNEQUAL, _UNIX)]),
    "socketpair": (errno.EAFNOSUPPORT, [Test(0, UNEQUAL, _UNIX)]),
}
# Numbers of calls from Linux 6.6 on, which are the same on all architectures. As if the kernel
# were older: the C library has another way for each.
NEWER = range(452, 512)
