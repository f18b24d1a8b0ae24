"""How much results differ between schools, teachers, classes and pupils: of all together, of nobody alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from upwards.core.errors import EmptyData, UserError
from upwards.core.moments import Floats, Ints
from upwards.estimators.mixed_model import MixedModel
from upwards.estimators.parameter_draws import draw_models
from upwards.estimators.weighted_effect import Variances
from upwards.measures.team_effects import FEW_SCHOOLS, PARTS, Parts, fit_team_model

TEACHER = ("teacher", ("school", "teacher"))
_PLACE = next(place for place, (name, _) in enumerate(PARTS) if name == "class")
TEACHING_PARTS: Parts = (*PARTS[:_PLACE], TEACHER, *PARTS[_PLACE:])
PUPIL = "pupil"
N_MODELS = 25


@dataclass(frozen=True, slots=True)
class TeachingSpread:
    """The variances of the parts of a result, pupil SD squared, with what is not known of them.

    Attributes
    ----------
    parts
        Names of the random parts that the rows can tell apart, the pupils' left out.
    drawn
        Equally plausible sets of variances.
    n_schools, n_teachers
        On which they rest; a teacher of two schools is one, though with a part in each.
    """

    parts: tuple[str, ...]
    drawn: tuple[Variances, ...]
    n_schools: int
    n_teachers: int

    @property
    def notes(self) -> list[str]:
        """What a reader must know."""
        if self.n_schools >= FEW_SCHOOLS:
            return []
        return [f"Only {self.n_schools} schools: how much schools and teachers differ is hardly known."]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> TeachingSpread:
        """Make it from what `to_dict` gave."""
        drawn = tuple(Variances(**{**one, "parts": tuple(one["parts"])}) for one in content["drawn"])
        return cls(**{**content, "parts": tuple(content["parts"]), "drawn": drawn})


def fit_teaching_spread(
    residual: Floats,
    codes: Mapping[str, Ints],
    labels: Mapping[str, tuple[str, ...]],
    *,
    min_teachers: int = 3,
    seed: int = 1,
) -> TeachingSpread:
    """Fit the joint model of all results with a part for the teacher, and keep its variances alone.

    Parameters
    ----------
    residual
        Results less expectation, pupil SD, shape (n,).
    codes
        Column to the code of each row, shape (n,); at least school, subject, stage and teacher.
    labels
        Column to its labels by code.
    min_teachers
        With fewer a variance of teachers would be about persons.
    seed
        Of the draws of the variances.

    Returns
    -------
    TeachingSpread

    Raises
    ------
    UserError
        When too few teachers are named, or the search for the variances did not end at an optimum.

    Notes
    -----
    The model of teams (`fit_team_model`) with one part more: a teacher in all years, subjects and classes.
    Its variances are drawn from their approximate distribution (`draw_models`).
    """
    n_teachers = len(labels.get("teacher", ()))
    if n_teachers < min_teachers:
        raise EmptyData(f"The results name {n_teachers} teachers: too few to tell how much teachers differ.")
    fitted = fit_team_model(residual, codes, labels, parts=TEACHING_PARTS)
    if not fitted.model.converged:
        raise UserError("How much teachers and classes differ cannot be told from these results.")
    drawn = tuple(
        _variances(fitted.parts, one) for one in draw_models(fitted.model, n_draws=N_MODELS, seed=seed)
    )
    return TeachingSpread(
        parts=tuple(name for name in fitted.parts if name != PUPIL),
        drawn=drawn,
        n_schools=len(labels["school"]),
        n_teachers=n_teachers,
    )


def _variances(names: tuple[str, ...], model: MixedModel) -> Variances:
    residual = model.value.quadratic / model.problem.freedom
    found = {name: float(root[0, 0] ** 2 * residual) for name, root in zip(names, model.roots, strict=True)}
    return Variances(
        parts=tuple(value for name, value in found.items() if name != PUPIL),
        group=found.get(PUPIL, 0.0),
        residual=float(residual),
        mean=float(model.value.coefficients[0]),
        mean_se=float((residual / model.value.precision[0, 0]) ** 0.5),
    )
