"""What a row of the table says, and the words it is said with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ANY = "anyone else"


@dataclass(frozen=True)
class Row:
    """What happens at one address: by GET, and (None: it takes none) by a POST of `body`."""

    expected: Mapping[str, int]
    arguments: tuple[Any, ...] | Callable[[], tuple[Any, ...]] = ()
    post: Mapping[str, int] | None = None
    body: Mapping[str, str] = field(default_factory=dict)


SIGN_IN = 302  # to the sign-in page
LEADS = ("owner", "group_lead", "school_lead", "other_lead")
READERS = (*LEADS, "coach", "teacher", "governor")
STAFF = (*LEADS, "coach", "teacher")
GROUP = ("owner", "group_lead")
OF_ALDER = ("owner", "group_lead", "school_lead")
WHO_READS_DATA = (*LEADS, "governor", "researcher")


def for_some(*names: str, status: int = 200, others: int = 403) -> dict[str, int]:
    """Return what is for some of the cast: others get 403, a stranger the sign-in page."""
    return {**dict.fromkeys(names, status), "stranger": SIGN_IN, ANY: others}


def for_all(status: int = 200) -> dict[str, int]:
    """Return what is for everybody who is signed in."""
    return {"stranger": SIGN_IN, ANY: status}


def open_to(status: int = 200) -> dict[str, int]:
    """Return what strangers see too."""
    return {ANY: status}


LEADS_OF_ALDER = {**for_some(*OF_ALDER), "other_lead": 404}
