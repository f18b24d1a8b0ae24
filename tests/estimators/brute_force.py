"""The same model the long way: every row, explicit V, explicit inverses. For tiny data only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.estimators.moments_of import moments_of
from upwards.core.moments import Floats, Moments
from upwards.estimators.criterion import Method, Problem
from upwards.estimators.elimination import RandomTerm, arrange
from upwards.estimators.mixed_model import independent_columns


@dataclass(frozen=True)
class Rows:
    """A tiny data set and a model for it. `terms` pairs a group's name with columns of X."""

    y: Floats
    X: Floats
    groups: dict[str, Any]
    terms: tuple[tuple[str, tuple[int, ...]], ...]
    weight: Floats | None = None

    @property
    def slopes(self) -> tuple[int, ...]:
        return tuple(sorted({0, *(c for _, columns in self.terms for c in columns)}))

    def moments(self, **options: Any) -> Moments:
        return moments_of(self.y, self.X, self.groups, slopes=self.slopes, weight=self.weight, **options)

    def random(self) -> list[RandomTerm]:
        names = list(self.groups)
        return [
            RandomTerm(names.index(name), tuple(self.slopes.index(c) for c in columns))
            for name, columns in self.terms
        ]

    def problem(self, method: Method) -> Problem:
        moments = self.moments()
        return Problem(moments, arrange(moments, self.random()), independent_columns(moments), method)


@dataclass(frozen=True)
class Dense:
    """Explicit matrices at given relative covariances (of the centred and scaled columns)."""

    rows: Rows
    covariances: tuple[Floats, ...]
    method: Method

    def z(self, term: int) -> Floats:
        """Return Z of a term, shape (n, k, J), in the columns' centred and scaled form."""
        name, columns = self.rows.terms[term]
        _, code = np.unique(np.asarray(self.rows.groups[name]), return_inverse=True)
        x = self.rows.X
        scaled = [(x[:, c] - (x[:, c].mean() if c else 0.0)) / (x[:, c].std() if c else 1.0) for c in columns]
        out = np.zeros((len(x), len(columns), code.max() + 1))
        for i, column in enumerate(scaled):
            out[np.arange(len(x)), i, code] = column
        return out

    def flat(self, term: int) -> tuple[Floats, Floats]:
        """Return Z (n, kJ) and its prior covariance (kJ, kJ), a unit's effects J apart."""
        z = self.z(term)
        return z.reshape(len(z), -1), np.kron(self.covariances[term], np.eye(z.shape[2]))

    def v(self) -> Floats:
        weight = self.rows.weight
        out = np.diag(np.ones(len(self.rows.y)) if weight is None else 1.0 / weight)
        for term in range(len(self.rows.terms)):
            z, g = self.flat(term)
            out += z @ g @ z.T
        return out

    def solve(self) -> tuple[Floats, Floats, Floats]:
        """Return V^-1, generalised least squares coefficients, and their precision, raw units."""
        inverse = np.linalg.inv(self.v())
        precision = self.rows.X.T @ inverse @ self.rows.X
        return inverse, np.linalg.solve(precision, self.rows.X.T @ inverse @ self.rows.y), precision

    def residual(self) -> Floats:
        return self.rows.y - self.rows.X @ self.solve()[1]

    def sigma2(self) -> float:
        r = self.residual()
        return float(r @ self.solve()[0] @ r) / self.freedom

    @property
    def freedom(self) -> int:
        return len(self.rows.y) - (self.rows.X.shape[1] if self.method == "reml" else 0)

    def criterion(self) -> float:
        out = np.linalg.slogdet(self.v())[1]
        if self.method == "reml":
            out += np.linalg.slogdet(self.solve()[2])[1]
        return float(out + self.freedom * (1.0 + np.log(2.0 * np.pi * self.sigma2())))

    def posterior(self) -> tuple[Floats, Floats]:
        """Return all terms' scaled effects, end to end, and their covariance given the parameters."""
        parts = [self.flat(t) for t in range(len(self.rows.terms))]
        z = np.hstack([part[0] for part in parts])
        g = np.zeros((z.shape[1], z.shape[1]))
        at = 0
        for _, block in parts:
            g[at : at + len(block), at : at + len(block)] = block
            at += len(block)
        inverse = self.solve()[0]
        spread = g - g @ z.T @ inverse @ z @ g
        return g @ z.T @ inverse @ self.residual(), self.sigma2() * spread


def random_roots(rows: Rows, seed: int, singular: bool = False) -> list[Floats]:
    rng = np.random.default_rng(seed)
    roots = []
    for _, columns in rows.terms:
        root = np.tril(rng.normal(0.0, 0.5, (len(columns), len(columns))))
        if singular:
            root[:, -1] = 0.0
        roots.append(root)
    return roots


def covariances(roots: Sequence[Floats]) -> tuple[Floats, ...]:
    return tuple(root @ root.T for root in roots)


def _rows(name: str, weighted: bool) -> Rows:
    rng = np.random.default_rng(abs(hash_of(name)))
    n = 48
    x = rng.normal(2.0, 3.0, (n, 3))
    X = np.column_stack([np.ones(n), x])
    y = 10.0 + x @ [1.0, -0.5, 0.2] + rng.normal(0.0, 2.0, n)
    school = np.repeat(np.arange(4), 12)
    department = np.repeat(np.arange(8), 6)
    group = np.repeat(np.arange(16), 3)
    primary = rng.integers(0, 5, n)
    teacher = rng.integers(0, 6, n)
    year = np.tile(np.arange(2), n // 2)
    # fourteen teachers, each in two neighbouring ones of twelve schools
    teacher_of_chain = np.sort(np.arange(n) % 14)
    school_of_chain = np.minimum(teacher_of_chain * 11 // 13 + (np.arange(n) // 2) % 2, 11)
    weight = rng.uniform(0.5, 3.0, n) if weighted else None
    choices: dict[str, tuple[dict[str, Any], tuple[tuple[str, tuple[int, ...]], ...]]] = {
        "random intercept": ({"s": school}, (("s", (0,)),)),
        "two slopes": ({"d": department}, (("d", (0, 1)),)),
        "three slopes": ({"d": department}, (("d", (0, 1, 3)),)),
        "four slopes": ({"d": department}, (("d", (0, 1, 2, 3)),)),
        "three levels, slopes at two": (
            {"s": school, "d": department, "g": group},
            (("s", (0, 2)), ("d", (0,)), ("g", (0, 1))),
        ),
        "two crossed": ({"p": primary, "t": teacher}, (("p", (0,)), ("t", (0,)))),
        "two crossed with slopes": ({"p": primary, "t": teacher}, (("p", (0, 1)), ("t", (0, 2)))),
        "neighbours crossed, classes below": (
            {"s": school_of_chain, "t": teacher_of_chain, "st": np.arange(n) // 2},
            (("s", (0,)), ("t", (0,)), ("st", (0, 1))),
        ),
        "neighbours crossed": (
            {"s": school_of_chain, "t": teacher_of_chain},
            (("s", (0,)), ("t", (0,))),
        ),
        "three crossed": (
            {"p": primary, "t": teacher, "y": year},
            (("p", (0,)), ("t", (0, 1)), ("y", (0,))),
        ),
        "crossed above a nested level": (
            {"p": primary, "t": teacher, "pt": primary * 10 + teacher},
            (("p", (0,)), ("t", (0,)), ("pt", (0, 1))),
        ),
        "school, department and their years": (
            {"s": school, "d": department, "sy": school * 2 + year, "dy": department * 2 + year},
            (("s", (0, 1)), ("d", (0,)), ("sy", (0,)), ("dy", (0,))),
        ),
        "years within schools": (
            {"s": school, "sy": school * 2 + year},
            (("s", (0, 1)), ("sy", (0,))),
        ),
    }
    groups, terms = choices[name]
    return Rows(y, X, groups, terms, weight)


def hash_of(name: str) -> int:
    """Return a seed that does not change between runs."""
    return sum((i + 1) * ord(letter) for i, letter in enumerate(name))


NAMES = (
    "random intercept",
    "two slopes",
    "three slopes",
    "four slopes",
    "three levels, slopes at two",
    "two crossed",
    "two crossed with slopes",
    "neighbours crossed",
    "neighbours crossed, classes below",
    "three crossed",
    "crossed above a nested level",
    "school, department and their years",
    "years within schools",
)
tiny_rows = _rows
