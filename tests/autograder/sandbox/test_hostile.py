"""The hostile bank: each attack has the outcome it deserves, and nobody else notices.

It runs on workers as a class is graded by them, but for shorter times: as root, where the
tests run as root, and always as an ordinary user. After every attack a neighbour's notebook
on the same worker shows the same bytes as before, and so does all that it can see of the
sandbox; the machine around it was not touched.
"""

import os
import re
import time
from pathlib import Path

import pytest
from attacks import ATTACKS, TENSORFLOW_ATTACKS
from hostile_bench import ANSWER, CHECK, SECRET, SEED, SHORT
from ordinary_user import NUMBER

from autograder.exercises.catalogue import exercises_of
from autograder.judging.key import key_of
from autograder.judging.verdict import judge
from autograder.sandbox.policy import LIMITS as USUAL_LIMITS

pytestmark = pytest.mark.slow


def attacked(attack, bench, host):
    """Run an attack; its own runs, after everybody else was seen to be well."""
    cells = [attack.answer, host.filled_in(attack.cell)]
    limits = USUAL_LIMITS | SHORT if attack.is_endless else None
    runs = bench.run([*({"source": source, "check": None} for source in cells), CHECK], limits)
    shown = repr([run.outputs for run in runs])
    assert SECRET not in shown
    assert ANSWER not in shown
    host.assert_untouched()
    assert bench.neighbour() == bench.undisturbed
    return runs


def mark(run):
    """The share of the points that a checked cell has."""
    key = key_of(exercises_of("a1_distances")["lp_norm"], SEED)
    return judge(key, run.observations, run.reason or "not observed").fraction


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_has_its_outcome_and_no_other(name, bench, host):
    """Its own mark, the host untouched, the neighbour's bytes as before."""
    check_outcome(ATTACKS[name], bench, host)


@pytest.mark.parametrize("name", TENSORFLOW_ATTACKS)
def test_an_attack_through_tensorflow_has_its_outcome(name, tensorflow_bench, host):
    """The same, where TensorFlow is loaded."""
    check_outcome(TENSORFLOW_ATTACKS[name], tensorflow_bench, host)


def check_outcome(attack, bench, host):
    """Run it and compare."""
    _, run, checked = attacked(attack, bench, host)
    shown = "\n".join(map(repr, run.outputs))
    assert re.search(host.filled_in(attack.shows), shown, re.DOTALL), shown[:2_000]
    assert re.search(attack.stopped, run.reason), run
    assert attack.trouble is None or run.trouble == attack.trouble
    assert mark(checked) == attack.mark


def test_the_sandbox_is_the_one_of_its_user(bench):
    """The worker's own process outside belongs to root, or to a user without any right."""
    status = Path(f"/proc/{bench.process()}/status").read_text()
    (owner,) = re.findall(r"Uid:\t(\d+)", status)
    expected = {"root": 0, "ordinary": NUMBER if os.getuid() == 0 else os.getuid()}
    assert int(owner) == expected[bench.user]


def test_no_process_outlives_its_pool(make_bench):
    """When grading ends, nothing of any submission runs on."""
    bench = make_bench("numpy")
    left = f"left-{os.getpid()}-{bench.user}"
    bench.run(
        [
            {
                "source": "import subprocess, sys\nsubprocess.Popen([sys.executable, '-S', '-c', "
                f"'import time; time.sleep(1000)', {left!r}], start_new_session=True)",
                "check": None,
            },
            {"source": "import time\ntime.sleep(0.5)", "check": None},
        ]
    )
    process = bench.process()
    bench.close()
    assert not os.path.exists(f"/proc/{process}")
    end = time.monotonic() + 60  # The kernel ends them one after the other, when it has time.
    while runs_on(left) and time.monotonic() < end:
        time.sleep(0.05)
    assert not runs_on(left)


def runs_on(word):
    """Command lines on the machine that hold a word."""
    commands = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            commands.append(Path(f"/proc/{entry}/cmdline").read_text())
        except OSError:
            continue
    return [command for command in commands if word in command]


def test_there_are_at_least_forty_ideas():
    """So many are promised."""
    assert len(ATTACKS | TENSORFLOW_ATTACKS) >= 40
