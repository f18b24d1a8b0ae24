"""How the manual is built (make docs)."""

from __future__ import annotations

from importlib.metadata import version as installed
from types import GenericAlias
from typing import Any

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


def leave_out_aliases(app: Any, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Leave out names for types, such as ``Floats``: they have no docstring of their own."""
    return True if isinstance(obj, GenericAlias) else None


def setup(app: Any) -> None:
    """Tell Sphinx."""
    app.connect("autodoc-skip-member", leave_out_aliases)
