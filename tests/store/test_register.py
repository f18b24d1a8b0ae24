from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from tests.store.published import Published, figures, publish, snapshot_of
from upwards.store.register import read_judgements, read_memberships, read_register
from upwards.store.snapshots import Snapshot
from upwards.store.workspace import Workspace
from upwards.store.workspace_errors import NoSuchTable

JUNE, JULY = datetime.date(2019, 6, 1), datetime.date(2022, 7, 1)


def links(*rows: tuple[str, str, str]) -> Published:
    schema = dict.fromkeys(("school", "successor", "kind"), pl.String)
    return Published(
        "links.csv", "2025-04-22", {"successions": pl.DataFrame(rows, schema=schema, orient="row")}
    )


def held(workspace: Workspace, *files: Published) -> Snapshot:
    publish(workspace, *files)
    return snapshot_of(workspace)


def test_a_closed_school_lies_where_the_one_lies_that_continues_or_took_it_in(workspace: Workspace) -> None:
    register = pl.DataFrame(
        {
            "school": ["3", "9"],
            "name": ["Three", "Nine"],
            "area": ["Camden", "Kent"],
            "region": ["London", None],
            "latitude": [51.5, None],
            "longitude": [-0.1, 1.0],
            "urban": [True, None],
            "pupils": [200, None],
            "opened": [datetime.date(2012, 9, 1), None],
        }
    )
    snapshot = held(
        workspace,
        Published("r.csv", "2022-04-25", {"schools": register}),
        links(("1", "2", "continues"), ("2", "3", "merges"), ("7", "8", "continues")),
    )
    found = read_register(snapshot)
    assert found.school.tolist() == ["1", "2", "3", "7", "8", "9"]
    assert found.line.tolist() == ["2", "2", "3", "8", "8", "9"]
    assert found.authority.tolist() == ["Camden"] * 3 + ["", "", "Kent"]
    assert found.region.tolist() == ["London"] * 3 + [""] * 3
    np.testing.assert_array_equal(found.latitude, [51.5] * 3 + [np.nan] * 3)
    # Half a place is no place.
    np.testing.assert_array_equal(found.longitude, [-0.1] * 3 + [np.nan, np.nan, 1.0])
    np.testing.assert_array_equal(found.urban, [1.0] * 3 + [np.nan] * 3)
    # What describes the school itself is never another's.
    assert found.name.tolist() == ["", "", "Three", "", "", "Nine"]
    np.testing.assert_array_equal(found.pupils, [np.nan, np.nan, 200, np.nan, np.nan, np.nan])
    assert found.opened[2] == np.datetime64("2012-09-01")
    assert np.isnat(found.opened[0])
    assert found.places(np.array(["9", "0"])).tolist() == [5, -1]


def placed(*schools: str) -> Published:
    rows = pl.DataFrame(
        {
            "school": list(schools),
            "area": [f"A{one}" for one in schools],
            "region": [f"R{one}" for one in schools],
            "latitude": [float(one) for one in schools],
            "longitude": [-float(one) for one in schools],
        }
    )
    return Published("r.csv", "2022-04-25", {"schools": rows})


@pytest.mark.parametrize(
    ("given", "region"),
    [
        # The register of an earlier day knows the school under its earlier code.
        (["1"], ["R1", "R1", "R1", "R1", "R1"]),
        # Of two earlier codes the later is nearer.
        (["1", "2"], ["R1", "R2", "R2", "R2", "R1"]),
        # A school lies where one of those lay that it took in, if nothing else is known.
        (["4"], ["R4", "R4", "R4", "R4", "R4"]),
        (["5"], ["R5", "R5", "R5", "R5", "R5"]),
        (["3", "4"], ["R3", "R3", "R3", "R4", "R3"]),
    ],
)
def test_a_register_of_any_day_places_a_school_under_all_its_codes(
    workspace: Workspace, given: list[str], region: list[str]
) -> None:
    # 1 became 2 and 3, and 4 was merged into 2; 5 closed and was merged into 1.
    told = links(("1", "2", "continues"), ("2", "3", "continues"), ("4", "2", "merges"), ("5", "1", "merges"))
    found = read_register(held(workspace, placed(*given), told))
    assert found.school.tolist() == ["1", "2", "3", "4", "5"]
    assert found.region.tolist() == region
    assert found.authority.tolist() == [one.replace("R", "A") for one in region]
    np.testing.assert_array_equal(found.latitude, [float(one[1:]) for one in region])
    np.testing.assert_array_equal(found.longitude, [-float(one[1:]) for one in region])


def test_a_school_of_a_known_authority_has_the_usual_region_of_it(workspace: Workspace) -> None:
    rows = pl.DataFrame(
        {
            "school": ["1", "2", "3", "4", "5"],
            "area": ["Kent", "Kent", "Kent", "Kent", "Wales"],
            "region": ["South East", "South East", "London", None, None],
        }
    )
    found = read_register(held(workspace, Published("r.csv", "2022-04-25", {"schools": rows})))
    assert found.region.tolist() == ["South East", "South East", "London", "South East", ""]


def memberships(seen: datetime.date | None, *pairs: tuple[str, str]) -> pl.DataFrame:
    rows = pl.DataFrame(pairs, schema=["school", "group"], orient="row")
    return rows.with_columns(pl.lit(seen, dtype=pl.Date).alias("seen"))


GROUPS = pl.DataFrame(
    {"group": ["A", "B", "S"], "name": ["Alpha", "Beta", "Sponsor"], "kind": ["Trust", "Trust", "Sponsor"]}
)


def registers() -> list[Published]:
    return [
        Published("2019.csv", "2019-06-01", {"memberships": memberships(JUNE, ("1", "A"), ("1", "S"))}),
        Published(
            "2022.csv",
            "2022-07-01",
            {"memberships": memberships(JULY, ("1", "B"), ("2", "B")), "groups": GROUPS},
        ),
        Published(
            "figures.csv",
            "2023-08-31",
            {
                "school_measures": figures({"school": "1", "year": 2023, "value": 1.0}),
                "memberships": memberships(datetime.date(2023, 8, 31), ("1", "A")),
            },
        ),
    ]


@pytest.mark.parametrize(
    ("day", "group", "seen"),
    [
        (datetime.date(2016, 9, 1), ["A"], "2019-06-01"),
        (datetime.date(2020, 9, 1), ["A"], "2019-06-01"),
        (datetime.date(2022, 8, 31), ["B", "B"], "2022-07-01"),
        # A file with figures of some trusts is no register.
        (datetime.date(2023, 8, 31), ["B", "B"], "2022-07-01"),
    ],
)
def test_membership_is_that_of_the_register_nearest_to_the_day(
    workspace: Workspace, day: datetime.date, group: list[str], seen: str
) -> None:
    found = read_memberships(held(workspace, *registers()), day, ("Trust",))
    assert found.group.tolist() == group
    assert found.seen == np.datetime64(seen)
    assert [str(one) for one in found.registers] == ["2019-06-01", "2022-07-01"]


def test_all_kinds_of_group_are_given_unless_some_are_named(workspace: Workspace) -> None:
    found = read_memberships(held(workspace, *registers()), JUNE)
    assert list(zip(found.group.tolist(), found.group_kind.tolist(), strict=True)) == [
        ("A", "Trust"),
        ("S", "Sponsor"),
    ]
    assert found.group_name.tolist() == ["Alpha", "Sponsor"]


def test_spans_without_a_register_count_where_the_day_lies_in_them(workspace: Workspace) -> None:
    rows = pl.DataFrame(
        {
            "school": ["1", "2", "3"],
            "group": ["A"] * 3,
            "starts": [datetime.date(2015, 9, 1), datetime.date(2018, 9, 1), None],
            "ends": [datetime.date(2017, 8, 31), None, None],
        }
    )
    snapshot = held(workspace, Published("own.csv", "", {"memberships": rows}))
    assert read_memberships(snapshot, datetime.date(2016, 1, 1)).school.tolist() == ["1", "3"]
    later = read_memberships(snapshot, JUNE)
    assert later.school.tolist() == ["2", "3"]
    assert later.registers == ()
    assert later.seen == np.datetime64("2019-06-01")
    assert later.group_kind.tolist() == ["", ""]


def test_judgements_are_of_whole_schools_oldest_first(workspace: Workspace) -> None:
    rows = pl.DataFrame(
        {
            "school": ["2", "1", "1"],
            "date": [JULY, JUNE, JUNE],
            "framework": ["f"] * 3,
            "area": [None, None, "Behaviour"],
            "outcome": ["Good", "Inadequate", "Good"],
        }
    )
    snapshot = held(workspace, Published("i.csv", "", {"judgements": rows}), links(("1", "2", "continues")))
    found = read_judgements(snapshot)
    assert found.school.tolist() == ["1", "2"]
    assert found.line.tolist() == ["2", "2"]
    assert found.outcome.tolist() == ["Inadequate", "Good"]
    assert found.date.tolist() == [JUNE, JULY]


def test_what_was_never_imported_is_said(workspace: Workspace) -> None:
    rows = figures({"school": "1", "year": 2019, "value": 1.0})
    snapshot = held(workspace, Published("a.csv", "2019-08-31", {"school_measures": rows}))
    with pytest.raises(NoSuchTable, match="judgements.*'Inspection Date'.*fetch does not bring"):
        read_judgements(snapshot)
    assert read_register(snapshot).school.tolist() == ["1"]
