"""Fetch England's published files into a folder that the import recognises, and record what they were."""

from __future__ import annotations

import datetime
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx

from upwards.core.errors import UserError
from upwards.sources.archives import extract_member, is_archive
from upwards.sources.download_limits import (
    DownloadFailed,
    Limits,
    NotThere,
    TooLarge,
    Unreachable,
    WrongContent,
    host,
)
from upwards.sources.downloads import Held, Sleep, download
from upwards.sources.england.fetch_plan import Wanted
from upwards.sources.file_kinds import check_kind
from upwards.sources.unfinished import discard
from upwards.sources.web_answers import open_client

Progress = Callable[[str, int, int | None], None]
Status = Literal["fetched", "unchanged", "changed", "failed", "left out"]

RECORD = "fetched.json"
_FORMAT = 1
_LOCK = ".fetching"
_NOT_ASKED = (
    "{} could not be reached for another file of this run, so it was not asked. Run the command again."
)


class FetchBusy(UserError):
    """Another run is fetching into the same folder."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file.

    Attributes
    ----------
    wanted
        What was to be fetched.
    status
        ``"fetched"``; ``"unchanged"``; ``"changed"``: the publisher's content differs from what is here,
        which was kept; ``"failed"``; ``"left out"``: it could not be had, and the import does without.
    why
        A sentence or two; empty where there is nothing to say.
    n_bytes, sha256
        Of the file that is here now; None where there is none.
    """

    wanted: Wanted
    status: Status
    why: str = ""
    n_bytes: int | None = None
    sha256: str | None = None


def fetch_files(
    wanted: Sequence[Wanted],
    folder: Path,
    *,
    limits: Limits,
    replace_changed: bool = False,
    progress: Progress | None = None,
    sleep: Sleep = time.sleep,
) -> Iterator[Outcome]:
    """Fetch files one after another; one that fails does not stop the others.

    Parameters
    ----------
    wanted
        From `plan_fetch`.
    folder
        Where they go; made where it is not there.
    limits
        Waiting times, attempts and size.
    replace_changed
        Take the publisher's content where it differs from what is here.
    progress
        Called with a file's name, bytes so far and bytes in all (None where not known).
    sleep
        Called with seconds between two attempts.

    Yields
    ------
    Outcome
        One for each file, when it is done. A file has its real name only once it is whole and checked;
        what it was is in ``fetched.json`` of the folder.

    Raises
    ------
    FetchBusy
        When another run is fetching into the folder.
    UserError
        When ``fetched.json`` cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder), open_client(limits) as client:
        run = _Run(folder, _read_record(folder), client, limits, replace_changed, progress, sleep)
        for group in _by_address(wanted):
            yield from _fetch(run, group)


@dataclass(frozen=True, slots=True)
class _Run:
    folder: Path
    record: dict[str, dict[str, Any]]
    client: httpx.Client
    limits: Limits
    replace_changed: bool
    progress: Progress | None
    sleep: Sleep
    unreached: set[str] = field(default_factory=set)  # servers, in this run

    def target(self, wanted: Wanted) -> Path:
        return self.folder / wanted.place


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise FetchBusy(f"Another run is fetching into {folder}. Wait until it has ended.") from None
    try:
        yield
    finally:
        os.close(descriptor)


def _by_address(wanted: Sequence[Wanted]) -> list[tuple[Wanted, ...]]:
    """Put together what one archive holds, so that it is downloaded once."""
    groups: dict[str, list[Wanted]] = {}
    for one in wanted:
        groups.setdefault(one.address, []).append(one)
    return [tuple(group) for group in groups.values()]


def _fetch(run: _Run, group: tuple[Wanted, ...]) -> list[Outcome]:
    part = run.target(group[0])
    part = part.with_name(f"{part.name}.part")
    try:
        if all(_is_known_right(run, one) for one in group):
            return [_here(run, one, "unchanged") for one in group]
        if host(group[0].address) in run.unreached:
            return [_failed(one, _NOT_ASKED.format(host(one.address))) for one in group]
        part.parent.mkdir(parents=True, exist_ok=True)
        got = download(
            run.client,
            group[0].address,
            part,
            limits=run.limits,
            held=_held(run, group),
            progress=_named(run, part.stem),
            sleep=run.sleep,
        )
    except NotThere as error:
        if len(group) == 1 and group[0].earlier:
            return _fetch(run, (group[0].earlier[0],))
        return [_failed(one, f"{error} {_where_to_look(one)}") for one in group]
    except DownloadFailed as error:
        if isinstance(error, Unreachable):
            run.unreached.add(host(group[0].address))
        return [_failed(one, str(error)) for one in group]
    except OSError as error:
        return [_failed(one, _machine(error)) for one in group]
    if got.part is None:
        return [_here(run, one, "unchanged") for one in group]
    try:
        return [_kept(run, one, part, got.held, alone=len(group) == 1) for one in group]
    finally:
        discard(part)


def _named(run: _Run, name: str) -> Callable[[int, int | None], None] | None:
    told = run.progress
    return None if told is None else lambda done, total: told(name, done, total)


def _machine(error: OSError) -> str:
    return f"The machine refused a file: {error.strerror}. Check the folder and the space on the disk."


def _where_to_look(wanted: Wanted) -> str:
    published = wanted.published
    return (
        f"The publisher may have moved it: look at {published.look} and give the new address under the name "
        f"{published.name!r} in a file addresses.toml."
    )


def _failed(wanted: Wanted, why: str) -> Outcome:
    return Outcome(wanted, "left out" if wanted.published.optional else "failed", why)


def _here(run: _Run, wanted: Wanted, status: Status, why: str = "") -> Outcome:
    target = run.target(wanted)
    return Outcome(wanted, status, why, target.stat().st_size, _sha256(target))


def _is_known_right(run: _Run, wanted: Wanted) -> bool:
    target = run.target(wanted)
    return wanted.sha256 is not None and target.is_file() and _sha256(target) == wanted.sha256


def _held(run: _Run, group: tuple[Wanted, ...]) -> Held | None:
    """Return what the server said of these files, where they are here just as they came from there."""
    entries = [run.record.get(str(one.place), {}) for one in group]
    for one, entry in zip(group, entries, strict=True):
        target = run.target(one)
        same = entry.get("address") == one.address and target.is_file()
        if not same or _sha256(target) != entry.get("sha256") or one.sha256 is not None:
            return None
    said = {(entry.get("etag"), entry.get("modified")) for entry in entries}
    etag, modified = said.pop()
    right = not said and all(value is None or isinstance(value, str) for value in (etag, modified))
    return Held(etag, modified) if right else None


def _kept(run: _Run, wanted: Wanted, part: Path, said: Held, *, alone: bool) -> Outcome:
    """Check what arrived, and give it its name unless something else has it."""
    target = run.target(wanted)
    whole = target.with_name(f"{target.name}.new.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        content = _content(wanted, part, whole, run.limits, alone=alone)
        check_kind(content, wanted.published.kind)
        sha256 = _sha256(content)
        if wanted.sha256 is not None and sha256 != wanted.sha256:
            return Outcome(wanted, "failed", _wrong_checksum(sha256, wanted.sha256))
        before = _sha256(target) if target.exists() else None
        if before not in (None, sha256) and not run.replace_changed:
            return _here(run, wanted, "changed", _change(run.record.get(str(wanted.place)), sha256))
        if before != sha256:
            _publish(content, target)
        _write_record(run, wanted, sha256, said)
        return _here(run, wanted, "unchanged" if before == sha256 else "fetched", wanted.published.note)
    except (WrongContent, TooLarge) as error:
        return _failed(wanted, f"{error} {_where_to_look(wanted)}")
    except OSError as error:
        return _failed(wanted, _machine(error))
    finally:
        whole.unlink(missing_ok=True)


def _content(wanted: Wanted, part: Path, whole: Path, limits: Limits, *, alone: bool) -> Path:
    member = wanted.published.member
    if member and is_archive(part):
        extract_member(part, member, whole, limits=limits)
        return whole
    if not alone:
        raise WrongContent("An archive of several files was expected, and something else came.")
    return part


def _wrong_checksum(got: str, expected: str) -> str:
    return (
        f"The content is not the one expected: its sha256 begins with {got[:12]}, not with {expected[:12]}. "
        "It was thrown away, and what was here is kept; correct sha256 in addresses.toml if the publisher "
        "has revised the file."
    )


def _change(entry: Mapping[str, Any] | None, sha256: str) -> str:
    if entry is None:
        what = "A file of this name was here before, with other content"
    elif entry.get("sha256") == sha256:
        what = "The file here was altered since it was fetched"
    else:
        what = f"The publisher has changed the file since it was fetched ({entry.get('fetched')})"
    return f"{what}. What was here is kept; take the publisher's with --replace."


def _publish(content: Path, target: Path) -> None:
    content.replace(target)
    descriptor = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_record(folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / RECORD
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        files = document["files"]
        right = document["format"] == _FORMAT and all(isinstance(entry, dict) for entry in files.values())
    except (ValueError, KeyError, TypeError, AttributeError):
        right = False
    if not right:
        raise UserError(
            f"{path} cannot be read: it is damaged or of another version. It holds the checksums of what was "
            "fetched; restore it, or move it away to begin anew."
        )
    return dict(files)


def _write_record(run: _Run, wanted: Wanted, sha256: str, said: Held) -> None:
    published, key = wanted.published, str(wanted.place)
    before = run.record.get(key, {})
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    run.record[key] = {
        "title": published.title,
        "publisher": published.publisher,
        "licence": published.licence,
        "year": wanted.year,
        "address": wanted.address,
        "sha256": sha256,
        "bytes": run.target(wanted).stat().st_size,
        "fetched": before["fetched"] if before.get("sha256") == sha256 and "fetched" in before else today,
        "etag": said.etag,
        "modified": said.modified,
    }
    document = {"format": _FORMAT, "files": dict(sorted(run.record.items()))}
    path = run.folder / RECORD
    temporary = path.with_name(f"{RECORD}.part")
    temporary.unlink(missing_ok=True)
    with temporary.open("x", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    _publish(temporary, path)
