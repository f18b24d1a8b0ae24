"""Ask a server and follow it only where it may lead; which answers are worth asking again for."""

from __future__ import annotations

import datetime
import email.utils
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

import httpx

from upwards.sources.download_limits import DownloadFailed, Limits, NotThere, host

MOST_REDIRECTS = 10
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_HOST = re.compile(rb"[A-Za-z0-9._:-]+")
_TRY_AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
# Publishers' services answer 403 to what does not look like a browser; this says what it is all the same.
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; upwards; open data for schools)",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}


class Again(Exception):
    """An attempt failed in a way that another may not; `is_reached`: the server itself was there."""

    def __init__(self, why: str, wait: float | None = None, *, is_reached: bool = True) -> None:
        super().__init__(why)
        self.wait = wait
        self.is_reached = is_reached


def open_client(limits: Limits) -> httpx.Client:
    """Open what asks servers; close it after use.

    Parameters
    ----------
    limits
        Its waiting times.

    Returns
    -------
    httpx.Client
        It follows no redirect by itself; proxies and certificates come from the usual variables.

    Examples
    --------
    >>> from upwards.core.settings import Settings
    >>> with open_client(Limits.of(Settings.load())) as client:
    ...     client.follow_redirects
    False
    """
    waits = httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds)
    return httpx.Client(timeout=waits, headers=_HEADERS, follow_redirects=False)


@contextmanager
def answer(client: httpx.Client, address: str, asked: Mapping[str, str]) -> Iterator[httpx.Response]:
    """Ask a server, and follow redirects as far as they may be followed.

    Parameters
    ----------
    client
        Made by `open_client`.
    address
        What to ask for.
    asked
        Headers of the request.

    Yields
    ------
    httpx.Response
        The last answer, its content not yet read.

    Raises
    ------
    DownloadFailed
        When it is led in circles, from https to http, or to what is no web server.
    """
    url = _allowed(address, None)
    for _ in range(MOST_REDIRECTS + 1):
        with client.stream("GET", url, headers=dict(asked)) as response:
            if response.status_code not in _REDIRECTS:
                yield response
                return
            url = _allowed(response.headers.get("Location", ""), url)
    raise DownloadFailed(
        f"{host(address)} redirects more than {MOST_REDIRECTS} times. The publisher's service is at fault or "
        "the file has moved; open the address in a browser."
    )


def leads_nowhere(whose: str) -> DownloadFailed:
    """Build the message for an address that is not one of a web server.

    Parameters
    ----------
    whose
        Such as ``"The address"``.

    Returns
    -------
    DownloadFailed
    """
    return DownloadFailed(
        f"{whose} does not lead to a web server (https://…). Nothing else is followed, because it could lead "
        "to this machine's own files; correct it in addresses.toml."
    )


def _allowed(address: str, before: httpx.URL | None) -> httpx.URL:
    whose = "The address" if before is None else f"A redirect from {host(str(before))}"
    try:
        url = httpx.URL(address) if before is None else before.join(address)
    except httpx.InvalidURL:
        raise leads_nowhere(whose) from None
    if url.scheme not in ("https", "http") or not _HOST.fullmatch(url.raw_host):
        raise leads_nowhere(whose)
    if before is not None and before.scheme == "https" and url.scheme == "http":
        raise DownloadFailed(
            f"{host(str(before))} redirects from https to http, where anybody on the way could change the "
            "file. It is not followed; look for a new https address."
        )
    return url


def refuse_status(response: httpx.Response, address: str) -> None:
    """Raise where an answer is not the file.

    Parameters
    ----------
    response
        The answer.
    address
        What was asked for.

    Raises
    ------
    NotThere
        With status 404 or 410.
    Again
        Where another attempt may do better: 429, 5xx.
    DownloadFailed
        With any other status.
    """
    status = response.status_code
    if status in (200, 206):
        return
    if status in (404, 410):
        raise NotThere(f"{host(address)} has no such file (status {status}).")
    if status in _TRY_AGAIN:
        raise Again(f"it answered with status {status}", _asked_to_wait(response))
    raise DownloadFailed(
        f"{host(address)} refuses the file (status {status}). Open the address in a browser; a network's "
        "filter or the publisher may stand in between."
    )


def _asked_to_wait(response: httpx.Response) -> float | None:
    said = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        return float(said)
    with suppress(ValueError, TypeError, OverflowError):
        when = email.utils.parsedate_to_datetime(said)
        aware = when if when.tzinfo else when.replace(tzinfo=datetime.UTC)
        return max(0.0, (aware - datetime.datetime.now(datetime.UTC)).total_seconds())
    return None


def unreachable(error: httpx.RequestError, address: str) -> Exception:
    """Say what a failed connection means: `Again`, or a certificate that no further attempt mends.

    Parameters
    ----------
    error
        What happened.
    address
        What was asked for.

    Returns
    -------
    Exception
        To be raised.
    """
    if isinstance(error, httpx.ConnectTimeout):
        return Again("it could not be reached in time", is_reached=not _is_of(error, address))
    if isinstance(error, httpx.TimeoutException):
        return Again("it took too long to answer")
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return DownloadFailed(
                f"The certificate of {host(address)} is not trusted here. A network that inspects traffic "
                "has its own: name its file in the variable SSL_CERT_FILE, or ask who runs the network."
            )
        cause = cause.__cause__ or cause.__context__
    broken = isinstance(error, httpx.RemoteProtocolError | httpx.ReadError)
    if broken:
        return Again("the connection broke off")
    return Again("it could not be reached", is_reached=not _is_of(error, address))


def _is_of(error: httpx.RequestError, address: str) -> bool:
    """Whether it is the address's own server that failed, not one that it redirects to."""
    return host(str(error.request.url)) == host(address)
