"""How much did each school, department, class add, and how sure are we: the action."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from upwards.core.errors import UserError
from upwards.core.origin import Origin, Source
from upwards.core.settings import Settings
from upwards.measures.fit_choices import unit_columns
from upwards.measures.value_added import ValueAddedRequest, measure_value_added
from upwards.measures.value_added_answer import ValueAdded

if TYPE_CHECKING:
    from upwards.sources.frames import FrameSource

SCHEMA = "upwards.value_added/1"
# a class of one name in two years is two classes
ANNUAL = ("class",)


@dataclass(frozen=True, slots=True, eq=False)
class FileValueAdded:
    """The answer for one file or frame: a fit and where it came from.

    Attributes
    ----------
    value_added
        The fit with its units.
    origin
        What was measured, from which file.
    settings
        What was asked for, and every threshold that was used.
    """

    value_added: ValueAdded
    origin: Origin
    settings: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer in plain types, ready for JSON, without NaN."""
        value_added = self.value_added
        return {
            "schema": SCHEMA,
            "origin": self.origin.to_dict(),
            "settings": dict(self.settings),
            "warnings": list(value_added.warnings),
            "fit": value_added.fit_to_dict(),
            "units": list(value_added.unit_rows()),
            "forecasts": list(value_added.forecast_rows()),
            "composition": value_added.composition_to_rows(),
            "units_adjusted": list(value_added.adjusted_rows()),
        }


def estimate_value_added(
    source: FrameSource,
    *,
    outcome: str,
    intake: Sequence[str] = (),
    levels: Sequence[str] = (),
    crossed: Sequence[str] = (),
    slopes: Mapping[str, Sequence[str]] | None = None,
    method: Literal["reml", "ml"] = "reml",
    year: str | None = None,
    weight: str | None = None,
    pupil: str | None = None,
    reference_levels: Mapping[str, str] | None = None,
    reliability: Mapping[str, float] | None = None,
    composition: str | None = None,
    interval_level: float = 0.95,
    intervals: Literal["auto", "profile", "wald", "none"] = "auto",
    draws: int = 1000,
    seed: int = 1,
    engine: Literal["polars", "duckdb"] = "polars",
) -> FileValueAdded:
    """Estimate value added straight from a file or frame of pupil results.

    Parameters
    ----------
    source
        Path to a CSV, XLSX or Parquet file, or a pandas, polars or pyarrow frame; a row per result.
    outcome
        Column of the result, a number.
    intake
        What pupils bring: ``column``, ``C(column)`` for a number that names a category, ``column^2``,
        ``a:b``. Text columns are categories.
    levels
        Nested levels, outer to inner.
    crossed
        Crossed factors, such as pupil and teacher.
    slopes
        Level to the intake columns whose slope varies between its units.
    method
        ``"reml"`` or ``"ml"``.
    year
        Column of the year: it joins the intake as a category, and every level whose units last over
        years gets a part for the year. A level called ``class`` is taken to last one year.
    weight
        Column of precision weights.
    pupil
        Column that names the pupil; by default a column called ``pupil``. Several rows of one pupil
        are refused unless the pupil is a crossed factor.
    reference_levels
        Category column to its reference level.
    reliability
        One intake column to its reliability, above 0 and at most 1.
    composition
        Level whose mean intake is adjusted for in a second fit.
    interval_level
        Level of all intervals.
    intervals
        How intervals of variances are found.
    draws, seed
        Joint draws for ranks and P(top), and their seed; 0 draws leave them out.
    engine
        What sums the rows.

    Returns
    -------
    FileValueAdded
        The fit, its units, and where they came from.

    Raises
    ------
    UserError
        When the file or the request cannot be used; the message says what to do.

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.DataFrame({"school": ["a"] * 4 + ["b"] * 4, "score": [1, 2, 2, 3, 4, 5, 6, 6]})
    >>> answer = estimate_value_added(rows, outcome="score", levels=["school"], draws=0)
    >>> [round(row["effect"], 2) for row in answer.to_dict()["units"]]
    [-1.56, 1.56]
    """
    from upwards.sources import open_frame
    from upwards.store.moments_pass import compute_moments
    from upwards.store.repeated_pupils import refuse_repeated_pupils

    settings = Settings.load()
    request = ValueAddedRequest(
        levels=tuple(levels),
        crossed=tuple(crossed),
        year=year,
        annual=ANNUAL,
        method=method,
        reliability=_only(reliability),
        composition=composition,
        interval_level=interval_level,
        top_share=settings.number("top_share"),
        n_draws=draws,
        seed=seed,
        intervals=intervals,
    )
    frame = open_frame(source, text_columns=request.factors)
    refuse_repeated_pupils(frame, pupil, [*levels, *crossed])
    moments = compute_moments(
        frame,
        outcome=outcome,
        intake=with_year(intake, year),
        nested=levels,
        crossed=[name for name in request.factors if name not in levels],
        slopes=slopes,
        weight=weight,
        reference_levels=reference_levels,
        engine=engine,
    )
    answer = _with_all_rows(measure_value_added(moments, request), frame, request)
    said = {"outcome": outcome, "intake": list(intake), "slopes": dict(slopes or {}), "weight": weight}
    said |= {"reference_levels": dict(reference_levels or {}), "engine": engine, **asdict(request)}
    thresholds = settings.used(["top_share"])
    return FileValueAdded(answer, _origin(source, outcome, answer), {**said, "thresholds": thresholds})


def _only(reliability: Mapping[str, float] | None) -> tuple[str, float] | None:
    if reliability is not None and len(reliability) > 1:
        raise UserError(
            f"Reliabilities are given for {', '.join(map(repr, reliability))}; one intake column can be "
            "corrected. Name the prior attainment."
        )
    return next(iter(reliability.items())) if reliability else None


def _with_all_rows(answer: ValueAdded, frame: Any, request: ValueAddedRequest) -> ValueAdded:
    """Count units' rows that the fit left out, also where a whole class is missing."""
    from upwards.store.row_counts import count_rows

    if not answer.model.moments.left_out:
        return answer
    levels = [level.factor.name for level in answer.levels]
    columns: dict[str, tuple[str, ...]] = {name: (name,) for name in request.crossed}
    columns |= {name: unit_columns(name, request.levels) for name in levels if name not in columns}
    return answer.with_all_rows({name: count_rows(frame, of) for name, of in columns.items()})


def _origin(source: FrameSource, outcome: str, answer: ValueAdded) -> Origin:
    files = (Source.of_file(Path(source)),) if isinstance(source, str | Path) else ()
    return Origin(
        measure="value_added",
        version="1",
        unit=outcome,
        level=answer.interval_level,
        n=answer.model.n,
        source=files,
    )


def with_year(intake: Sequence[str], year: str | None) -> list[str]:
    """Return the intake with the year as a category, so that results are compared within a year."""
    known = year is None or year in intake or f"C({year})" in intake
    return list(intake) if known else [*intake, f"C({year})"]
