"""Download a file: resumed where it stopped, never trusted, never half there under its real name."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from upwards.sources.download_limits import DownloadFailed, Limits, TooLarge, Unreachable, host
from upwards.sources.unfinished import discard, left_of, note, writing
from upwards.sources.web_answers import Again, answer, leads_nowhere, refuse_status, unreachable

Progress = Callable[[int, int | None], None]
Sleep = Callable[[float], None]

_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


@dataclass(frozen=True, slots=True)
class Held:
    """What the server said of the copy held: its ``ETag`` and ``Last-Modified``; None where unsaid."""

    etag: str | None = None
    modified: str | None = None


@dataclass(frozen=True, slots=True)
class Download:
    """A whole file, not yet under its real name.

    Attributes
    ----------
    part
        Where it is; None where the server says that the copy held is still right.
    held
        What the server said of it, to ask with the next time.
    """

    part: Path | None
    held: Held


def download(
    client: httpx.Client,
    address: str,
    part: Path,
    *,
    limits: Limits,
    held: Held | None = None,
    progress: Progress | None = None,
    sleep: Sleep = time.sleep,
) -> Download:
    """Download a file beside where it belongs, going on where an earlier run stopped.

    Parameters
    ----------
    client
        Made by `open_client`.
    address
        ``https://…`` or ``http://…``.
    part
        Where to write, such as ``england_ks2final.csv.part``; what is needed to go on later is kept beside
        it in ``….part.json``.
    limits
        Waiting times, attempts and size.
    held
        What the server said of the copy held, where it is whole.
    progress
        Called with bytes so far and bytes in all (None where the server does not say).
    sleep
        Called with seconds between two attempts.

    Returns
    -------
    Download
        Whole by the server's own count; what is in it is not checked here (`file_kinds.check_kind`).

    Raises
    ------
    NotThere
        When the server says 404 or 410.
    TooLarge
        When the file is larger than the limit.
    Unreachable
        When no connection to the server came about in any attempt.
    DownloadFailed
        When the server refuses, leads in circles or from https to http, or when all
        attempts failed. What has arrived is kept for the next run.
    """
    last = time.monotonic() + limits.file_seconds
    transfer = _Transfer(client, address, part, limits, progress or _silent, last)
    for attempt in range(1, limits.attempts + 1):
        try:
            return _attempt(transfer, held or Held())
        except TooLarge:
            discard(part)
            raise
        except Again as again:
            if attempt == limits.attempts:
                failed = DownloadFailed if again.is_reached else Unreachable
                what_now = "What has arrived is kept; run" if part.exists() else "Nothing has arrived; run"
                raise failed(
                    f"{host(address)} did not send the file in {attempt} attempts: {again}. {what_now} the "
                    "same command again to go on."
                ) from again
            sleep(_pause(again, attempt, transfer))
    raise DownloadFailed("The setting fetch.attempts is 0: nothing was asked for. Set it to 1 or more.")


@dataclass(frozen=True, slots=True)
class _Transfer:
    client: httpx.Client
    address: str
    part: Path
    limits: Limits
    progress: Progress
    last: float


def _silent(done: int, total: int | None) -> None:
    pass


def _pause(again: Again, attempt: int, transfer: _Transfer) -> float:
    longest = transfer.limits.wait_seconds
    if again.wait is None:
        return min(2.0 ** (attempt - 1), longest)
    if again.wait > longest:
        raise DownloadFailed(
            f"{host(transfer.address)} asks to wait {again.wait:,.0f} seconds, more than fetch.wait_seconds "
            f"({longest:,.0f}). Run the same command later."
        ) from again
    return again.wait


def _attempt(transfer: _Transfer, held: Held) -> Download:
    part = transfer.part
    offset, validator = left_of(part, transfer.address)
    asked = {"Range": f"bytes={offset}-", "If-Range": validator} if offset else _conditions(held)
    try:
        with answer(transfer.client, transfer.address, asked) as response:
            if response.status_code == 304 and not offset:
                return Download(None, held)
            if response.status_code == 416 or (response.status_code == 206) != _continues(response, offset):
                discard(part)
                raise Again("the server could not go on where the download had stopped", 0.0)
            refuse_status(response, transfer.address)
            said = Held(_sendable(response, "ETag"), _sendable(response, "Last-Modified"))
            _receive(response, transfer, offset if response.status_code == 206 else 0, said)
            return Download(part, said)
    except httpx.DecodingError as error:
        discard(part)
        raise Again("what arrived could not be decoded") from error
    except httpx.InvalidURL:
        raise leads_nowhere(f"A redirect from {host(transfer.address)}") from None
    except httpx.RequestError as error:
        raise unreachable(error, transfer.address) from error


def _sendable(response: httpx.Response, name: str) -> str | None:
    """Return a header only where it can be sent back as it is."""
    value: str = response.headers.get(name, "")
    return value if value and value.isascii() and value.isprintable() else None


def _conditions(held: Held) -> dict[str, str]:
    asked = {"If-None-Match": held.etag, "If-Modified-Since": held.modified}
    return {name: value for name, value in asked.items() if value is not None}


def _continues(response: httpx.Response, offset: int) -> bool:
    if response.status_code != 206 or not offset:
        return False
    found = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    return found is not None and int(found[1]) == offset


def _receive(response: httpx.Response, transfer: _Transfer, done: int, said: Held) -> None:
    """Write what arrives after the first `done` bytes."""
    packed = response.headers.get("Content-Encoding", "identity").lower() not in ("identity", "")
    length = response.headers.get("Content-Length", "")
    total = done + int(length) if re.fullmatch(r"[0-9]{1,18}", length) and not packed else None
    _refuse_size(total or 0, transfer)
    if not done:
        note(transfer.part, transfer.address, None if packed else _strong(said))
    with writing(transfer.part, anew=not done) as file:
        transfer.progress(done, total)
        for piece in response.iter_bytes() if packed else response.iter_raw():
            done += len(piece)
            _refuse_size(done, transfer)
            file.write(piece)
            transfer.progress(done, total)
            _refuse_time(transfer)
        file.flush()
        os.fsync(file.fileno())
    if total is not None and done != total:
        raise Again("the file was cut short")


def _strong(said: Held) -> str | None:
    """Return what may stand in If-Range: a weak ETag may not."""
    if said.etag is not None and not said.etag.startswith("W/"):
        return said.etag
    return said.modified


def _refuse_size(size: int, transfer: _Transfer) -> None:
    if size > transfer.limits.max_bytes:
        raise TooLarge(
            f"The file of {host(transfer.address)} is larger than fetch.max_bytes "
            f"({transfer.limits.max_bytes:,} bytes). If it is right that it is so large, raise the setting."
        )


def _refuse_time(transfer: _Transfer) -> None:
    if time.monotonic() > transfer.last:
        raise DownloadFailed(
            f"{host(transfer.address)} was still sending after fetch.file_seconds "
            f"({transfer.limits.file_seconds:,.0f}). What has arrived is kept; run the same command again to "
            "go on."
        )
