"""What is measured: files and models."""

from __future__ import annotations

from dataclasses import dataclass, field

INTAKE = ("prior", "age", "deprivation", "attendance")


@dataclass(frozen=True)
class Case:
    """One file and one model."""

    name: str
    variant: str
    n_rows: int = 5_000_000
    n_schools: int = 20_000
    half: bool = False
    levels: tuple[str, ...] = ("school",)
    crossed: tuple[str, ...] = ()
    slopes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    repeats: int = 5

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the columns that name units."""
        return (*self.levels, *self.crossed)

    @property
    def formula(self) -> str:
        """Return the model as an lme4 formula."""
        nested = ["/".join(self.levels[: depth + 1]).replace("/", ":") for depth in range(len(self.levels))]
        parts = []
        for name, group in zip(self.keys, (*nested, *self.crossed), strict=True):
            parts.append(f"({' + '.join(('1', *self.slopes.get(name, ())))} | {group})")
        return f"score ~ {' + '.join((*INTAKE, *parts))}"

    def with_rows(self, n_rows: int | None) -> Case:
        """Return the case with another number of rows."""
        if n_rows is None:
            return self
        return Case(**{**self.__dict__, "n_rows": n_rows, "name": f"{self.name}, {n_rows:,} rows"})


def _cases(*cases: Case) -> dict[str, Case]:
    return {case.name: case for case in cases}


PASS = _cases(
    Case("schools", "nested"),
    Case("schools, 32-bit floats", "nested", half=True),
    Case("schools with a slope", "nested", slopes={"school": ("prior",)}),
    Case("classes in schools", "classes", levels=("school", "class"), repeats=3),
    Case("teachers x schools", "crossed", 1_000_000, 3_000, levels=(), crossed=("teacher", "school")),
)
FIT = _cases(
    Case("random intercept", "nested", repeats=3),
    Case("random slope", "nested", slopes={"school": ("prior",)}, repeats=3),
    Case("three levels", "classes", levels=("school", "class"), repeats=3),
    Case("crossed", "crossed", 1_000_000, 3_000, levels=(), crossed=("teacher", "school"), repeats=3),
)
LONG = _cases(
    Case("50 million rows", "nested", 50_000_000, slopes={"school": ("prior",)}, repeats=1),
    Case("50 million rows, classes", "classes", 50_000_000, levels=("school", "class"), repeats=1),
)
