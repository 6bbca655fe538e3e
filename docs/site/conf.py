"""Sphinx's settings for the site; tools/site/build_site.py lays out what it reads."""

import importlib.metadata

# TensorFlow quietly, and before Sphinx forks: once for all its processes.
import course.backend  # noqa: F401

from docutils.nodes import SkipNode
from site_docstrings import process

from autograder.pages.formulas import as_mathml

project = "Generative models, built step by step"
author = "The course authors"
release = importlib.metadata.version("generative-models-course")
copyright = f"the course authors; version {release}; code MIT, text CC BY 4.0"
language = "en"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["README.md"]  # Its parts are included where they belong.

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_ipywidgets_js = {}  # The default loads them from other hosts; each has its still.
nb_merge_streams = True

autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
# A name that a module imports is shown where it is defined.
viewcode_follow_imported_members = False
napoleon_custom_sections = ["Deviation", "Source"]

html_theme = "pydata_sphinx_theme"
html_title = "Generative models"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "back_to_top_button": False,
    "footer_end": [],
    "footer_start": ["copyright"],
    # The default field has a label that assistive software cannot tell from the dialog's.
    "navbar_persistent": ["search-button"],
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 1,
}


def _inline(writer, node):
    writer.body.append(as_mathml(node.astext()))
    raise SkipNode


def _display(writer, node):
    # The theme's script makes boxes of its class focusable when they scroll.
    formula = as_mathml(node.astext(), display=True)
    writer.body.append(f'<div class="formula pst-scrollable-table-container">{formula}</div>')
    raise SkipNode


def setup(app):
    """Draw formulas as MathML, without a script, and read docstrings as they are written here."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    app.connect("autodoc-process-docstring", process, priority=400)  # napoleon: 500.


html_math_renderer = "mathml"
