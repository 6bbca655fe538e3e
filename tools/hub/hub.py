"""JupyterHub with this course, for one class on one machine: ``sudo make hub``.

``install`` makes or updates everything, and can be run again at any time; ``start`` starts it.
docs/jupyterhub.md is the guide.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "setup"))  # It installs likewise.

from classhub import environment, people
from classhub.host import Host, HubError
from classhub.layout import Layout
from setup_errors import SetupError

__all__ = ["main"]

FOLDER = "/srv/generative-models"
PROBLEMS = (HubError, SetupError, OSError)


def main(argv=None):
    """Do what is asked, or say in one line why not; returns the exit code."""
    arguments = parse(argv)
    os.umask(0o022)
    try:
        if os.geteuid() != 0:
            raise HubError("a hub starts servers as other users: run this as root, by sudo")
        arguments.command(arguments)
    except PROBLEMS as error:
        print(f"hub: {error}", file=sys.stderr)
        return 1
    return 0


def parse(argv):
    """The command line."""
    parser = argparse.ArgumentParser(prog="hub", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    install_it = commands.add_parser("install", help="make or update it; says what it changes")
    install_it.set_defaults(command=install)
    install_it.add_argument("--instructor", help="who teaches: a user of this machine")
    install_it.add_argument("--students", type=Path, help="file with a user's name a line")
    install_it.add_argument("--group", help="Unix group of the class (generative-models)")
    install_it.add_argument("--port", type=int, help="on this machine alone (8000)")
    install_it.add_argument("--python", help="an interpreter that everybody can run")
    install_it.add_argument("--dry-run", action="store_true", help="only say what would change")
    start_it = commands.add_parser("start", help="run it in this terminal")
    start_it.set_defaults(command=start)
    for each in (install_it, start_it):
        each.add_argument("--folder", default=FOLDER, help=f"where it is ({FOLDER})")
    return parser.parse_args(argv)


def install(arguments):
    """Bring this machine to where a hub can be started.

    Raises:
        HubError: before anything is changed where it can be seen then.
    """
    layout = layout_of(arguments)
    host = Host(arguments.dry_run)
    people.check_instructor(layout.instructor)
    environment.check_course(layout)
    students = people.read_names(arguments.students) if arguments.students else []
    python = environment.choose_python(arguments.python)
    node = environment.find_program("node", "nodejs")
    npm = environment.find_program("npm", "npm")

    # The course first: it has the answers in it.
    course = Path(layout.course)
    host.folder(course, 0o700, layout.instructor, course.group())
    if not Path(layout.folder).exists():
        host.folder(Path(layout.folder), 0o700)
    host.folder(layout.private, 0o700)
    people.make_group(host, layout)
    environment.make_environment(host, layout, python)
    environment.install_proxy(host, layout, npm)
    environment.copy_course(host, layout)
    environment.configure(host, layout, node)
    people.make_exchange(host, layout)
    people.enrol(host, layout, students)
    # Last: now nothing in it is half made, and the class may come in.
    host.folder(Path(layout.folder), 0o750, group=layout.group)
    host.say(
        f'ready: make hub ARGS="start{where(arguments)}" tries it in this terminal; '
        f"'systemctl enable --now {layout.unit}' keeps it running"
    )


def layout_of(arguments):
    """What was asked for, and for the rest what the hub was made with before.

    Raises:
        HubError: it has never been said who teaches.
    """
    found = Layout.read(arguments.folder)
    chosen = {
        "folder": str(Path(arguments.folder).resolve()),
        "instructor": arguments.instructor or found.get("instructor"),
        "course": str(environment.ROOT),
        "group": arguments.group or found.get("group", "generative-models"),
        "port": arguments.port or found.get("port", 8000),
    }
    if not chosen["instructor"]:
        raise HubError("who teaches? --instructor NAME, a user of this machine")
    return Layout(**chosen)


def where(arguments):
    """The option that names the folder, where it is not the usual one."""
    return "" if arguments.folder == FOLDER else f" --folder {arguments.folder}"


def start(arguments):
    """Become the hub.

    Raises:
        HubError: there is none.
    """
    found = Layout.read(arguments.folder)
    if not found:
        raise HubError(f'there is no hub in {arguments.folder}: make hub ARGS="install" first')
    layout = Layout(**found)
    os.chdir(layout.private)
    node = os.path.dirname(shutil.which("node") or "/usr/bin/node")
    path = f"{layout.environment}/bin:{node}:/usr/local/bin:/usr/bin:/bin"
    hub = str(layout.environment / "bin" / "jupyterhub")
    os.execve(hub, [hub, "-f", str(layout.hub_configuration)], {"PATH": path, "LANG": "C.UTF-8"})


if __name__ == "__main__":
    sys.exit(main())
