"""Connecting to a Dask cluster: clear errors at once, and TLS keeps strangers out."""

import shutil
import socket
import subprocess
import sys
import time

import dask
import pytest
from dask_cluster import Cluster

from autograder import ROOT
from autograder.cluster.pool import ClusterPool
from autograder.errors import UsageError

ASSIGNMENT = "a1_distances"


def test_without_dask_the_message_has_the_command_that_installs_it(monkeypatch):
    """It is checked before anything else."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    command = "pip install --constraint tests/requirements.txt distributed"
    with pytest.raises(UsageError, match=f"--scheduler needs Dask: '{command}'"):
        ClusterPool(ASSIGNMENT, "tcp://127.0.0.1:1", ROOT)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{port}", "nowhere", "http://x"])
def test_a_scheduler_that_does_not_answer_is_told_in_seconds(address):
    """The message has the address and the command that starts one."""
    with socket.socket() as bound:  # Nobody else's, and nobody listens.
        bound.bind(("127.0.0.1", 0))
        address = address.format(port=bound.getsockname()[1])
        started = time.monotonic()
        with pytest.raises(UsageError, match=r"no Dask scheduler answers at .*'dask scheduler'"):
            ClusterPool(ASSIGNMENT, address, ROOT)
    assert time.monotonic() - started < 60


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_with_tls_only_holders_of_the_certificate_get_in(tmp_path):
    """Dask's own settings are all it takes; without them nobody answers."""
    names = [str(tmp_path / name) for name in ("key.pem", "cert.pem")]
    make = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=class -keyout {} -out {}"
    subprocess.run(["openssl", *make.format(*names).split()], check=True, capture_output=True)
    settings = {"distributed.comm.default-scheme": "tls", "distributed.comm.tls.ca-file": names[1]}
    for role in ("scheduler", "worker", "client"):
        settings |= {f"distributed.comm.tls.{role}.key": names[0]}
        settings |= {f"distributed.comm.tls.{role}.cert": names[1]}
    spelled = {name.replace(".", "__").replace("-", "_").upper(): name for name in settings}
    variables = {f"DASK_{upper}": settings[name] for upper, name in spelled.items()}
    cluster = Cluster(tmp_path, **variables)
    try:
        assert cluster.address.startswith("tls://")
        with pytest.raises(UsageError, match="no Dask scheduler answers at tls://"):
            ClusterPool(ASSIGNMENT, cluster.address, tmp_path)
        cluster.add("private")
        with dask.config.set(settings):
            cluster.wait("private")
            pool = ClusterPool(ASSIGNMENT, cluster.address, tmp_path)
            ran = pool.run([{"source": "print('seen')", "check": None}], 1)
            pool.close()
        assert ran.runs[0].outputs[0]["text"] == "seen\n"
    finally:
        cluster.end()
