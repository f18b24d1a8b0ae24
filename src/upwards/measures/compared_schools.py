"""Which schools a fit learns from and ranks, and which are shown beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from upwards.core.panel import Flags, SchoolPanel, SchoolRegister, Texts
from upwards.measures.group_eligibility import NOT_MAINSTREAM

# Colleges that take pupils from 14, as the tables and the register write them.
COLLEGES = ("fesi", "further education")
COMPARED = "compared"
SPECIAL = "special school, not compared"
OTHER = "not a mainstream school, not compared"


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What becomes of each school of a panel.

    Attributes
    ----------
    status
        Shape (I,): ``"compared"``, or why it is not.
    unknown
        Shape (I,): schools whose kind the register does not tell; they are compared.
    """

    status: Texts
    unknown: Flags

    @property
    def compared(self) -> Flags:
        """Which schools are learnt from and ranked, shape (I,)."""
        return np.asarray(self.status == COMPARED)

    def notes(self, which: Flags) -> list[str]:
        """Return what a reader of the figures of these schools, shape (I,), must know, in plain sentences."""
        said = []
        apart, unknown = int((which & ~self.compared).sum()), int((which & self.unknown).sum())
        if apart:
            said.append(
                f"{apart:,} special and other schools that are not mainstream are not compared: they are of "
                "another population, and nothing is learnt from them. Their published figures are shown."
            )
        if unknown:
            said.append(f"The kind of {unknown:,} schools is not known; they are compared.")
        return said


def compare_all(panel: SchoolPanel) -> Comparison:
    """Compare every school, whatever it is."""
    nobody = np.zeros(len(panel.school), dtype=bool)
    return Comparison(np.full(len(panel.school), COMPARED), nobody)


def compare_mainstream(panel: SchoolPanel, register: SchoolRegister | None) -> Comparison:
    """Compare mainstream schools, as far as a register tells them from others.

    Parameters
    ----------
    panel
        Figures of I schools.
    register
        Kinds of schools in the country's words; None: every school is compared.

    Returns
    -------
    Comparison

    Notes
    -----
    Special schools, alternative provision, pupil referral units and colleges are not mainstream. A school
    whose kind is not known is of the kind of the latest school that it continues.
    """
    if register is None or not len(register.school):
        return Comparison(np.full(len(panel.school), COMPARED), np.ones(len(panel.school), dtype=bool))
    kind = _kinds(panel, register)
    apart = np.zeros(len(kind), dtype=bool)
    for words in (*NOT_MAINSTREAM, *COLLEGES):
        apart |= np.strings.find(kind, words) >= 0
    special = np.strings.find(kind, "special") >= 0
    return Comparison(np.select([special, apart], [SPECIAL, OTHER], COMPARED), kind == "")


def _kinds(panel: SchoolPanel, register: SchoolRegister) -> Texts:
    """Return the kind of each school in small letters; ``""`` where none of its codes has one."""
    codes = np.concatenate([panel.school[:, None], panel.code[:, ::-1]], axis=1)
    places = register.places(codes)
    kinds = np.strings.lower(np.where(places >= 0, register.kind[places], ""))
    return np.asarray(kinds[np.arange(len(kinds)), np.argmax(kinds != "", axis=1)])


def take_schools(panel: SchoolPanel, which: Flags) -> SchoolPanel:
    """Return the panel of some schools.

    Parameters
    ----------
    panel
        Of I schools.
    which
        Shape (I,).

    Returns
    -------
    SchoolPanel
    """
    names = ("school", "value", "lower", "upper", "n", "missing", "code", "source")
    return replace(panel, **{name: getattr(panel, name)[which] for name in names})
