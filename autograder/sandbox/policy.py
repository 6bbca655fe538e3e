"""What a submission may see, use and last: one table each, with a reason per line.

Workers run in bubblewrap: no network, their own processes, and a file system that holds
the system's libraries, Python and a staged copy of the course, all read-only, beside
scratch folders in memory that are new for each submission. Which system calls there are
says ``autograder.inside.syscalls``.
"""

__all__ = ["DEVICES", "FILES", "ISOLATIONS", "LIMITS", "SCRATCH", "VISIBLE", "environment"]

ISOLATIONS = ("bwrap", "none")
MEGABYTE = 2**20

# The most that one submission may use. The child sets on itself what the kernel can watch
# over, before the first cell; time and what comes out are watched from outside as well.
LIMITS = {
    "memory": 3_072 * MEGABYTE,  # On top of what the imports take; training a2_vae takes 400 MB.
    "file": 100 * MEGABYTE,  # A trained model fits.
    "processes": 256,  # Threads count: TensorFlow starts about 30 on 16 cores.
    "open_files": 256,  # A notebook opens a handful.
    "cell_seconds": 120,  # Cells that only train are not run when grading.
    "probe_seconds": 30,  # The slowest probe takes 0.2 s.
    "notebook_seconds": 300,  # Of all cells and probes together, reruns included.
    "text": 100_000,  # Characters of text a cell that a person still scrolls through.
    "displays": 20,  # Figures and tables a cell.
    "display_bytes": 4 * MEGABYTE,  # A figure of 2,000 x 2,000 points.
    "record_bytes": 16 * MEGABYTE,  # All that one cell may send; the largest probe sends 60 KB.
    "notebook_bytes": 64 * MEGABYTE,  # All that one notebook may send.
}
# In memory, so they count as such; new for every submission.
SCRATCH = {
    "/tmp": 256 * MEGABYTE,  # Files of a submission: two trained models fit.
    "/dev/shm": 16 * MEGABYTE,  # Some libraries want it; none that the course uses.
}
FILES = 16_384  # Files, folders and links in each of them; a kilobyte of memory an empty one.
# What is visible of the machine, read-only, besides Python and the staged course.
VISIBLE = (
    "/usr",  # shared libraries, and a Python of the system
    "/lib",  # the same, where they are not links into /usr
    "/lib64",
    "/bin",  # a link into /usr that scripts go through
    "/etc/ld.so.cache",  # where the shared libraries are
    "/etc/fonts",  # labels in figures
)
# Devices that programs open by name. Not /dev/zero: mapped, it is shared memory without a name.
DEVICES = ("/dev/null", "/dev/full", "/dev/random", "/dev/urandom")


def environment(folder: str, scratch: str, threads: int = 1) -> dict[str, str]:
    """All the variables that a worker has; no other of the grader's reaches a submission.

    Args:
        folder: where it finds what ``stage`` made.
        scratch: where it may write.
        threads: that TensorFlow may use.
    """
    return {
        "HOME": scratch,
        "TMPDIR": scratch,
        "USER": "student",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": folder,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",  # A regrade runs the same.
        "MPLCONFIGDIR": f"{scratch}/matplotlib",
        "MPLBACKEND": "agg",
        "KERAS_HOME": f"{scratch}/keras",
        "IPYTHONDIR": f"{scratch}/ipython",
        "LANG": "C.UTF-8",
        "NBGRADER_EXECUTION": "autograde",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "HDF5_USE_FILE_LOCKING": "FALSE",  # No process of a sandbox may lock a file.
        # It would compile its kernels anew in each child, for half of a submission's time.
        "TF_ENABLE_ONEDNN_OPTS": "0",
        # Workers run side by side, one a core. A thread that a library starts on its import
        # would also be missing in the forked child.
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
    }
