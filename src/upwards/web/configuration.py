"""What an installation decides for itself: the table [web] of ``upwards.toml``, and the environment."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from upwards.core.errors import UserError, near_misses
from upwards.web.secret_files import SIGNING_KEY, read_secret

KNOWN = ("allowed_hosts", "https", "session_hours", "email", "oidc", "upload_megabytes")
OIDC_NEEDS = ("id", "name", "client_id", "server_url")
OPEN_TO_ALL = frozenset({"common", "organizations", "consumers"})  # Microsoft's words for any organisation
LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


class WrongConfiguration(UserError):
    """The table [web] says something that cannot be used."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """One installation.

    Attributes
    ----------
    workspace
        Its folder.
    secret_key
        Signs sessions and links; a passing one where none was made yet.
    database_url
        Empty for SQLite in the workspace.
    allowed_hosts
        Names under which it answers.
    https
        Whether it is reached by https only: then cookies are secure and browsers are told to insist.
    session_hours
        Hours after which one signs in again.
    upload_megabytes
        Largest file taken.
    email
        ``host, port, user, sender, tls``, the password in ``secrets/email``; without a host, messages are
        written to the folder `outbox`.
    oidc
        Sign-in by another house: ``id, name, client_id, server_url``, the secret in ``secrets/oidc-<id>``;
        ``email_domains`` where the house is your own and does not say which e-mails it has verified.
    """

    workspace: Path
    secret_key: str
    database_url: str = ""
    allowed_hosts: tuple[str, ...] = LOCAL_HOSTS
    https: bool = False
    session_hours: float = 10.0
    upload_megabytes: int = 500
    email: Mapping[str, Any] = field(default_factory=dict)
    oidc: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Configuration:
        """Read it: the environment wins over the file."""
        workspace = Path(environ.get("UPWARDS_WORKSPACE") or ".").expanduser().absolute()
        table = _table(workspace / "upwards.toml")
        hosts = environ.get("UPWARDS_ALLOWED_HOSTS", "").split(",")
        named = [*table.get("allowed_hosts", ()), *(host.strip() for host in hosts)]
        https = environ.get("UPWARDS_HTTPS", "") or str(table.get("https", ""))
        return cls(
            workspace=workspace,
            secret_key=read_secret(workspace, SIGNING_KEY) or secrets.token_urlsafe(64),
            database_url=environ.get("DATABASE_URL", ""),
            allowed_hosts=(*LOCAL_HOSTS, *filter(None, named)),
            https=https.lower() in ("1", "true", "yes"),
            session_hours=float(table.get("session_hours", 10)),
            upload_megabytes=int(table.get("upload_megabytes", 500)),
            email=_mail(workspace, table.get("email", {})),
            oidc=tuple(_provider(workspace, one) for one in table.get("oidc", ())),
        )

    @property
    def origins(self) -> list[str]:
        """The addresses by which others reach it over https; none where it answers on this machine alone."""
        named = [host for host in self.allowed_hosts if host not in (*LOCAL_HOSTS, "*")]
        return [f"https://{host.removeprefix('.')}" for host in named if self.https]

    @property
    def oidc_apps(self) -> list[dict[str, Any]]:
        """The providers as allauth asks for them."""
        return [
            {
                "provider_id": one["id"],
                "name": one["name"],
                "client_id": one["client_id"],
                "secret": one["secret"],
                "settings": {
                    "server_url": one["server_url"],
                    "oauth_pkce_enabled": True,
                    "verified_email": list(one.get("email_domains", ())),
                },
            }
            for one in self.oidc
        ]


def _table(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8")).get("web", {})
    except tomllib.TOMLDecodeError as error:
        raise WrongConfiguration(f"{path} cannot be read ({error}). Mend the line.") from error
    for name in table:
        if name not in KNOWN:
            raise WrongConfiguration(f"{path}: [web] knows no {name!r}{near_misses(name, KNOWN) or '.'}")
    return dict(table)


def _mail(workspace: Path, table: Mapping[str, Any]) -> dict[str, Any]:
    return {**table, "password": read_secret(workspace, "email") or ""} if table else {}


def _provider(workspace: Path, table: Mapping[str, Any]) -> dict[str, Any]:
    missing = [name for name in OIDC_NEEDS if not table.get(name)]
    if missing:
        raise WrongConfiguration(f"A table [[web.oidc]] of upwards.toml lacks {', '.join(missing)}.")
    address = urlsplit(str(table["server_url"]))
    if address.scheme != "https" and address.hostname not in LOCAL_HOSTS:
        raise WrongConfiguration("server_url of [[web.oidc]] must begin with https://.")
    if OPEN_TO_ALL & set(address.path.split("/")):
        raise WrongConfiguration(
            "server_url of [[web.oidc]] lets in every organisation. Name your own: "
            "https://login.microsoftonline.com/<tenant>/v2.0"
        )
    return {**table, "secret": read_secret(workspace, f"oidc-{table['id']}") or ""}
