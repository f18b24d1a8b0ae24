"""How often the official bands and intervals are met, file by file: docs/evidence/official_bands.json."""

from __future__ import annotations

import datetime
import json
import subprocess
from pathlib import Path

import pytest

from tests.measures.official_band_files import SUBJECTS, KeyStage2, key_stage_4, opener, register

PROJECT = Path(__file__).parents[2]
EVIDENCE = PROJECT / "docs" / "evidence" / "official_bands.json"


@pytest.mark.evidence
def test_official_bands_are_met_file_by_file(england: Path) -> None:
    open_published = opener(england)
    ks2 = KeyStage2(open_published)
    found = {}
    for year in (2017, 2018, 2019):
        for subject in SUBJECTS:
            cuts = ks2.cuts(subject, year)
            found[f"850_ks2final.csv {year - 1}/{year % 100}, {subject}"] = {
                **ks2.agreement(subject, year).as_json(),
                "cut_low": cuts.low,
                "cut_high": cuts.high,
            }
    file = "england_ks4final.csv 2017/18, Progress 8"
    found[file] = key_stage_4(open_published, register(open_published)).as_json()
    found[f"{file}, late joiners by kind alone"] = key_stage_4(open_published, None).as_json()
    command = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(command, cwd=PROJECT, capture_output=True, check=True, text=True).stdout.strip()
    report = {"commit": commit, "seed": None, "date": datetime.date.today().isoformat(), "found": found}
    EVIDENCE.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    assert all(one["bands_share"] >= 0.99 for one in found.values())
    assert all(one["interval_within_one_last_digit"] == one["schools"] for one in found.values())
