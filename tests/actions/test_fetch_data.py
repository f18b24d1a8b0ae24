"""Fetching a country's record from a publisher on this machine."""

from __future__ import annotations

import datetime
import fcntl
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sources.publisher import CSV, Publisher, cut, open_publisher, ranges, status, whole
from upwards.actions.fetch_data import FetchReport, fetch_data
from upwards.actions.init_workspace import init_workspace
from upwards.core.errors import UserError
from upwards.core.settings import Settings
from upwards.sources.download_limits import Limits
from upwards.sources.england.addresses import load_addresses
from upwards.sources.england.fetch_plan import choose_published, plan_fetch
from upwards.sources.england.fetching import fetch_files
from upwards.sources.england.recognise import recognise

KS2 = "performance-tables/2018-2019/england_ks2final.csv"
SHA = hashlib.sha256(CSV).hexdigest()
OTHER = CSV.replace(b"0.5", b"0.7")
TODAY = datetime.date(2026, 11, 22)


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Publisher]:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("UPWARDS_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    with open_publisher() as opened:
        yield opened


@pytest.fixture
def corrected(publisher: Publisher, tmp_path: Path) -> Path:
    """All addresses lead to the publisher of the test."""
    names = {
        "ks2_schools": "/ks2-{years}.csv",
        "ks2_dictionary": "/meta-{years}.csv",
        "ks2_trusts": "/mats-{years}.csv",
        "census": "/census-{years}.csv",
        "gias_schools": "/schools{day}.csv",
        "gias_links": "/links{day}.csv",
        "gias_groups": "/groups{day}.csv",
        "gias_memberships": "/members{day}.csv",
        "la_series": "/la.parquet",
    }
    text = "\n".join(
        f'[[dataset]]\nname = "{name}"\naddress = "{publisher.address}{path}"' for name, path in names.items()
    )
    path = tmp_path / "corrected.toml"
    path.write_text(text)
    return path


def run(addresses: Path, years: str | None = "2019", only: str = "ks2", **options: Any) -> FetchReport:
    return fetch_data(
        "england",
        years=years,
        only=only.split(","),
        folder=Path("england"),
        addresses=addresses,
        today=TODAY,
        **options,
    )


def states(report: FetchReport) -> dict[str, str]:
    return {row["place"]: row["status"] for row in report.files}


def why(report: FetchReport, place: str = KS2) -> str:
    return str(next(row["why"] for row in report.files if row["place"] == place))


def nothing_half_there(folder: Path = Path("england")) -> bool:
    return not [path for path in folder.rglob("*") if ".part" in path.name]


def test_files_go_where_the_import_finds_them_with_a_record_of_what_they_were(
    publisher: Publisher, corrected: Path
) -> None:
    publisher.at("/ks2-2018-2019.csv", ranges())
    publisher.at("/meta-2018-2019.csv", whole(b"Column,Label\nURN,School\n"))
    steps: list[str] = []
    report = run(corrected, progress=lambda what, done, total: steps.append(what))
    assert states(report) == {
        KS2: "fetched",
        "performance-tables/2018-2019/ks2_meta.csv": "fetched",
    }
    assert not report.failed
    assert (Path("england") / KS2).read_bytes() == CSV
    entry = json.loads(Path("england/fetched.json").read_text())["files"][KS2]
    assert (entry["sha256"], entry["bytes"], entry["etag"]) == (SHA, len(CSV), '"one"')
    assert entry["licence"] == "OGL-UK-3.0"
    assert "england_ks2final.csv" in steps
    assert nothing_half_there()


def test_the_report_is_plain_and_whole(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/ks2-2018-2019.csv", whole())
    report = json.loads(json.dumps(run(corrected, "2019-2020").to_dict()))
    assert report["schema"] == "upwards.fetch/1"
    assert report["years"] == [2019, 2020]
    assert report["files"][0]["sha256"] == SHA
    assert report["not_published"][0]["year"] == 2020
    assert report["settings"]["fetch.attempts"]["value"] == 5


def test_a_second_run_changes_nothing_and_asks_only_whether_it_is_new(
    publisher: Publisher, corrected: Path
) -> None:
    publisher.at("/ks2-2018-2019.csv", ranges())
    run(corrected)
    written = (Path("england") / KS2).stat().st_mtime_ns
    report = run(corrected)
    assert states(report)[KS2] == "unchanged"
    assert publisher.visits[-2][1]["if-none-match"] == '"one"'
    assert (Path("england") / KS2).stat().st_mtime_ns == written


def test_a_publisher_without_marks_is_compared_by_content(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/ks2-2018-2019.csv", whole())
    run(corrected)
    assert states(run(corrected))[KS2] == "unchanged"


def test_what_the_publisher_changed_is_told_and_the_old_one_kept(
    publisher: Publisher, corrected: Path
) -> None:
    publisher.at("/ks2-2018-2019.csv", ranges(), ranges(OTHER, '"two"'))
    run(corrected)
    report = run(corrected)
    assert states(report)[KS2] == "changed"
    assert "The publisher has changed the file since it was fetched" in why(report)
    assert not report.failed
    assert (Path("england") / KS2).read_bytes() == CSV
    assert states(run(corrected))[KS2] == "changed"
    assert states(run(corrected, replace_changed=True))[KS2] == "fetched"
    assert (Path("england") / KS2).read_bytes() == OTHER
    assert states(run(corrected))[KS2] == "unchanged"


def test_a_file_altered_here_is_told_and_kept(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/ks2-2018-2019.csv", ranges())
    run(corrected)
    (Path("england") / KS2).write_bytes(b"mine")
    report = run(corrected)
    assert "altered since it was fetched" in why(report)
    assert (Path("england") / KS2).read_bytes() == b"mine"


def test_a_file_put_here_by_hand_is_kept(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/ks2-2018-2019.csv", ranges())
    path = Path("england") / KS2
    path.parent.mkdir(parents=True)
    path.write_bytes(OTHER)
    assert "of this name was here before" in why(run(corrected))
    path.write_bytes(CSV)
    assert states(run(corrected))[KS2] == "unchanged"
    assert KS2 in json.loads(Path("england/fetched.json").read_text())["files"]


def test_one_file_that_fails_does_not_stop_the_others(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/ks2-2018-2019.csv", status(403))
    publisher.at("/census-2018-2019.csv", whole())
    report = run(corrected, only="ks2,census")
    assert states(report)[KS2] == "failed"
    assert states(report)["performance-tables/2018-2019/england_census.csv"] == "fetched"
    assert report.failed


def test_a_server_that_cannot_be_reached_is_asked_for_one_file_only(
    publisher: Publisher, corrected: Path
) -> None:
    publisher.at("/census-2018-2019.csv", whole())
    with open_publisher() as gone:
        corrected.write_text(corrected.read_text().replace(publisher.address, gone.address))
    known = load_addresses(corrected)
    wanted, _ = plan_fetch(known, choose_published(["ks2", "census"], known), (2018, 2019), TODAY)
    pauses: list[float] = []
    limits = Limits.of(Settings.load())
    done = list(fetch_files(wanted, Path("england"), limits=limits, sleep=pauses.append))
    assert {one.status for one in done} <= {"failed", "left out"}
    assert len(pauses) == limits.attempts - 1
    assert sum("was not asked" in one.why for one in done) == len(done) - 1 > 1
    assert "kept" not in done[0].why


def test_what_is_gone_says_where_to_look(publisher: Publisher, corrected: Path) -> None:
    said = why(run(corrected))
    assert "has no such file (status 404)" in said
    assert "look at https://www.compare-school-performance.service.gov.uk/download-data" in said
    assert "under the name 'ks2_schools' in a file addresses.toml" in said


def test_an_error_page_is_not_kept_as_a_table(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/ks2-2018-2019.csv", whole(), whole(b"<html>Sorry, there is a problem</html>"))
    run(corrected)
    report = run(corrected)
    assert states(report)[KS2] == "failed"
    assert "a web page came" in why(report)
    assert (Path("england") / KS2).read_bytes() == CSV
    assert nothing_half_there()


def test_a_wrong_checksum_keeps_the_old_file(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/ks2-2018-2019.csv", whole(), whole(OTHER))
    run(corrected)
    wrong = corrected.read_text().replace(
        '[[dataset]]\nname = "ks2_dictionary"',
        f'sha256 = {{2019 = "{"0" * 64}"}}\n[[dataset]]\nname = "ks2_dictionary"',
    )
    corrected.write_text(wrong)
    report = run(corrected)
    assert states(report)[KS2] == "failed"
    assert "its sha256 begins with" in why(report)
    assert (Path("england") / KS2).read_bytes() == CSV
    corrected.write_text(wrong.replace("0" * 64, SHA))
    visits = publisher.count("/ks2-2018-2019.csv")
    assert states(run(corrected))[KS2] == "unchanged"
    assert publisher.count("/ks2-2018-2019.csv") == visits


def test_an_interrupted_run_goes_on_the_next_time(publisher: Publisher, corrected: Path) -> None:
    workspace = init_workspace("w").folder
    settings = workspace / "upwards.toml"
    settings.write_text(settings.read_text() + "\n[settings]\nfetch.attempts = 1\n")
    publisher.at("/ks2-2018-2019.csv", cut(ETag='"one"'), ranges())
    first = run(corrected, workspace=workspace)
    assert states(first)[KS2] == "failed"
    assert not (Path("england") / KS2).exists()
    assert states(run(corrected))[KS2] == "fetched"
    assert (Path("england") / KS2).read_bytes() == CSV
    assert [seen[1].get("range") for seen in publisher.visits if "ks2" in seen[0]] == [None, "bytes=20000-"]


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(f"2018-2019/{name}.csv", content)
    return buffer.getvalue()


def test_an_archive_of_several_files_is_asked_for_once(publisher: Publisher, corrected: Path) -> None:
    text = corrected.read_text()
    for name in ("ks2-{years}", "meta-{years}", "mats-{years}"):
        text = text.replace(name, "all-{years}")
    corrected.write_text(text)
    body = archive(england_ks2final=CSV, ks2_meta=b"a,b\n", evil=b"x")
    publisher.at("/all-2018-2019.csv", ranges(body))
    report = run(corrected, only="ks2,ks2_trusts")
    assert publisher.count("/all-2018-2019.csv") == 1
    assert list(states(report).values()) == ["fetched", "fetched", "left out"]
    assert "holds no file named 'england_ks2-mats-performance.csv'" in report.files[2]["why"]
    assert (Path("england") / KS2).read_bytes() == CSV
    assert sorted(path.name for path in (Path("england") / KS2).parent.iterdir()) == [
        "england_ks2final.csv",
        "ks2_meta.csv",
    ]
    publisher.at("/all-2018-2019.csv", whole())
    report = run(corrected, only="ks2,ks2_trusts")
    assert "An archive of several files was expected" in why(report)


def test_an_archive_that_leads_out_is_refused(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/ks2-2018-2019.csv", whole(archive(**{"england_ks2final": CSV, "../../../evil": b"x"})))
    report = run(corrected)
    assert "a name that leads out" in why(report)
    assert not (Path("england") / KS2).exists()
    assert nothing_half_there()


def test_a_register_that_is_not_out_today_is_yesterdays(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/schools20261121.csv", whole())
    publisher.at("/links20261122.csv", whole())
    report = run(corrected, None, "gias")
    assert states(report)["gias/2026-11-21/edubasealldata.csv"] == "fetched"
    assert states(report)["gias/2026-11-22/links_edubasealldata20261122.csv"] == "fetched"
    assert states(report)["gias/2026-11-19/allgroupsdata.csv"] == "failed"
    assert "names of head teachers" in why(report, "gias/2026-11-21/edubasealldata.csv")
    assert report.not_published[0]["title"] == "Registers of earlier years"


def test_another_kind_of_file_is_checked_as_its_kind(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/la.parquet", whole(b"PAR1....PAR1"))
    assert states(run(corrected, None, "la")) == {"lait/bds_long.parquet": "fetched"}


def test_the_import_knows_every_file_of_a_fetched_folder(
    publisher: Publisher, corrected: Path, england: Path
) -> None:
    publisher.at("/ks2-2018-2019.csv", whole((england / KS2).read_bytes()))
    publisher.at("/meta-2018-2019.csv", whole((england / KS2).with_name("ks2_meta.csv").read_bytes()))
    run(corrected)
    found = recognise("england")
    assert [str(one.opened.place) for one in found.files] == [KS2]
    assert found.dictionaries == ("performance-tables/2018-2019/ks2_meta.csv",)
    assert set(found.ignored) == {"fetched.json", ".fetching"}
    assert not found.problems


def test_a_list_asks_nobody_and_makes_nothing(publisher: Publisher, corrected: Path) -> None:
    report = run(corrected, list_only=True)
    assert set(states(report).values()) == {"to fetch"}
    assert not publisher.visits
    assert not Path("england").exists()


def test_by_default_all_is_fetched_that_the_import_reads() -> None:
    report = fetch_data("england", years="2019", list_only=True)
    assert {row["family"] for row in report.files} >= {"ks2", "ks4", "census", "gias", "la"}
    assert {row["family"] for row in report.not_published if row["kind"] == "not fetched"} == {
        "ks2",
        "ofsted",
        "finance",
    }


def test_years_are_needed_where_files_are_yearly(publisher: Publisher, corrected: Path) -> None:
    with pytest.raises(UserError, match="Name the years of ks2, such as --years 2017-2019"):
        run(corrected, None, "ks2,gias")


def test_addresses_of_the_workspace_are_used(
    publisher: Publisher, corrected: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = init_workspace("w").folder
    corrected.rename(workspace / "addresses.toml")
    publisher.at("/ks2-2018-2019.csv", whole())
    monkeypatch.chdir(workspace)
    report = fetch_data("england", years="2019", only=["ks2"])
    assert states(report)[KS2] == "fetched"
    assert (workspace / "england" / KS2).is_file()


def test_two_runs_into_one_folder_are_refused(publisher: Publisher, corrected: Path) -> None:
    Path("england").mkdir()
    with Path("england/.fetching").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(UserError, match="Another run is fetching into england"):
            run(corrected)


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2, "files": {}}', '{"format": 1, "files": {"a": 1}}'])
def test_a_record_that_cannot_be_read_is_told(publisher: Publisher, corrected: Path, text: str) -> None:
    Path("england").mkdir()
    Path("england/fetched.json").write_text(text)
    with pytest.raises(UserError, match="fetched.json cannot be read"):
        run(corrected)


def test_a_record_with_strange_marks_is_fetched_anew(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/ks2-2018-2019.csv", ranges())
    run(corrected)
    record = Path("england/fetched.json")
    record.write_text(record.read_text().replace('"\\"one\\""', "5"))
    assert states(run(corrected))[KS2] == "unchanged"


def test_a_place_that_is_taken_by_a_folder_is_told(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/ks2-2018-2019.csv", whole())
    (Path("england") / KS2).mkdir(parents=True)
    report = run(corrected)
    assert states(report)[KS2] == "failed"
    assert "The machine refused a file" in why(report)


def test_a_folder_that_is_a_file_is_told(publisher: Publisher, corrected: Path) -> None:
    publisher.at("/ks2-2018-2019.csv", whole())
    Path("england").mkdir()
    Path("england/performance-tables").write_text("x")
    assert "The machine refused a file" in why(run(corrected))
