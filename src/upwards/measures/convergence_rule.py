"""When a system is called converging, and from how many units and years on."""

from __future__ import annotations

from dataclasses import dataclass

from upwards.core.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvergenceRule:
    """What must hold before a state is printed.

    Attributes
    ----------
    certainty
        Probability needed for narrowing or widening, and for a rise or fall of the top.
    min_units, min_years
        Fewer units borrow the wider system's fluctuation; fewer years tell no state.
    min_inside
        Fewest units for an answer on the inside of a group.
    end_share
        Who started lowest and highest: this share of units at either end.
    negligible
        A smaller relative change of spread is not worth a name.
    """

    certainty: float = 0.975
    min_units: int = 200
    min_years: int = 4
    min_inside: int = 3
    end_share: float = 0.2
    negligible: float = 0.05

    @classmethod
    def from_settings(cls, settings: Settings) -> ConvergenceRule:
        """Read the rule from settings.

        Parameters
        ----------
        settings
            A workspace's settings.

        Returns
        -------
        ConvergenceRule

        Examples
        --------
        >>> ConvergenceRule.from_settings(Settings.load()) == ConvergenceRule()
        True
        """
        return cls(
            certainty=settings.number("convergence.certainty"),
            min_units=settings.count("convergence.min_units"),
            min_years=settings.count("convergence.min_years"),
            min_inside=settings.count("convergence.min_inside"),
            end_share=settings.number("convergence.end_share"),
            negligible=settings.number("convergence.negligible"),
        )
