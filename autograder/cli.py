"""The command line: ``python -m autograder``, also installed as ``autograder``."""

import typer

from autograder.commands import authoring, grading, marks
from autograder.commands.common import one_line_errors

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Grade what students build, and say why an answer is wrong."""


for command in (
    authoring.build,
    grading.grade,
    marks.report,
    marks.export,
    marks.collect,
    marks.extend,
    marks.late,
    marks.copy_gradebook,
    marks.similarity,
    grading.demo,
    authoring.new_exercise,
    authoring.check_exercises,
):
    app.command()(one_line_errors(command))
