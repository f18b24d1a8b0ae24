"""All kinds of published files that can be read, in one place; a reader is imported only when needed."""

from __future__ import annotations

import importlib
from functools import cache

from upwards.sources.england.release import Dataset

# To add a source: a module here with DATASETS, and nothing else.
MODULES = (
    "gias",
    "ofsted",
    "finance",
    "census",
    "workforce",
    "authorities",
    "ks2",
    "ks4",
    "trusts",
    "fft",
    "joined",
)


@cache
def england_datasets() -> tuple[Dataset, ...]:
    """Return every kind of published file of England that can be read.

    Returns
    -------
    tuple of Dataset
        In the order of ``MODULES``.

    Examples
    --------
    >>> all(dataset.tables for dataset in england_datasets())
    True
    """
    package = __package__ or "upwards.sources.england"
    modules = [importlib.import_module(f"{package}.{name}") for name in MODULES]
    return tuple(dataset for module in modules for dataset in module.DATASETS)
