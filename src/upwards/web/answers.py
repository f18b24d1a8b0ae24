"""Pages read, jobs compute: the kept answer of an action, or the job that computes it."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from upwards.actions.describe_workspace import workspace_state
from upwards.actions.workspace_answer import NotYetComputed, kept_only
from upwards.core.audience import TeamKey
from upwards.core.errors import UserError, near_misses
from upwards.web.access import Reader, audience
from upwards.web.facts import workspace_facts as workspace_facts
from upwards.web.jobs.models import OPEN, Job, State
from upwards.web.jobs.queue import job_key, start_job
from upwards.web.jobs.registry import Progress
from upwards.web.people.named import agreed_teams
from upwards.web.roles import GROUP

REMEMBERED = 64
# One reader opens a few pages beside each other; more would keep the one worker from everybody else.
MOST_OPEN = 3


class TooManyAsked(UserError):
    """A reader waits for as much as one may; `job` is what was asked for first."""

    def __init__(self, job: Job) -> None:
        super().__init__(
            f"{MOST_OPEN} of your pages are still being computed. Wait until one of them shows its figures, "
            "then open this page again."
        )
        self.job = job


@dataclass(frozen=True, slots=True)
class Question:
    """One action as pages ask it.

    Attributes
    ----------
    action
        Module and function below ``upwards.actions``.
    capability
        What a reader must be able to do.
    arguments
        Names that a page may give; JSON values.
    by_school
        Whether the action takes ``schools``; it is then given the reader's, never more.
    with_progress
        Whether it tells how far it is.
    by_agreement
        Whether the action takes ``agreed``; it is then given the teams that agree at that moment.
    by_day
        Whether the answer depends on the day; it is then given today's.
    keeps_house
        Whether who keeps the house is given all schools, for every controller: counts, never a result.
    """

    action: str
    capability: str
    arguments: frozenset[str] = frozenset()
    by_school: bool = False
    with_progress: bool = False
    by_agreement: bool = False
    by_day: bool = False
    keeps_house: bool = False


_DRAWS = frozenset({"draws", "seed"})
_LIMITS = frozenset(
    {"stage_order", "provisional", "total_hours", "money", "cost_per_hour", "recipient_hours"}
    | {"timetable_hours", "asks_for_help", "must_work_together", "serve_at_least", "time_limit"}
)
QUESTIONS: Mapping[str, Question] = {
    "value-added": Question(
        "estimate_workspace_value_added.estimate_workspace_value_added", "see_figures", _DRAWS, True, True
    ),
    "disparity": Question("measure_disparity.measure_disparity", "see_figures", _DRAWS, True, True),
    "bright-spots": Question(
        "find_bright_spots.find_bright_spots", "see_bright_spots", _DRAWS, True, True, by_agreement=True
    ),
    "stage": Question("choose_stage.choose_stage", "see_figures", _DRAWS, True, True),
    "plan": Question("make_plan.make_plan", "see_plan", _DRAWS | _LIMITS, True, True, True, True),
    "convergence": Question(
        "describe_convergence.describe_convergence",
        "see_figures",
        frozenset({"measure", "years", "by", "seed"}),
    ),
    "school-scores": Question(
        "estimate_school_scores.estimate_school_scores",
        "see_figures",
        _DRAWS | {"measures", "years", "schools"},
    ),
    "groups": Question("compare_groups.compare_groups", "see_groups", frozenset({"year", "rule", "stage"})),
    "record": Question("describe_record.describe_record", "enter"),
    "coverage": Question(
        "describe_coverage.describe_coverage", "see_data", frozenset(), True, keeps_house=True
    ),
    "snapshot-changes": Question(
        "compare_snapshots.compare_snapshots", "see_data", frozenset({"before", "after"})
    ),
    "teaching-spread": Question(
        "describe_teaching_spread.describe_teaching_spread", "see_own_classes", with_progress=True
    ),
    "regions": Question("compare_regions.compare_regions", "see_groups", frozenset({"region", "years"})),
}


@dataclass(slots=True)
class _Memory:
    """The last answers read, so that a page read twice opens no file; emptied when the data change."""

    state: str = ""
    answers: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def get(self, state: str, key: str) -> dict[str, Any] | None:
        with self.lock:
            if state != self.state:
                self.answers.clear()
                self.state = state
            if key in self.answers:
                self.answers.move_to_end(key)
            return self.answers.get(key)

    def put(self, state: str, key: str, answer: dict[str, Any]) -> None:
        with self.lock:
            if state == self.state:
                self.answers[key] = answer
                while len(self.answers) > REMEMBERED:
                    self.answers.popitem(last=False)


_MEMORY = _Memory()


def answer_or_job(
    reader: Reader, question: str, arguments: Mapping[str, Any] | None = None
) -> dict[str, Any] | Job:
    """Return the kept answer, or the job that is computing it (or failed to, with its reason).

    Parameters
    ----------
    reader
        Who asks: the answer holds what this reader may see.
    question
        A name of `QUESTIONS`.
    arguments
        Those that the question takes. ``schools`` narrows what the reader may see.

    Returns
    -------
    dict or Job
        Show the answer without changing it (it is shared), or ``return waiting_page(request, job)``.

    Raises
    ------
    PermissionDenied
        When the reader may not ask this.
    UserError
        When the action refuses what was asked.
    """
    asked = _asked(reader, question, dict(arguments or {}))
    state = _state()
    key = _key(reader, question, asked, state)
    remembered = _MEMORY.get(state, key)
    if remembered is not None:
        return remembered
    try:
        with kept_only():
            answer = compute(question, asked)
    except NotYetComputed:
        return _job(reader, question, asked, key)
    _MEMORY.put(state, key, answer)
    return answer


def computing(reader: Reader, question: str, arguments: Mapping[str, Any] | None = None) -> Job:
    """Return the job for an answer that was found not to be kept, whatever is remembered of it.

    Raises
    ------
    PermissionDenied, UserError
        As in `answer_or_job`.
    """
    asked = _asked(reader, question, dict(arguments or {}))
    return _job(reader, question, asked, _key(reader, question, asked, _state()))


def kept_answer(reader: Reader, question: str) -> dict[str, Any] | None:
    """Return the answer for this reader if it is kept; nothing is computed for it."""
    if not reader.may(QUESTIONS[question].capability):
        return None
    try:
        with kept_only():
            return compute(question, _asked(reader, question, {}))
    except (NotYetComputed, UserError):
        return None


def ask_again(reader: Reader, job: Job) -> Job:
    """Ask again for an answer that failed.

    Raises
    ------
    PermissionDenied
        When this reader may not ask it, or not of these schools.
    UserError
        When too much is being computed for this reader.
    """
    question, asked = job.arguments["question"], job.arguments["arguments"]
    if _asked(reader, question, dict(asked)) != asked:
        raise PermissionDenied
    open_job = Job.objects.filter(key=job.key, state__in=OPEN).first()
    return open_job or _start(reader, question, asked, job.key)


def compute(question: str, arguments: Mapping[str, Any], progress: Progress | None = None) -> dict[str, Any]:
    """Call the action; what a job does, and what fills a test's workspace."""
    known = QUESTIONS[question]
    module, _, name = known.action.partition(".")
    action = getattr(import_module(f"upwards.actions.{module}"), name)
    given: dict[str, Any] = dict(arguments)
    if "schools" in given and given["schools"] is not None:
        given["schools"] = frozenset(given["schools"])
    if "asks_for_help" in given:  # JSON has lists where a team is a tuple
        given["asks_for_help"] = tuple(tuple(team) for team in given["asks_for_help"])
    if known.by_agreement:  # asked at this moment, and never written into a job
        given["agreed"] = agreed_teams(settings.UPWARDS_WORKSPACE)
    if known.by_day:
        given["today"] = timezone.localdate()
    if known.with_progress:
        given["progress"] = progress
    found: dict[str, Any] = action(settings.UPWARDS_WORKSPACE, **given)
    return found


def _asked(reader: Reader, question: str, arguments: dict[str, Any]) -> dict[str, Any]:
    known = QUESTIONS[question]
    if not reader.may(known.capability):
        raise PermissionDenied
    if question == "plan" and _LIMITS & set(arguments) and not reader.may("change_plan"):
        raise PermissionDenied
    allowed = known.arguments | ({"schools"} if known.by_school else set())
    for name in arguments:
        if name not in allowed:
            raise UserError(f"{question} takes no {name!r}{near_misses(name, allowed) or '.'}")
    if known.by_school:
        own = reader.only if known.keeps_house and reader.roles & GROUP else audience(reader).schools
        arguments["schools"] = _seen(own, arguments.get("schools"))
        _require_teams(own, arguments.get("asks_for_help", ()))
    return dict(json.loads(json.dumps(arguments)))


def _require_teams(own: frozenset[str] | None, teams: Iterable[TeamKey]) -> None:
    """Refuse a plan in which the reader names teams that they may not see."""
    if own is not None and not {school for school, *_ in teams} <= own:
        raise PermissionDenied


def _state() -> str:
    return workspace_state(settings.UPWARDS_WORKSPACE)


def _key(reader: Reader, question: str, asked: Mapping[str, Any], state: str) -> str:
    day = timezone.localdate().isoformat() if QUESTIONS[question].by_day else ""
    return job_key(question, asked, state + _agreements(reader, question) + day)


def _agreements(reader: Reader, question: str) -> str:
    """Return a text that changes when agreements to be named do, for questions that ask for them."""
    if not QUESTIONS[question].by_agreement:
        return ""
    agreed = audience(reader).agreed
    return hashlib.sha256(repr(sorted(agreed)).encode()).hexdigest() if agreed else ""


def _seen(own: frozenset[str] | None, asked: Any) -> list[str] | None:
    """Return the schools asked for among those that the reader may see."""
    if asked is None:
        return None if own is None else sorted(own)
    if own is not None and not set(asked) <= own:
        raise PermissionDenied
    return sorted(asked)


def _job(reader: Reader, question: str, asked: dict[str, Any], key: str) -> Job:
    last = Job.objects.filter(key=key).first()
    if last is not None and (last.is_open or last.state == State.FAILED):
        return last
    return _start(reader, question, asked, key)


def _start(reader: Reader, question: str, asked: dict[str, Any], key: str) -> Job:
    user = reader.user.pk if reader.user is not None else None
    before = Job.objects.filter(question="answer", asked_by=user, state__in=OPEN).order_by("asked_at")
    if len(before) >= MOST_OPEN:
        raise TooManyAsked(before[0])
    return start_job("answer", {"question": question, "arguments": asked}, asked_by=user, key=key)
