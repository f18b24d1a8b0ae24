"""Commands that need the extra `web`: without it they say how to install it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from upwards.core.errors import MissingExtra


@contextmanager
def web_extra() -> Iterator[None]:
    """Turn a missing library into a message."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("upwards"):
            raise
        raise MissingExtra(
            f"The web application needs {error.name}, which is not installed. "
            'Install it with: pip install "upwards[web]"'
        ) from error
