"""A Dask cluster of this machine: a scheduler and workers, each a process."""

import os
import subprocess
import sys
import time

__all__ = ["PATIENCE", "Cluster", "wait_for"]

PATIENCE = 600  # Seconds for what takes five on an idle machine.


class Cluster:
    """A scheduler and workers, each a process in a folder of its own."""

    def __init__(self, folder, **variables):
        self.folder, self.processes = folder, {}
        failures = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
        self.variables = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | failures | variables
        options = ["--port", "0", "--dashboard-address", "127.0.0.1:0"]
        file = folder / "scheduler" / "address"
        self.start("scheduler", "scheduler", *options, "--scheduler-file", str(file))
        wait_for(lambda: file.exists() and file.read_text().strip())
        log = folder / "scheduler" / "log"
        wait_for(lambda: "Scheduler at:" in log.read_text())
        self.address = log.read_text().partition("Scheduler at:")[2].split()[0]

    def start(self, name, kind, *options, **variables):
        """Start a process of Dask's and do not wait for it."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        variables = self.variables | {"DASK_TEMPORARY_DIRECTORY": str(home)} | variables
        with open(home / "log", "wb") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "dask", kind, "--host", "127.0.0.1", *options],
                cwd=home,
                env=variables,
                stdout=log,
                stderr=log,
            )

    def add(self, name, *options, **variables):
        """Start a worker of one thread, and do not wait for it."""
        options = options or ("--no-nanny",)
        common = ["--nthreads", "1", "--name", name, "--dashboard-address", "127.0.0.1:0"]
        self.start(name, "worker", self.address, *common, *options, **variables)

    def end(self, *names):
        """Kill processes at once."""
        for name in names or list(self.processes):
            process = self.processes.pop(name)
            process.kill()
            process.wait()

    def wait(self, *names):
        """Wait until Dask's scheduler knows these workers and no others."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            wait_for(lambda: known(client) == set(names))


def known(client):
    """Names of a cluster's workers."""
    return {worker["name"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()}


def wait_for(condition):
    """Wait for what other processes do."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
    return found
