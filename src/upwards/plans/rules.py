"""What a plan is made by: rates of transfer, rhythm, limits, who may be paired, and what is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from upwards.core.settings import Settings

TeamKey = tuple[str, str, str]
"""School, subject, stage."""
Kind = Literal[
    "role modelling",
    "learning threes",
    "joint practice development",
    "coaching",
    "mentoring",
    "network",
    "research engagement",
    "structured innovation",
    "peer review",
]
LimitName = Literal[
    "provider recipients", "provider hours", "recipient hours", "outside partners", "total hours", "money",
    "people's hours",
]  # fmt: skip
LIMIT_NAMES: tuple[LimitName, ...] = (
    "provider recipients",
    "provider hours",
    "recipient hours",
    "outside partners",
    "total hours",
    "money",
    "people's hours",
)


@dataclass(frozen=True, slots=True)
class Rate:
    """Share of a gap that moves to the recipient's pupils in one cycle, with its 80 % interval."""

    mean: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Rates:
    """What a partnership brings and costs.

    Attributes
    ----------
    coaching, other
        Transfer rates of coaching and of every other kind.
    gap_cap
        Largest gap that counts, pupil SD.
    provider_cost
        Cost to the provider's own pupils, pupil SD per weekly released hour.
    share_delivered
        Share of the planned hours expected to take place, 0 to 1.
    pupils_per_teacher
        Pupils of one teacher, where the number of teachers of a team is unknown.
    """

    coaching: Rate = Rate(0.20, 0.0, 0.40)
    other: Rate = Rate(0.05, -0.05, 0.15)
    gap_cap: float = 0.30
    provider_cost: float = 0.01
    share_delivered: float = 1.0
    pupils_per_teacher: float = 30.0

    def of(self, kind: Kind) -> Rate:
        """Return the transfer rate of a kind of partnership."""
        return self.coaching if kind == "coaching" else self.other

    @classmethod
    def from_settings(cls, settings: Settings) -> Rates:
        """Take the rates from a workspace's settings."""
        return cls(
            coaching=_rate(settings, "transfer.coaching"),
            other=_rate(settings, "transfer.other"),
            gap_cap=settings.number("plan.gap_cap"),
            provider_cost=settings.number("plan.provider_cost"),
        )


def _rate(settings: Settings, name: str) -> Rate:
    """Read a rate with its bounds; a rate without bounds is taken as known."""
    value, setting = settings.number(name), settings[name]
    lower = value if setting.lower is None else setting.lower
    upper = value if setting.upper is None else setting.upper
    return Rate(value, lower, upper)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often two people meet, for how long: one person at each end."""

    every_weeks: int = 2
    meeting_hours: float = 1.0
    preparation_hours: float = 0.5
    weeks: int = 12

    @property
    def hours(self) -> float:
        """Return the hours of a cycle, for each end."""
        return (self.weeks // self.every_weeks) * (self.meeting_hours + self.preparation_hours)

    @property
    def weekly_hours(self) -> float:
        """Return the hours a week, for each end."""
        return self.hours / self.weeks

    @classmethod
    def from_settings(cls, settings: Settings) -> Rhythm:
        """Take the rhythm from a workspace's settings."""
        return cls(
            every_weeks=settings.count("coaching.every_weeks"),
            meeting_hours=settings.number("coaching.meeting_hours"),
            preparation_hours=settings.number("coaching.preparation_hours"),
            weeks=settings.count("coaching.length_weeks"),
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """How much there is of everything, for one cycle.

    Attributes
    ----------
    provider_recipients, provider_hours
        Most recipients, and hours, of one provider.
    recipient_hours, outside_partners
        Hours, and most partners from other schools, of one recipient.
    total_hours, money
        Hours of both ends together and what they may cost; None: no limit.
    cost_per_hour
        Cost of one released hour, in the unit of `money`.
    reserved_for_top
        Share of total hours and money kept for growing the top, 0 to 1.
    """

    provider_recipients: int = 2
    provider_hours: float = 30.0
    recipient_hours: float = 18.0
    outside_partners: int = 1
    total_hours: float | None = None
    money: float | None = None
    cost_per_hour: float = 0.0
    reserved_for_top: float = 0.20

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        total_hours: float | None = None,
        money: float | None = None,
        cost_per_hour: float = 0.0,
        recipient_hours: float = 18.0,
        timetable_hours: float = 25.0,
    ) -> Limits:
        """Take the limits from a workspace's settings; a provider's hours are a share of the timetable."""
        share = settings.number("plan.provider_max_timetable_share")
        return cls(
            provider_recipients=settings.count("plan.provider_max_recipients"),
            provider_hours=share * timetable_hours * settings.count("coaching.length_weeks"),
            recipient_hours=recipient_hours,
            outside_partners=settings.count("link_out.max_partners"),
            total_hours=total_hours,
            money=money,
            cost_per_hour=cost_per_hour,
            reserved_for_top=settings.number("plan.reserved_for_top"),
        )


@dataclass(frozen=True, slots=True)
class Pairing:
    """Who may be paired with whom.

    Attributes
    ----------
    stage_order
        Stages from first to last; the same and the next stage are neighbours. Without it only the same is.
    furthest_certainty
        A team is furthest to gain where P(effect < average) is at least this.
    internal_kind, external_kind
        Kind of the partnerships inside a school and between schools.
    provisional
        Also take providers whose results are too few years to call them bright spots.
    where_leaders_decide
        Also offer partners where the results cannot tell a stage; the line says that leaders decide.
    """

    stage_order: tuple[str, ...] = ()
    furthest_certainty: float = 0.80
    internal_kind: Kind = "coaching"
    external_kind: Kind = "network"
    provisional: bool = False
    where_leaders_decide: bool = True

    def neighbours(self, stage: str, other: str) -> bool:
        """Say whether two stages are the same or next to each other."""
        if stage == other:
            return True
        order = {name: place for place, name in enumerate(self.stage_order)}
        return stage in order and other in order and abs(order[stage] - order[other]) == 1


@dataclass(frozen=True, slots=True)
class Requests:
    """What the plan must contain.

    Attributes
    ----------
    pairs
        Provider and recipient that must work together.
    serve_at_least
        Fewest recipients that must have a partner.
    """

    pairs: tuple[tuple[TeamKey, TeamKey], ...] = field(default=())
    serve_at_least: int = 0
