"""The filter of system calls: made once by libseccomp, loaded by each child.

``autograder.inside.syscalls`` is the list. The filter is kept as bytes because a child, which
has no rights left, only has to hand them to the kernel.
"""

import ctypes
import errno
import os

from autograder.inside.syscalls import ALLOWED, ANSWERED, CONDITIONS, NEWER, Test

__all__ = ["LIBRARY", "compiled", "load", "number_of"]

LIBRARY = "libseccomp.so.2"
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_OPTIMIZE, _BINARY_TREE = 8, 2
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_INSTRUCTION_BYTES = 8


class _Condition(ctypes.Structure):
    """On one argument of a system call, as libseccomp has it."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


class _Program(ctypes.Structure):
    """The kernel's ``sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def number_of(name: str) -> int:
    """Number of a system call on this machine; negative where it has no such call."""
    number: int = ctypes.CDLL(LIBRARY).seccomp_syscall_resolve_name(name.encode())
    return number


def compiled() -> bytes:
    """The filter as the kernel takes it.

    Raises:
        OSError: if libseccomp is missing or does not make it.
    """
    library = ctypes.CDLL(LIBRARY)
    library.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(library.seccomp_init(_REFUSE | errno.EPERM))
    # Looks for a call's number by halves; libseccomp before 2.5 goes through them in order.
    library.seccomp_attr_set(rules, _OPTIMIZE, _BINARY_TREE)
    done = bool(rules)
    for names in ALLOWED.values():
        for name in names.split():
            for tests in CONDITIONS.get(name, [[]]):
                done = done and _add(library, rules, _ALLOW, number_of(name), tests)
    for name, (error, tests) in ANSWERED.items():
        done = done and _add(library, rules, _REFUSE | error, number_of(name), tests)
    for number in NEWER:
        done = done and _add(library, rules, _REFUSE | errno.ENOSYS, number, [])
    descriptor = os.memfd_create("filter")
    with open(descriptor, "rb") as file:
        done = done and library.seccomp_export_bpf(rules, descriptor) == 0
        library.seccomp_release(rules)
        if not done:
            raise OSError("libseccomp makes no filter of system calls")
        file.seek(0)
        return file.read()


def load(program: bytes) -> None:
    """Bind this process, and all that it starts, to a filter for good.

    Raises:
        OSError: if the kernel does not take it.
    """
    library = ctypes.CDLL(None, use_errno=True)
    header = _Program(len(program) // _INSTRUCTION_BYTES, program)
    if library.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(header), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls (seccomp)")


def _add(
    library: ctypes.CDLL, rules: ctypes.c_void_p, action: int, number: int, tests: list[Test]
) -> bool:
    """Add a rule; True also for a call that this architecture does not have."""
    conditions = (_Condition * max(1, len(tests)))(*(_Condition(*test) for test in tests))
    added: int = library.seccomp_rule_add_array(rules, action, number, len(tests), conditions)
    return added == 0 or number < 0
