"""A trust, its people and their browsers. Set Django up before anything of `upwards.web` is imported."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import django
import pytest
from filelock import FileLock

from upwards.actions.init_workspace import init_workspace

os.environ.pop("UPWARDS_WORKSPACE", None)
os.environ["DJANGO_SETTINGS_MODULE"] = "upwards.web.settings"
_ELSEWHERE = os.environ.pop("DATABASE_URL", None)
if os.environ.get("UPWARDS_TEST_POSTGRES"):
    os.environ["DATABASE_URL"] = os.environ["UPWARDS_TEST_POSTGRES"]
django.setup()
os.environ.pop("DATABASE_URL", None)
if _ELSEWHERE is not None:
    os.environ["DATABASE_URL"] = _ELSEWHERE

from django.conf import settings as django_settings  # noqa: E402
from django.test import Client  # noqa: E402

from tests.web.workspace_of_trust import make_workspace  # noqa: E402
from upwards.web.accounts.models import Appointment, User  # noqa: E402
from upwards.web.answer_pages import kept_pages  # noqa: E402
from upwards.web.roles import Role  # noqa: E402

CAST: dict[str, tuple[Role, str]] = {
    "owner": (Role.OWNER, ""),
    "group_lead": (Role.GROUP_LEAD, ""),
    "school_lead": (Role.SCHOOL_LEAD, "Alder"),
    "coach": (Role.COACH, "Alder"),
    "teacher": (Role.TEACHER, "Alder"),
    "governor": (Role.GOVERNOR, "Alder"),
    "other_lead": (Role.SCHOOL_LEAD, "Birch"),
    "researcher": (Role.RESEARCHER, ""),
    "reviewer": (Role.REVIEWER, "Alder"),
}
EVERYBODY = (*CAST, "stranger")


@pytest.fixture(scope="session")
def imported_trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The trust as it was imported, once for all workers and both databases; nobody works in it."""
    if "UPWARDS_TEST_TRUST" in os.environ:
        return Path(os.environ["UPWARDS_TEST_TRUST"])
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, done = shared / "orchard", shared / "orchard.done"
    with FileLock(shared / "orchard.lock"):
        if not done.exists():
            make_workspace(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def trust_workspace(imported_trust: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy for this process, in which answers are kept; results in it are only to be read."""
    return Path(shutil.copytree(imported_trust, tmp_path_factory.mktemp("trust") / "orchard"))


@pytest.fixture(autouse=True)
def installation(trust_workspace: Path, settings, tmp_path: Path) -> None:
    """Point the application at the trust, and everything it writes at a passing folder."""
    kept_pages.forget()
    (trust_workspace / "erased.json").unlink(missing_ok=True)  # of an earlier test
    settings.UPWARDS_WORKSPACE = trust_workspace
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.MEDIA_ROOT = tmp_path / "attachments"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    settings.STORAGES = {
        **django_settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def workspace(settings, tmp_path: Path, monkeypatch) -> Path:
    """An empty workspace of its own, for who brings in files; others make it anew under this name."""
    from upwards.web import answers

    folder = tmp_path / "grove"
    init_workspace(folder, name="Grove Trust")
    settings.UPWARDS_WORKSPACE = folder
    monkeypatch.setattr(answers, "_MEMORY", answers._Memory())
    return folder


@pytest.fixture
def appointed(db) -> Callable[..., User]:
    """Make somebody with a role: ``appointed("mary", Role.TEACHER, "Alder")``."""

    def appoint(name: str, role: Role | None = None, school: str = "") -> User:
        user = User.objects.create_user(f"{name}@orchard.test", "correct horse battery", name=name.title())
        if role is not None:
            Appointment.objects.create(user=user, role=role, school=school)
        return user

    return appoint


@pytest.fixture
def people(appointed) -> dict[str, User]:
    """Everyone of the cast."""
    return {name: appointed(name, role, school) for name, (role, school) in CAST.items()}


@pytest.fixture
def browser_of(people) -> Callable[[str], Client]:
    """Return the signed-in browser of one of the cast; a stranger's is not signed in."""

    def open_browser(name: str) -> Client:
        client = Client(raise_request_exception=False)
        if name != "stranger":
            client.force_login(people[name])
        return client

    return open_browser


def _of(name: str) -> Callable[..., Client]:
    @pytest.fixture(name=name)
    def client(browser_of: Callable[[str], Client]) -> Client:
        return browser_of(name)

    return client


owner, group_lead, school_lead = _of("owner"), _of("group_lead"), _of("school_lead")
coach, teacher, governor = _of("coach"), _of("teacher"), _of("governor")
other_lead, researcher, reviewer = _of("other_lead"), _of("researcher"), _of("reviewer")
stranger = _of("stranger")
