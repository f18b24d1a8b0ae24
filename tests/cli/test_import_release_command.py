from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

CFR = "URN,Income,Expenditure,Balance,Academic Year\n100000,10,9,1,2018\n100001,8,9,-1,2018\n"
ABSENCE = (
    "LA,ESTAB,URN,PERCTOT,PPERSABS10\n201,3614,100000,5.2,9.8\nNAT,PRI,,5.0,9.0\n202,3614,100001,SUPP,SUPP\n"
)


@pytest.fixture
def group(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace beside a folder of published files, on a screen that is wide enough."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    assert run("init", "group").code == 0
    monkeypatch.setenv("UPWARDS_WORKSPACE", str(tmp_path / "group"))
    for place, content in {
        "public/finance/cfr_2018.csv": CFR,
        "public/2022-2023/england_abs.csv": ABSENCE,
        "public/2022-2023/abs_meta.csv": "Variable,Label\nURN,Number\n",
        "public/README.md": "notes",
    }.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(content)
    return tmp_path


def test_a_folder_is_imported_with_a_summary_that_adds_up(run: Run, group: Path) -> None:
    done = run("import", "public", "--as", "england")
    assert done.code == 0
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert "3 2 1 2022-2023/england_abs.csv" in lines
    assert "2 2 0 finance/cfr_2018.csv" in lines
    assert "5 4 1 2 files" in lines
    assert "Rows given to tables: finances 6, school_measures 4, schools 2." in lines
    assert any("2022-2023/england_abs.csv: 1 " in line for line in lines)
    assert "Dictionaries of columns, no data: 2022-2023/abs_meta.csv." in lines
    assert "Not read: README.md." in lines
    assert "It holds finances 6, school_measures 4, schools 2." in lines[-1]
    again = run("import", "public", "--as", "england")
    assert again.code == 0
    assert "2 files are in the workspace already" in again.out


def test_the_report_can_be_piped_on(run: Run, group: Path) -> None:
    said = run("import", "public", "--as", "england", "--format", "json").json
    assert said["schema"] == "upwards.import_release/1"
    assert [file["n_in"] for file in said["files"]] == [3, 2]
    assert said["totals"]["n_in"] == 5
    assert said["entered"] is True


def test_a_file_that_came_again_says_what_it_replaced(run: Run, group: Path) -> None:
    run("import", "public", "--as", "england")
    (group / "public/finance/cfr_2018.csv").write_text(CFR.replace("100001", "100002"))
    stopped = run("import", "public", "--as", "england")
    assert (stopped.code, "lacks 1 of the 2 schools" in stopped.err) == (2, True)
    done = run("import", "public", "--as", "England", "--replace")
    assert "finance/cfr_2018.csv: took the place of 6 rows held before." in done.out


def test_problems_are_listed_and_nothing_is_imported(run: Run, group: Path) -> None:
    (group / "public/finance/cfr_2018.csv").write_text(CFR.replace(",1,2018", ",much,2018"))
    (group / "public/stray.csv").write_text("A,B\n1,2\n")
    refused = run("import", "public", "--as", "england")
    assert refused.code == 2
    assert "finance/cfr_2018.csv (" in refused.out
    assert "Balance" in refused.out
    assert "stray.csv: it is not a file that is known" in refused.out
    assert "Nothing was imported, and the workspace is as it was" in refused.err
    (group / "public/stray.csv").unlink()
    assert run("import", "public", "--as", "england", "--keep-good").code == 0


@pytest.mark.parametrize("option", [("--map", "x.toml"), ("--sheet", "1"), ("--keep-original",)])
def test_options_for_files_of_ones_own_are_refused(run: Run, group: Path, option: tuple[str, ...]) -> None:
    refused = run("import", "public", "--as", "england", *option)
    assert refused.code == 2
    assert f"{option[0]} is not for published files" in refused.err


def test_an_unknown_folder_is_named(run: Run, group: Path) -> None:
    refused = run("import", "nowhere", "--as", "england")
    assert refused.code == 2
    assert "There is no folder or file 'nowhere'" in refused.err


def test_a_slow_import_shows_one_bar_for_all_files(
    run: Run, group: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from upwards.cli import import_display

    monkeypatch.setattr(import_display, "SLOW_SECONDS", -1.0)
    done = run("import", "public", "--as", "england")
    assert done.code == 0


@pytest.mark.parametrize("word", ["englnd", "Englan"])
def test_a_country_written_otherwise_is_offered(run: Run, word: str) -> None:
    refused = run("import", "public", "--as", word)
    assert refused.code == 2
    assert "did you mean 'england'?" in refused.err


def test_what_would_not_help_is_not_recommended(run: Run, group: Path) -> None:
    (group / "public/finance/cfr_2018.csv").write_text(CFR.replace("100001", "none"))
    assert "--keep-good takes the rows that are right" in run("import", "public", "--as", "england").err
    (group / "public/stray.csv").write_text("A,B\n1,2\n")
    for options in ((), ("--keep-good",)):
        refused = run("import", "public", "--as", "england", *options)
        assert refused.code == 2
        assert "--keep-good takes" not in refused.err


def test_names_of_files_are_never_broken(run: Run, group: Path) -> None:
    place = f"{'a-long-folder-name/' * 5}finance/cfr_2018.csv"
    (group / "public" / place).parent.mkdir(parents=True)
    (group / "public/finance/cfr_2018.csv").rename(group / "public" / place)
    assert place in run("import", "public", "--as", "england").out
