"""What the worker does with uploads. A reason to stop belongs to the upload, which only its owner sees."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from upwards.actions.check_upload import check_upload
from upwards.actions.compare_snapshots import list_states
from upwards.actions.import_data import check_data, import_data, undo_last_import
from upwards.actions.import_data_mapping import MappingProposal, propose_mapping
from upwards.core.errors import UserError
from upwards.web.data.arrivals import uploads_folder
from upwards.web.data.models import ENDED, WORK, Step, Upload
from upwards.web.data.names import presentable
from upwards.web.jobs.daily import daily
from upwards.web.jobs.registry import Progress, work
from upwards.web.plain_text import plain_text
from upwards.web.rules import days
from upwards.web.trail.models import What, write_entry

ORPHAN_SECONDS = 24 * 3600
REMOVAL_HOUR = 3
UNREADABLE = (
    "The file could not be read: something in it is not as a table has it. Open it in a spreadsheet, save "
    "the table as CSV UTF-8 and send that."
)


@work("look-at-upload", capability="change_data")
def look_at_upload(arguments: dict[str, Any], progress: Progress) -> None:
    """See what kind of file it is, and propose how to read it."""
    upload = _find(arguments, Step.ARRIVED)
    if upload is None:
        return
    progress("Looking at the file", 0, 0)
    with _told(upload):
        check_upload(upload.path, workspace=_workspace())
        proposal = _proposal(upload)
        if any("\0" in heading for heading in proposal.headings):
            raise UserError(UNREADABLE)  # no database keeps such a text
        said = {
            "headings": list(proposal.headings),
            "mapping": proposal.text,
            "doubts": presentable(list(proposal.doubts), upload.stored, upload.name),
            "detected": plain_text(proposal.detected, 200),
        }
        upload.move((Step.ARRIVED,), Step.MAPPING, problem="", **said)


@work("check-upload", capability="change_data")
def check_an_upload(arguments: dict[str, Any], progress: Progress) -> None:
    """Read the whole file and say what is wrong with it; nothing is kept yet."""
    upload = _find(arguments, Step.CHECKING)
    if upload is None:
        return
    with _told(upload):
        proposal = _proposal(upload, upload.mapping)
        report = check_data(
            proposal, workspace=_workspace(), progress=_without_name(progress, "Checking the rows")
        )
        said = presentable(asdict(report), upload.stored, upload.name)
        upload.move((Step.CHECKING,), Step.CHECKED, problem="", report=said)


@work("import-upload", capability="change_data")
def import_upload(arguments: dict[str, Any], progress: Progress) -> None:
    """Import the good rows; asked twice, the second time finds them there."""
    upload = _find(arguments, Step.IMPORTING)
    if upload is None:
        return
    with _told(upload, back_to=Step.CHECKED):
        found = import_data(
            [upload.path],
            as_table=upload.table,
            workspace=_workspace(),
            proposals=[_proposal(upload, upload.mapping)],
            accept_doubts=True,
            keep_good=True,
            replace_held=upload.replace_held,
            progress=_without_name(progress, "Importing the rows"),
        )
        report = [asdict(one) for one in found.files] or [upload.report]
        said = presentable(report[0], upload.stored, upload.name)
        upload.move((Step.IMPORTING,), Step.IMPORTED, problem="", report=said, snapshot=found.snapshot or "")
        upload.remove_file()


@work("undo-import", capability="change_data")
def undo_import(arguments: dict[str, Any], progress: Progress) -> None:
    """Go back to the state before an import, unless something else was imported since."""
    asked = arguments["snapshot"]
    states = {one["id"]: one for one in list_states(_workspace())}
    current = next((one["id"] for one in states.values() if one["standing"] == "current"), None)
    if asked in states and current == states[asked]["previous"]:
        return  # a worker that was stopped had done it already
    undo_last_import(_workspace(), expected=asked)
    write_entry(What.DID, "import", asked, detail="undone")


@work("remove-old-uploads", capability="change_data")
def remove_old_uploads(arguments: dict[str, Any], progress: Progress) -> int:
    """Remove files that nobody came back for, files of uploads that ended, and files without a row."""
    removed = 0
    for upload in due_for_removal():
        upload.remove_file()
        upload.move(tuple(set(Step) - set(ENDED)), Step.EXPIRED, problem="", report=None)
        removed += 1
    for upload in Upload.objects.filter(step__in=ENDED).exclude(stored=""):
        upload.remove_file()
        removed += 1
    known = set(Upload.objects.exclude(stored="").values_list("stored", flat=True))
    for path in uploads_folder().iterdir():
        if path.name not in known and path.lstat().st_mtime < time.time() - ORPHAN_SECONDS:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


daily("remove-old-uploads", hour=REMOVAL_HOUR)


def due_for_removal() -> list[Upload]:
    """Return the uploads whose time is over, but those that a job has in hand."""
    since = timezone.now() - days("uploads.keep_failed_days")
    old = Upload.objects.exclude(step__in=ENDED).filter(changed__lt=since)
    return [one for one in old.select_related("job") if not one.is_at_work]


def _workspace() -> Path:
    return Path(settings.UPWARDS_WORKSPACE)


def _find(arguments: dict[str, Any], step: Step) -> Upload | None:
    return Upload.objects.filter(pk=arguments["upload"], step=step).first()


def _proposal(upload: Upload, mapping: str | None = None) -> MappingProposal:
    return propose_mapping(
        upload.path,
        as_table=upload.table,
        workspace=_workspace(),
        map_text=mapping,
        sheet=upload.sheet or None,
        name=upload.name,
    )


@contextmanager
def _told(upload: Upload, back_to: Step = Step.FAILED) -> Iterator[None]:
    """Let a mistake that can be mended end at the upload, with its reason; a bug ends the job."""
    try:
        yield
    except UserError as error:
        reason = presentable(str(error), upload.stored, upload.name)
        upload.move(tuple(WORK), back_to, problem=reason)
    except (Exception, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a reader written in another language gave up on the file
        upload.move(tuple(WORK), Step.FAILED, problem=UNREADABLE)


def _without_name(progress: Progress, said: str) -> Callable[[str, int, int], None]:
    return lambda _, done, total: progress(said, done // 1024, max(total // 1024, 1))
