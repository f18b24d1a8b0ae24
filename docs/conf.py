"""How the manual is built (make docs)."""

from __future__ import annotations

from importlib.metadata import version as installed

project = "upwards"
author = "The upwards project"
copyright = "the upwards project, Apache-2.0"  # noqa: A001
release = version = installed("upwards")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
]
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "_templates"]
templates_path = ["_templates"]

autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "alabaster"
html_static_path: list[str] = []
html_theme_options = {"description": "Raise the bottom to the top, and raise the top."}
nitpicky = False
