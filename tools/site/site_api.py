"""The pages of the reference: one per module, and a table of them by package."""

import ast

from autograder import ROOT

__all__ = ["write_api"]

PACKAGES = {
    "course": "What the lectures build: each function body is written here and nowhere else.",
    "autograder": "How submissions are graded.",
}
# They are run by notebooks or by the sandbox; `CONTRIBUTING.md` explains how.
LEFT_OUT = ("autograder.exercises", "autograder.inside.probes", "autograder.__main__")
# Matplotlib gives each subclass of a figure a method `set`, with a docstring of its own roles.
PAGE = """# {name}

```{{eval-rst}}
.. automodule:: {name}
   :members:
   :exclude-members: set
{options}```
"""
# For modules that only import names for others: each name is documented where it is defined.
OWN_ONLY = "   :ignore-module-all:\n"


def write_api(stage):
    """Write a page for each module.

    Args:
        stage: folder from which the site is built.

    Returns:
        Dictionary from a module's path in the repository to the path of its page, such as
        ``course/vae/losses.py``: ``api/course.vae.losses.md``.
    """
    (stage / "api").mkdir()
    pages, lists = {}, []
    for package, words in PACKAGES.items():
        rows = ["| module | what it does |", "|---|---|"]
        names = []
        for path in sorted(ROOT.glob(f"{package}/**/*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            name = name.removesuffix(".__init__")
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if name.startswith(LEFT_OUT) or not (line := _first_line(tree)):
                continue
            text = PAGE.format(name=name, options=OWN_ONLY if _passes_on(tree) else "")
            (stage / "api" / f"{name}.md").write_text(text, encoding="utf-8")
            pages[path.relative_to(ROOT).as_posix()] = f"api/{name}.md"
            rows.append(f"| [{name}]({name}.md) | {line} |")
            names.append(name)
        toctree = "\n".join(["```{toctree}", ":hidden:", "", *names, "```"])
        lists.append(f"## {package}\n{words}\n\n" + "\n".join(rows) + f"\n\n{toctree}\n")
    text = "# Reference\n\nFrom the docstrings of the code.\n\n" + "\n".join(lists)
    (stage / "api" / "index.md").write_text(text, encoding="utf-8")
    return pages


def _first_line(tree):
    return (ast.get_docstring(tree) or "").partition("\n")[0].replace("|", "\\|")


def _passes_on(tree):
    """Whether a name in ``__all__`` is imported from another module."""
    public, imported = set(), set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            public = set(ast.literal_eval(node.value))
        elif isinstance(node, ast.ImportFrom):
            imported |= {alias.asname or alias.name for alias in node.names}
    return bool(public & imported)
