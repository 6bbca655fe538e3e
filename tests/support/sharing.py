"""Which tests stay together where two processes share a run (`make test`), and who begins.

Tests of one file stay in one process, in their order, and so do files that share something that
takes long to make: JupyterLab and the executed lectures. What takes long begins first.
"""

from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

__all__ = ["pytest_collection_modifyitems", "pytest_xdist_make_scheduler"]

# They execute the lectures, or use what was kept of that.
LECTURES = ("tests/browser", "tests/course/test_lectures.py", "tests/site")
# Without the lectures, the longest: begun late, they would be waited for.
LONG = (
    "tests/autograder/sandbox",
    "tests/autograder/gradebook",
    "tests/benchmarks",
    "tests/autograder/cluster",
    "tests/hub",
)


class _Sharing(LoadScopeScheduling):
    """Hands out whole files, and the files of the lectures together.

    xdist's own groups have no effect with pytest 9.2: it writes them into an attribute that
    pytest no longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "lectures" if _is_below(Path(path), LECTURES) else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Sharing:
    """How xdist gives tests to its processes."""
    return _Sharing(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put what is to begin first in front."""
    items.sort(key=lambda item: _turn(item, item.path.relative_to(config.rootpath)))


def _turn(item: pytest.Item, path: Path) -> int:
    if _is_below(path, LECTURES):
        # JupyterLab executes the lectures, and the others use what it kept.
        return 0 if "shared_lab" in getattr(item, "fixturenames", ()) else 1
    turns = [number for number, place in enumerate(LONG) if _is_below(path, (place,))]
    return turns[0] + 2 if turns else len(LONG) + 2


def _is_below(path: Path, places: tuple[str, ...]) -> bool:
    return any(path.is_relative_to(place) for place in places)
