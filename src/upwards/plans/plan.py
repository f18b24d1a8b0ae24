"""The plan as it is shown: lines that add up, who is not served and why, limits used, sentences."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from upwards.measures.stages import StageName
from upwards.plans.rules import Kind, LimitName, Limits, Pairing, Rates, Requests, Rhythm

INTERVAL_LEVEL = 0.80
PlanStatus = Literal["optimal", "feasible"]


@dataclass(frozen=True, slots=True)
class Line:
    """One partnership: one person of the provider with one of the recipient, for a cycle.

    Attributes
    ----------
    subject
        What will be worked on.
    provider_school, provider_stage, recipient_school, recipient_stage
        The two teams.
    kind, internal
        Kind of partnership; whether both teams are in one school.
    stage
        The stage of the recipient's school in the subject.
    hours_each, hours, cost
        Hours of each end, of both, and their cost.
    pupils
        Pupils taught by the recipient taking part.
    benefit
        Expected benefit to them less the cost to the provider's own pupils, pupil SD times pupils.
    partner
        1 for a recipient's first partner, 2 for its second …
    asked, required, provisional, leaders_decide
        Whether the recipient asked for help; the pair was asked for; the provider's results are of too few
        years to call it a bright spot; the results cannot tell the stage, so that leaders decide.
    why
        One sentence.
    hours_why
        What hours the provider's people have, one sentence; None where no people are known.
    """

    subject: str
    provider_school: str
    provider_stage: str
    recipient_school: str
    recipient_stage: str
    kind: Kind
    internal: bool
    stage: StageName
    hours_each: float
    hours: float
    cost: float
    pupils: float
    benefit: float
    partner: int
    asked: bool
    required: bool
    provisional: bool
    leaders_decide: bool
    why: str
    hours_why: str | None = None


@dataclass(frozen=True, slots=True)
class Unserved:
    """A team that could gain and has no partner in the plan.

    Attributes
    ----------
    school, subject, stage
        The team.
    limits
        The limits that stopped it: one if relaxing that one would be enough; empty if none did.
    more
        The least more of the single limit that would serve it with the plan otherwise unchanged, in its own
        unit.
    why
        One sentence.
    hours_why, hours_at
        Where people's hours stopped it: whose they are, one sentence, and in which school.
    """

    school: str
    subject: str
    stage: str
    limits: tuple[LimitName, ...]
    more: float | None
    why: str
    hours_why: str | None = None
    hours_at: str | None = None


@dataclass(frozen=True, slots=True)
class LineUnderWay:
    """One partnership that is agreed and not over.

    Attributes
    ----------
    subject, kind
        What is worked on, and how; the subject blank where none is recorded.
    provider_school, provider_stage, recipient_school, recipient_stage
        The two ends, the teams as they were recorded; blank where not.
    hours_each
        Hours of each end still to be given in all; None where none are recorded.
    hours
        Of both ends in the cycle that is planned for: what it holds.
    ends
        Last day, ISO 8601; None where not recorded.
    why
        One sentence, without hours and dates.
    hours_why
        What is still to be given, one sentence.
    """

    subject: str
    provider_school: str
    provider_stage: str
    recipient_school: str
    recipient_stage: str
    kind: str
    hours_each: float | None
    hours: float
    ends: str | None
    why: str
    hours_why: str


@dataclass(frozen=True, slots=True)
class LimitUse:
    """How much of a limit the plan uses; for a limit per team, the most any team uses.

    Attributes
    ----------
    name, unit
        The limit.
    limit, used, left
        For partnerships, those under way included, once the share for growing the top is set aside; None: no
        limit.
    teams_at_limit
        Teams that have no room for one more partnership of the usual hours; None for limits on the whole.
    planned
        What of it the plan's own lines use; for a limit per team, the most any team uses.
    """

    name: LimitName
    unit: str
    limit: float | None
    used: float
    left: float | None
    teams_at_limit: int | None
    planned: float


@dataclass(frozen=True, slots=True)
class HoursOfPeople:
    """Hours that the people of a school have for one subject in a cycle.

    Attributes
    ----------
    school, subject, whose
        Of whom: ``"people"``, or ``"trained coaches"`` where only they may give them.
    hours, under_way, used, left
        What they have, what partnerships under way hold of it, what the plan takes, and what is left, also
        beside the other subjects of the same people; None where no hours are recorded, which is not zero.
    n_people, n_unrecorded
        People whose hours are recorded, and further ones whose hours are not.
    why
        One sentence.
    """

    school: str
    subject: str
    whose: str
    hours: float | None
    under_way: float | None
    used: float | None
    left: float | None
    n_people: int
    n_unrecorded: int
    why: str


@dataclass(frozen=True, slots=True)
class Reserve:
    """What is kept for growing the top.

    Attributes
    ----------
    hours, money
        Hours and money kept; money None without a cost per hour.
    schools
        School and subject that are to grow the top.
    why
        One sentence.
    """

    hours: float
    money: float | None
    schools: tuple[tuple[str, str], ...]
    why: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the lines.

    Attributes
    ----------
    partnerships, served, unserved
        Lines; recipients with a partner and without.
    hours, cost
        Of both ends.
    pupils
        Pupils taught by the recipients taking part, each recipient once.
    benefit, benefit_lower, benefit_upper
        Benefit less cost in pupil SD times pupils, with its 80 % interval over the effects and the rates.
    """

    partnerships: int
    served: int
    unserved: int
    hours: float
    cost: float
    pupils: float
    benefit: float
    benefit_lower: float
    benefit_upper: float


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Who works with whom, on what, for how many hours, at what cost, and who could not be served.

    Attributes
    ----------
    lines
        Partnerships, by subject, then recipient, then partner.
    unserved
        Teams that could gain and have no partner, in alphabetical order.
    totals, limits_used, reserve
        What it adds up to.
    status, gap, bound
        ``"optimal"``: proven that no other choice brings more. ``"feasible"``: none is known that does; the
        best could bring at most `gap` (a share) more, that is `bound` in all.
    limits, rates, rhythm, pairing, requests
        The rules used.
    text
        The answer in sentences.
    hours_of_people
        Of every school and subject that could give; None where no people are known.
    under_way, under_way_text
        Partnerships that are agreed and not over, and how much that is in one sentence, blank without any.
        None of these pairs is among the lines.
    """

    lines: tuple[Line, ...]
    unserved: tuple[Unserved, ...]
    totals: Totals
    limits_used: tuple[LimitUse, ...]
    reserve: Reserve
    status: PlanStatus
    gap: float
    bound: float
    limits: Limits
    rates: Rates
    rhythm: Rhythm
    pairing: Pairing
    requests: Requests
    text: tuple[str, ...]
    hours_of_people: tuple[HoursOfPeople, ...] | None = None
    under_way: tuple[LineUnderWay, ...] = ()
    under_way_text: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data for JSON, without NaN; without people, nothing of their hours."""
        found = asdict(self)
        if self.hours_of_people is None:
            del found["hours_of_people"]
            for one in (*found["lines"], *found["unserved"]):
                for name in ("hours_why", "hours_at"):
                    one.pop(name, None)
        return found
