"""Which tests stay together where two processes share a run (`make test`), and who begins.

Tests of one file stay in one process, in their order, and so do files that share something that
takes long to make: JupyterLab and the executed lectures. What takes long begins first.
"""

from pathlib import Path

import pytest

__all__ = ["pytest_collection_modifyitems"]

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


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups after this.
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests, and name the group of each."""
    for item in items:
        path = item.path.relative_to(config.rootpath)
        group = "lectures" if _is_below(path, LECTURES) else str(path)
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: _turn(item, item.path.relative_to(config.rootpath)))


def _turn(item: pytest.Item, path: Path) -> int:
    if _is_below(path, LECTURES):
        # JupyterLab executes the lectures, and the others use what it kept.
        return 0 if "shared_lab" in getattr(item, "fixturenames", ()) else 1
    turns = [number for number, place in enumerate(LONG) if _is_below(path, (place,))]
    return turns[0] + 2 if turns else len(LONG) + 2


def _is_below(path: Path, places: tuple[str, ...]) -> bool:
    return any(path.is_relative_to(place) for place in places)
