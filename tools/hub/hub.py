"""JupyterHub with this course, for one class on one machine: ``sudo make hub``.

``install`` installs or updates everything, and can be run again at any time; ``start`` starts
the hub. docs/jupyterhub.md is the guide.
"""

import argparse
import os
import shutil
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "setup"))  # For its installer.

from classhub import environment, people
from classhub.host import Host, HubError
from classhub.layout import Layout
from setup_errors import SetupError

__all__ = ["main"]

FOLDER = "/srv/generative-models"
PROBLEMS = (HubError, SetupError, OSError)


def main(argv=None):
    """Run the command, or say in one line why it failed; return the exit code."""
    arguments = parse(argv)
    os.umask(0o022)
    try:
        if os.geteuid() != 0:
            raise HubError("a hub starts servers as other users: run this as root, with sudo")
        arguments.command(arguments)
    except PROBLEMS as error:
        print(f"hub: {error}", file=sys.stderr)
        return 1
    return 0


def parse(argv):
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="hub", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    install_it = commands.add_parser(
        "install", help="install or update the hub, and say what changes"
    )
    install_it.set_defaults(command=install)
    install_it.add_argument("--instructor", help="the instructor, a user of this machine")
    install_it.add_argument("--students", type=Path, help="file with one user name per line")
    install_it.add_argument("--group", help="Unix group of the class (default: generative-models)")
    install_it.add_argument("--port", type=int, help="local port (default: 8000)")
    install_it.add_argument("--python", help="a Python that every user can run")
    install_it.add_argument("--dry-run", action="store_true", help="only say what would change")
    start_it = commands.add_parser("start", help="run the hub in this terminal")
    start_it.set_defaults(command=start)
    for each in (install_it, start_it):
        each.add_argument("--folder", default=FOLDER, help=f"folder of the hub (default: {FOLDER})")
    return parser.parse_args(argv)


def install(arguments):
    """Install everything that the hub needs on this machine.

    Raises:
        HubError: if something is wrong, if possible before anything changes.
    """
    layout = layout_of(arguments)
    host = Host(arguments.dry_run)
    people.check_instructor(layout.instructor)
    environment.check_course(layout)
    students = people.read_names(arguments.students) if arguments.students else []
    python = environment.choose_python(arguments.python)
    node = environment.find_program("node", "nodejs")
    npm = environment.find_program("npm", "npm")

    # First the instructor's course, because it contains the answers.
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
    # Last: everything is complete now, so the class may enter.
    host.folder(Path(layout.folder), 0o750, group=layout.group)
    host.say(
        f'ready: make hub ARGS="start{where(arguments)}" tries it in this terminal; '
        f"'systemctl enable --now {layout.unit}' keeps it running"
    )


def layout_of(arguments):
    """The settings of the command line, and for the rest those of the existing hub.

    Raises:
        HubError: no instructor was ever named.
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
        raise HubError("no instructor: add --instructor NAME with a user of this machine")
    return Layout(**chosen)


def where(arguments):
    """The option that names the folder, if it is not the default."""
    return "" if arguments.folder == FOLDER else f" --folder {arguments.folder}"


def start(arguments):
    """Replace this process by the hub.

    Raises:
        HubError: there is no hub in the folder.
    """
    found = Layout.read(arguments.folder)
    if not found:
        raise HubError(f'there is no hub in {arguments.folder}: run make hub ARGS="install" first')
    layout = Layout(**found)
    os.chdir(layout.private)
    node = os.path.dirname(shutil.which("node") or "/usr/bin/node")
    path = f"{layout.environment}/bin:{node}:/usr/local/bin:/usr/bin:/bin"
    hub = str(layout.environment / "bin" / "jupyterhub")
    os.execve(hub, [hub, "-f", str(layout.hub_configuration)], {"PATH": path, "LANG": "C.UTF-8"})


if __name__ == "__main__":
    sys.exit(main())
