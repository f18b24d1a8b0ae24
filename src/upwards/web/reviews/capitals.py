"""The audit of the four capitals: what is asked, and the picture that several replies make together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from upwards.web.reviews.models import CapitalsAudit, CapitalsReply

MARKS = {1: "not yet", 2: "begun", 3: "mostly", 4: "fully"}


@dataclass(frozen=True, slots=True)
class Capital:
    """One of four things that a group of schools can have more or less of.

    Attributes
    ----------
    key
        The word under which replies are kept.
    title, meaning
        For those who answer.
    statements
        By the word under which replies are kept; never reused for another statement.
    """

    key: str
    title: str
    meaning: str
    statements: Mapping[str, str]


CAPITALS = (
    Capital(
        "intellectual",
        "Intellectual capital",
        "what we know and can do",
        {
            "intellectual-known": "We know which of our teams get the most out of pupils, and in what.",
            "intellectual-written": "What works here is written so that others can take it up.",
            "intellectual-new": "We bring in research and try new ways, and keep what proves itself.",
        },
    ),
    Capital(
        "social",
        "Social capital",
        "how well knowledge moves between us",
        {
            "social-visits": "Staff see one another teach and work on lessons together, regularly.",
            "social-across": "Teams here work with teams in other schools, and both gain.",
            "social-open": "Somebody who is stuck knows whom to ask, and asks.",
        },
    ),
    Capital(
        "moral",
        "Moral capital",
        "track record, collaboration, empathy, trust",
        {
            "moral-record": "What we say we will do together, we do.",
            "moral-others": "We count pupils of other schools as ours when we decide whom to release.",
            "moral-trust": "One can say that something did not work without having to fear for it.",
        },
    ),
    Capital(
        "organisational",
        "Organisational capital",
        "how we make time and room for it",
        {
            "organisational-time": "Work with others has its own hours in the timetable, with cover.",
            "organisational-coaches": "Trained coaches are released to coach, and their load is watched.",
            "organisational-follow": "We look whether a practice lives on after the work has ended.",
        },
    ),
)
STATEMENTS = {key: text for one in CAPITALS for key, text in one.statements.items()}


@dataclass(frozen=True, slots=True)
class Line:
    """How replies to one statement, or to one capital, are spread.

    Attributes
    ----------
    title
        The statement or the capital.
    counts
        How many said 1, 2, 3 and 4.
    before
        The middle of the last audit; None where there was none.
    """

    title: str
    counts: tuple[int, ...]
    before: float | None

    @property
    def n(self) -> int:
        return sum(self.counts)

    @property
    def middle(self) -> float | None:
        return middle_of(self.counts)

    @property
    def range(self) -> str:
        said = [mark for mark, count in zip(MARKS, self.counts, strict=True) if count]
        if not said:
            return ""
        return f"all {said[0]}" if len(said) == 1 else f"{said[0]} to {said[-1]}"

    @property
    def cells(self) -> list[tuple[int, str]]:
        """Return for each number how many said it, and as many dots."""
        return [(count, "●" * count if count <= 8 else f"● × {count}") for count in self.counts]

    @property
    def change(self) -> str:
        if self.before is None or self.middle is None:
            return "nothing to compare with"
        if self.middle == self.before:
            return f"as last time ({self.before:g})"
        return f"{'up' if self.middle > self.before else 'down'} from {self.before:g}"


@dataclass(frozen=True, slots=True)
class Part:
    """One capital in the picture: as a whole, by statement, and what was given as evidence."""

    capital: Capital
    whole: Line
    lines: list[Line]
    evidence: list[str]


def middle_of(counts: tuple[int, ...]) -> float | None:
    said = [mark for mark, count in zip(MARKS, counts, strict=True) for _ in range(count)]
    return float(median(said)) if said else None


def picture(audit: CapitalsAudit) -> list[Part]:
    """Return what was said in one audit beside the one before it in the same place."""
    replies = list(audit.replies.all())
    last = previous(audit)
    earlier = list(last.replies.all()) if last is not None else []
    return [_part(one, replies, earlier) for one in CAPITALS]


def previous(audit: CapitalsAudit) -> CapitalsAudit | None:
    rows = CapitalsAudit.objects.filter(school=audit.school, closed__isnull=False, pk__lt=audit.pk)
    return rows.order_by("-pk").first()


def _part(capital: Capital, replies: list[CapitalsReply], earlier: list[CapitalsReply]) -> Part:
    lines = [_line(text, [key], replies, earlier) for key, text in capital.statements.items()]
    evidence = sorted(text for one in replies if (text := one.evidence.get(capital.key, "")))
    return Part(capital, _line(capital.title, capital.statements, replies, earlier), lines, evidence)


def _line(
    title: str, keys: Iterable[str], replies: list[CapitalsReply], earlier: list[CapitalsReply]
) -> Line:
    wanted = list(keys)
    return Line(title, _counts(wanted, replies), middle_of(_counts(wanted, earlier)))


def _counts(keys: list[str], replies: list[CapitalsReply]) -> tuple[int, ...]:
    said = [one.marks.get(key) for one in replies for key in keys]
    return tuple(said.count(mark) for mark in MARKS)
