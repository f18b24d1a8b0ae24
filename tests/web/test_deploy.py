"""The unit and the container file, as far as they can be checked without running them."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = ("upwards.service", "upwards-backup.service", "upwards-backup.timer")
HARDENED = {
    "DynamicUser": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "NoNewPrivileges": "yes",
    "PrivateTmp": "yes", "PrivateDevices": "yes", "CapabilityBoundingSet": "", "UMask": "0077",
    "StateDirectory": "upwards", "RestrictSUIDSGID": "yes", "LockPersonality": "yes",
}  # fmt: skip


def unit(path: Path) -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read(path, encoding="utf-8")
    return read


@pytest.mark.parametrize("name", UNITS[:2])
def test_a_service_has_a_passing_user_and_no_more_rights_than_it_needs(project, name):
    service = unit(project / "deploy" / name)["Service"]
    assert {key: service.get(key) for key in HARDENED} == HARDENED
    assert service["ExecStart"].startswith("/opt/upwards/bin/upwards ")


@pytest.mark.parametrize("name", UNITS[:2])
def test_what_a_service_runs_is_a_command_with_options_that_exist(project, name):
    from typer.main import get_command

    from upwards.cli.app import app

    words = unit(project / "deploy" / name)["Service"]["ExecStart"].split()[1:]
    known = get_command(app).commands[words[0]]
    options = {option for parameter in known.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_systemd_itself_finds_nothing_wrong(project, tmp_path):
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd is not installed")
    for name in UNITS:
        text = (project / "deploy" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/upwards/bin/upwards", "/bin/true"), encoding="utf-8")
    command = [found, "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # Of other units of this machine it may complain; of ours it must not.
    assert not [line for line in done.stderr.splitlines() if "upwards" in line], done.stderr


def test_the_container_runs_as_nobody_installs_by_hash_and_asks_whether_it_is_ready(project):
    text = (project / "deploy" / "Containerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"^FROM (\S+)", text, re.M)) == {"docker.io/library/python:3.11-slim-bookworm"}
    installs = re.findall(r"pip install ([^\\&\n]*)", text)
    assert installs
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)
    last = text.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001$", last, re.M)
    assert "/readyz" in last
    assert "HEALTHCHECK" in last
    assert 'ENTRYPOINT ["upwards"]' in last
    assert "COPY . " not in text
    for source in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.M):
        assert all((project / one).exists() for one in source.split())


def test_the_container_is_built_with_the_builder_alone(project):
    text = (project / "deploy" / "Containerfile").read_text(encoding="utf-8")
    assert "dev.txt" not in text
    built = (project / "requirements" / "build.txt").read_text(encoding="utf-8")
    developed = (project / "requirements" / "dev.txt").read_text(encoding="utf-8")
    pinned = re.findall(r"^(\S+==\S+)", built, re.M)
    assert pinned[0].startswith("hatchling==")
    assert set(pinned) <= set(re.findall(r"^(\S+==\S+)", developed, re.M))
