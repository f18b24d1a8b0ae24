"""Made-up pupils in a Parquet file: seeded, written in chunks, any number of rows."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Variant = Literal["nested", "classes", "crossed"]

CHUNK = 500_000
INTAKE = ("prior", "age", "deprivation", "attendance")
COEFFICIENTS = np.array([0.6, 0.05, -0.2, 0.1])
N_TEACHERS = 16_000
SCHOOLS_OF_A_TEACHER = 3


def write_pupils(
    path: Path, *, n_rows: int, variant: Variant, n_schools: int = 20_000, half: bool = False, seed: int = 1
) -> Path:
    """Write pupils to `path` unless the file exists already.

    Parameters
    ----------
    path
        Where the Parquet file goes.
    n_rows
        Number of pupils.
    variant
        ``"nested"``: schools; ``"classes"``: nine classes in each school; ``"crossed"``: teachers who
        work in three neighbouring schools each.
    n_schools
        Number of schools.
    half
        Store numbers as 32-bit floats, not 64.
    seed
        The same seed and sizes give the same file.
    """
    if path.exists():
        return path
    unfinished = path.with_suffix(".part")
    effects = _Effects(np.random.default_rng(seed), variant, n_schools, np.float32 if half else np.float64)
    path.parent.mkdir(parents=True, exist_ok=True)
    writer: pq.ParquetWriter | None = None
    for chunk, start in enumerate(range(0, n_rows, CHUNK)):
        rng = np.random.default_rng([seed, chunk])
        table = effects.pupils(rng, min(CHUNK, n_rows - start))
        writer = writer or pq.ParquetWriter(
            unfinished, table.schema, compression="zstd", use_dictionary=["school", "class", "teacher"]
        )
        writer.write_table(table, row_group_size=CHUNK // 4)
    if writer:
        writer.close()
    unfinished.rename(path)
    return path


class _Effects:
    """True effects of the units, and pupils drawn from them."""

    def __init__(
        self, rng: np.random.Generator, variant: Variant, n_schools: int, number: type[np.floating[Any]]
    ) -> None:
        self.variant, self.n_schools, self.number = variant, n_schools, number
        self.school = rng.multivariate_normal([0.0, 0.0], [[0.04, 0.005], [0.005, 0.01]], n_schools)
        self.class_ = rng.normal(0.0, 0.15, 9 * n_schools)
        self.teacher = rng.normal(0.0, 0.15, N_TEACHERS)
        self.first_school = rng.integers(0, n_schools, N_TEACHERS)

    def pupils(self, rng: np.random.Generator, n: int) -> pa.Table:
        """Draw n pupils: outcome, intake, school and, where the variant has it, class or teacher."""
        x = rng.normal(size=(n, len(INTAKE)))
        school = rng.integers(0, self.n_schools, n)
        second: dict[str, Ints] = {}
        effect = np.zeros(n)
        if self.variant == "classes":
            second["class"] = 9 * school + rng.integers(0, 9, n)
            effect = self.class_[second["class"]]
        if self.variant == "crossed":
            second["teacher"] = rng.integers(0, N_TEACHERS, n)
            school = (
                self.first_school[second["teacher"]] + rng.integers(0, SCHOOLS_OF_A_TEACHER, n)
            ) % self.n_schools
            effect = self.teacher[second["teacher"]]
        y = (
            x @ COEFFICIENTS
            + effect
            + self.school[school, 0]
            + self.school[school, 1] * x[:, 0]
            + rng.normal(0, 0.7, n)
        )
        numbers = {"score": y, **dict(zip(INTAKE, x.T, strict=True))}
        codes = {"school": school, **second}
        return pa.table(
            {name: pa.array(values.astype(self.number)) for name, values in numbers.items()}
            | {name: pa.array(values.astype(np.int32)) for name, values in codes.items()}
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generator", description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("variant", choices=["nested", "classes", "crossed"])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--schools", type=int, default=20_000)
    parser.add_argument("--half", action="store_true", help="32-bit floats")
    parser.add_argument("--full", dest="half", action="store_false", help="64-bit floats")
    asked = parser.parse_args()
    write_pupils(
        asked.path, n_rows=asked.rows, variant=asked.variant, n_schools=asked.schools, half=asked.half
    )
