"""How much of a download is accepted, and what is said when it cannot be had."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from upwards.core.errors import UserError
from upwards.core.settings import Settings


class DownloadFailed(UserError):
    """A file could not be had; the message says why and what to do."""


class NotThere(DownloadFailed):
    """The server says that there is no such file, any more or yet."""


class Unreachable(DownloadFailed):
    """No connection to the server came about: its other files need not be asked for."""


class TooLarge(DownloadFailed):
    """The file is larger than the limit."""


class WrongContent(DownloadFailed):
    """What arrived is not the kind of file that was asked for."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait for a server, how often to ask, and how much to accept.

    Attributes
    ----------
    connect_seconds, read_seconds
        Longest wait for a connection, and for the next piece of a file.
    file_seconds
        Longest time for one file, however steadily it drips.
    attempts
        How often one file is asked for.
    wait_seconds
        Longest pause between two attempts, whatever the server asks.
    max_bytes
        Largest file accepted, also once unpacked.
    max_ratio
        How many times its packed size a file may take unpacked.
    """

    connect_seconds: float
    read_seconds: float
    file_seconds: float
    attempts: int
    wait_seconds: float
    max_bytes: int
    max_ratio: float

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Take the limits from the settings ``fetch.*``.

        Parameters
        ----------
        settings
            Of a workspace, or the defaults.

        Returns
        -------
        Limits

        Examples
        --------
        >>> Limits.of(Settings.load()).max_bytes
        2000000000
        """
        return cls(
            connect_seconds=settings.number("fetch.connect_seconds"),
            read_seconds=settings.number("fetch.read_seconds"),
            file_seconds=settings.number("fetch.file_seconds"),
            attempts=settings.count("fetch.attempts"),
            wait_seconds=settings.number("fetch.wait_seconds"),
            max_bytes=settings.count("fetch.max_bytes"),
            max_ratio=settings.number("fetch.max_ratio"),
        )


def host(address: str) -> str:
    """Return the server's name in an address, safe to print.

    Parameters
    ----------
    address
        Any text.

    Returns
    -------
    str

    Examples
    --------
    >>> host("https://www.gov.uk/a/b?c=d")
    'www.gov.uk'
    """
    try:
        name = urlsplit(address).hostname or "no server"
    except ValueError:
        return "an address that cannot be read"
    return (
        name.encode("ascii", "replace").decode()[:100] if name.isprintable() else "a server of strange name"
    )
