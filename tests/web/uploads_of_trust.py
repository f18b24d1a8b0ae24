"""Files that people send to the trust's workspace, good and hostile, and the worker that reads them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from upwards.web.data.models import Upload
from upwards.web.jobs.models import Job
from upwards.web.jobs.queue import run_job

GOOD = (
    "pupil,school,subject,stage,year,prior,score\n"
    "P1,Alder,mathematics,year 6,2024,99,101\n"
    "P2,Alder,mathematics,year 6,2024,101,104\n"
    "P3,Birch,mathematics,year 6,2024,95,97\n"
)
LATER = (
    "pupil,school,subject,stage,year,prior,score\n"
    "P1,Alder,mathematics,year 6,2024,99,109\n"
    "P7,Cedar,mathematics,year 6,2025,101,104\n"
)
MESSY = (
    "Pupil ID,School,Subject,Stage,Year,Baseline,Mark\n"
    "P1,Alder,mathematics,year 6,2024,99,101\n"
    "P2,Alder,mathematics,year 6,2024,101,\n"
    "P3,Birch,mathematics,year 6,2024,95,ninety\n"
    "P4,,mathematics,year 6,2024,95,97\n"
)


def send(client: Client, content: bytes | str, name: str = "results 2024.csv", **given: Any) -> Any:
    raw = content.encode() if isinstance(content, str) else content
    about = {"table": "results", "file": SimpleUploadedFile(name, raw), **given}
    return client.post(reverse("data_upload"), about)


def work_off() -> None:
    """Do what a worker does, until nothing waits."""
    while (job := Job.objects.filter(state="waiting").order_by("asked_at").first()) is not None:
        run_job.call(str(job.pk))


def text_of(client: Client, route: str, **query: str) -> str:
    """Return a page, once what it waits for is done."""
    answer = client.get(reverse(route), query)
    if answer.status_code == 202:
        work_off()
        answer = client.get(reverse(route), query)
    assert answer.status_code == 200
    return answer.content.decode()


def sent(client: Client, content: bytes | str, name: str = "results 2024.csv", **given: Any) -> Upload:
    """Send a file and let the worker look at it."""
    answer = send(client, content, name, **given)
    assert answer.status_code == 302, answer.content.decode()
    upload = Upload.objects.get(pk=answer.headers["Location"].rstrip("/").rsplit("/", 1)[1])
    work_off()
    upload.refresh_from_db()
    return upload


def form_of(client: Client, upload: Upload) -> dict[str, Any]:
    """Return what the mapping's form holds when it is opened, as a browser would send it."""
    form = client.get(reverse("data_mapping", args=[upload.pk])).context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def checked(client: Client, upload: Upload, **changes: Any) -> Upload:
    given = {**form_of(client, upload), **changes}
    answer = client.post(reverse("data_mapping", args=[upload.pk]), given)
    assert answer.status_code == 302, answer.content.decode()
    work_off()
    upload.refresh_from_db()
    return upload


def decided(client: Client, upload: Upload, decision: str = "keep", **given: Any) -> Upload:
    client.post(reverse("data_decide", args=[upload.pk]), {"decision": decision, **given})
    work_off()
    upload.refresh_from_db()
    return upload


def imported(
    client: Client, content: bytes | str = GOOD, name: str = "results 2024.csv", **given: Any
) -> Upload:
    upload = decided(client, checked(client, sent(client, content, name)), **given)
    assert upload.step == "imported", upload.problem
    return upload


def files_in(workspace: Path) -> list[Path]:
    return sorted((workspace / "uploads").glob("*"))


def workbook(content: str = GOOD) -> bytes:
    target = io.BytesIO()
    pl.read_csv(io.StringIO(content), infer_schema=False).write_excel(target)
    return target.getvalue()


def parquet(content: str = GOOD) -> bytes:
    target = io.BytesIO()
    pl.read_csv(io.StringIO(content)).write_parquet(target)
    return target.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """Return a workbook of which one part is replaced."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
        if name not in old.namelist():
            new.writestr(name, content)
    return target.getvalue()
