"""Upwards convergence for groups of schools: reduce disparity, grow the top, know whether it worked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from upwards.actions.estimate_value_added import estimate_value_added

# Polars' allocator keeps freed memory for ten seconds unless told otherwise before it loads: a pass over
# five million rows then holds a quarter more memory than it uses, for no gain in speed.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:100,muzzy_decay_ms:0")

__version__ = "0.3.0"
__all__ = ["__version__", "estimate_value_added"]


def __getattr__(name: str) -> Any:
    """Import an action when it is first asked for, so that the package itself loads at once."""
    if name in __all__:
        from importlib import import_module

        return getattr(import_module(f"upwards.actions.{name}"), name)
    raise AttributeError(f"module 'upwards' has no attribute {name!r}")
