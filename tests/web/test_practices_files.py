"""Files of a card: known by what they hold, kept under a random name, given out to be saved only."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.web.practices_of_trust import PDF, attach, draft, practice_with_file
from upwards.web.practices import file_views, files, lifecycle
from upwards.web.practices.models import Attachment, Practice
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db

PARTS = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}


def office(**more: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, content in {**PARTS, **more}.items():
            parts.writestr(name, content)
    return kept.getvalue()


def send(client, made: Practice, content: bytes = PDF, name: str = "worksheet.pdf"):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("practice_file_add", args=[made.pk]), {"file": file})


def stored(settings) -> list[Path]:
    return sorted((Path(settings.MEDIA_ROOT) / "practices").glob("*"))


@pytest.fixture
def made(people) -> Practice:
    return draft(author=people["teacher"])


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PDF, "worksheet.pdf"),
        (b"\x89PNG\r\n\x1a\n...", "a.PNG"),
        (b"\xff\xd8\xff...", "a.jpeg"),
        (office(), "plan.docx"),
    ],
)
def test_a_file_is_taken_kept_for_its_owner_and_given_back(teacher, made, settings, content, name):
    assert send(teacher, made, content, name).url == reverse("practice_draft", args=[made.pk])
    held = Attachment.objects.get()
    (path,) = stored(settings)
    assert len(path.name) == 48
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    answer = teacher.get(reverse("practice_file", args=[made.pk, held.pk]))
    assert answer.content == content
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert AuditEntry.objects.filter(kind="practices.attachment", what="exported").exists()
    assert name in teacher.get(reverse("practice_draft", args=[made.pk])).content.decode()


HOSTILE = [
    (b"", "empty.pdf", "empty"),
    (b"<html><script>alert(1)</script>", "page.pdf", "something else"),
    (b"MZ...", "a.png", "something else"),
    (PDF, "a.html", "are not taken"),
    (PDF, "a.svg", "are not taken"),
    (PDF, "noending", "are not taken"),
    (PDF, "a.pdf.exe", "are not taken"),
    (b"PK\x03\x04broken", "a.docx", "no whole Office file"),
    (office(), "a.xlsx", "no whole Office file"),
    (PDF, "a.docx", "no whole Office file"),
    (office(**{"word/vbaProject.bin": b"x"}), "a.docx", "macros"),
    (office(**{"word/embeddings/oleObject1.bin": b"x"}), "a.docx", "macros"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "name", "said"), HOSTILE)
def test_what_could_do_harm_is_refused_in_words(teacher, made, settings, content, name, said):
    answer = send(teacher, made, content, name)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Attachment.objects.exists()
    assert stored(settings) == []


@pytest.mark.parametrize(
    "name", ["../../../etc/x.pdf", "..\\x.pdf", "\u202efdp.exe.pdf", "a; Set-Cookie: b=1.pdf"]
)
def test_a_name_never_becomes_a_place_or_a_header(teacher, made, settings, name):
    assert send(teacher, made, PDF, name).status_code == 302
    held = Attachment.objects.get()
    assert "/" not in held.name
    answer = teacher.get(reverse("practice_file", args=[made.pk, held.pk]))
    assert "Set-Cookie: b" not in str(answer.serialize_headers())
    assert len(stored(settings)) == 1


def test_a_packed_file_that_would_grow_is_refused(teacher, made, monkeypatch):
    monkeypatch.setattr("upwards.core.settings.Settings.count", lambda self, name: 1000)
    answer = send(teacher, made, office(**{"word/media/x": b"0" * 5000}), "a.docx")
    assert "out of bounds" in answer.content.decode()


def test_too_many_parts_are_refused(teacher, made, monkeypatch):
    monkeypatch.setattr(files, "MOST_PARTS", 1)
    assert send(teacher, made, office(), "a.docx").status_code == 422


def test_a_file_that_is_too_large_stops_while_it_arrives(teacher, made, monkeypatch, settings):
    monkeypatch.setattr(files, "largest", lambda: 1000)
    answer = send(teacher, made, PDF * 5000)
    assert answer.status_code == 413
    assert "The file is larger" in answer.content.decode()
    assert stored(settings) == []


def test_a_card_has_a_few_files_at_most(teacher, made, monkeypatch):
    monkeypatch.setattr(files, "most_files", lambda: 1)
    assert send(teacher, made).status_code == 302
    answer = send(teacher, made)
    assert "at most 1 files" in answer.content.decode()


def test_a_form_without_a_file_or_without_its_token_is_refused(teacher, made, people):
    assert teacher.post(reverse("practice_file_add", args=[made.pk])).status_code == 422
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.force_login(people["teacher"])
    assert send(strict, made).status_code == 403
    assert not Attachment.objects.exists()


def test_a_file_is_read_by_whom_the_card_is_for(teacher, governor, other_lead, made):
    hidden = attach(made)
    address = reverse("practice_file", args=[made.pk, hidden.pk])
    assert teacher.get(address).status_code == 200
    assert governor.get(address).status_code == other_lead.get(address).status_code == 404
    shown, held = practice_with_file()
    assert governor.get(reverse("practice_file", args=[shown.pk, held.pk])).content == PDF
    later = lifecycle.keep_draft(shown, _copy(shown), "", None)
    assert later
    added = attach(shown)
    assert governor.get(reverse("practice_file", args=[shown.pk, added.pk])).status_code == 404
    assert governor.get(reverse("practice_file", args=[shown.pk, hidden.pk])).status_code == 404


def _copy(shown: Practice):
    from upwards.web.practices.models import Edition

    return Edition(practice=shown, **lifecycle.content_of(shown.live))


def test_a_file_that_is_gone_from_the_disk_is_not_found(teacher, settings):
    shown, held = practice_with_file()
    stored(settings)[0].unlink()
    assert teacher.get(reverse("practice_file", args=[shown.pk, held.pk])).status_code == 404


def test_a_file_goes_from_the_disk_with_the_last_edition_that_has_it(
    school_lead, settings, django_capture_on_commit_callbacks
):
    shown, held = practice_with_file()
    lifecycle.keep_draft(shown, _copy(shown), "", None)
    with django_capture_on_commit_callbacks(execute=True):
        answer = school_lead.post(reverse("practice_file_remove", args=[shown.pk, held.pk]))
    assert answer.status_code == 302
    assert shown.draft.attachments.count() == 0
    assert len(stored(settings)) == 1  # edition 1 has it still
    extra = attach(shown)
    with django_capture_on_commit_callbacks(execute=True):
        school_lead.post(reverse("practice_file_remove", args=[shown.pk, extra.pk]))
    assert len(stored(settings)) == 1
    assert school_lead.post(reverse("practice_file_remove", args=[shown.pk, extra.pk])).status_code == 404
    attach(shown)
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.discard(shown)
    assert len(stored(settings)) == 1
    lifecycle.archive(shown)
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.remove(shown)
    assert stored(settings) == []


def test_a_file_belongs_to_what_is_being_written(teacher, coach, school_lead, made):
    shown, held = practice_with_file()
    assert send(school_lead, shown).status_code == 422
    assert coach.get(reverse("practice_file_add", args=[made.pk])).status_code == 403
    assert school_lead.post(reverse("practice_file_remove", args=[shown.pk, held.pk])).status_code == 422


def test_nothing_stays_on_the_disk_when_it_cannot_be_kept(teacher, made, settings, monkeypatch):
    def fail(practice: Practice) -> Practice:
        found = Practice.objects.get(pk=practice.pk)
        monkeypatch.setattr(type(found), "draft", property(lambda self: broken), raising=True)
        return found

    class Broken:
        sent = None

        class attachments:  # noqa: N801
            @staticmethod
            def add(held: object) -> None:
                raise RuntimeError

            @staticmethod
            def count() -> int:
                return 0

    broken = Broken()
    monkeypatch.setattr(file_views, "locked", fail)
    assert send(teacher, made).status_code == 500
    assert stored(settings) == []


def test_of_two_files_at_one_moment_the_second_is_too_many(made, teacher, monkeypatch, settings):
    monkeypatch.setattr(files, "most_files", lambda: 1)
    lock = file_views.locked

    def meanwhile(found):
        """A colleague's file came first, before the lock is given."""
        held = lock(found)
        attach(held, name="first.pdf")
        return held

    monkeypatch.setattr(file_views, "locked", meanwhile)
    assert "at most 1 files" in send(teacher, made).content.decode()
    assert made.draft.attachments.count() == 1
