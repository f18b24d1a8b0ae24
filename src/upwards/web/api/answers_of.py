"""The questions that pages ask, asked by programs: the answer, or the job that computes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from ninja import Field, Query, Router, Schema, Status

from upwards.actions.compare_snapshots import list_states
from upwards.web.access import reader_of, require
from upwards.web.answer_pages.asking import Waiting
from upwards.web.answer_pages.filters import SEPARATOR
from upwards.web.answer_pages.naming import note_naming
from upwards.web.answer_pages.plan import limits_form
from upwards.web.answer_pages.record import REGION
from upwards.web.answers import QUESTIONS, answer_or_job
from upwards.web.api import shapes
from upwards.web.api.operations import accepted, operation
from upwards.web.api.problems import Failed, Refused, not_here
from upwards.web.api.shown import show
from upwards.web.jobs.models import Job, State

router = Router(tags=["answers"])
Given = dict[str, Any] | Status[Job]
Text = r"^[^\x00-\x1f\x7f]*$"
Year = r"^(19|20)[0-9]{2}(-(19|20)[0-9]{2})?$"
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,20}$")]
Measure = Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,100}$")]


class OfSchools(Schema):
    """About which schools."""

    schools: list[shapes.Name] = Field([], max_length=200, description="Only these; all by default.")


class Limited(Schema):
    """What a plan may use; each narrows it, for those who may change the plan."""

    total_hours: float | None = Field(None, ge=1, le=1_000_000)
    money: float | None = Field(None, ge=0, le=1_000_000_000)
    cost_per_hour: float | None = Field(None, ge=0, le=100_000)
    stage_order: str = Field("", max_length=400, pattern=Text, description="Stages, with commas between.")
    asks: list[shapes.Name] = Field(
        [], max_length=50, description=f"Teams that ask for help: school{SEPARATOR}subject{SEPARATOR}stage."
    )


class Following(Schema):
    """Which published measure, and inside what."""

    measure: Measure
    by: Literal["system", "region", "authority", "trust", "gap"] = "system"


class Scored(Schema):
    """Which published measures, of which schools."""

    measures: list[Measure] = Field(min_length=1, max_length=5)
    schools: list[Code] = Field(min_length=1, max_length=50, description="Their codes.")
    years: str | None = Field(None, pattern=Year, description="Such as 2016-2019.")


class Beside(Schema):
    """Which region."""

    region: shapes.Name = REGION


class Between(Schema):
    """Which states of the data."""

    after: shapes.Name
    before: shapes.Name | None = Field(None, description="By default the empty workspace.")


def answered(request: HttpRequest, response: HttpResponse, question: str, arguments: dict[str, Any]) -> Given:
    """Return the answer as a page would show it, or the job that is computing it."""
    reader = reader_of(request)
    found = answer_or_job(reader, question, arguments)
    if isinstance(found, Job):
        return waited(response, found)
    if QUESTIONS[question].by_agreement:
        note_naming(request, question)
    return show(reader, question, found)


def waited(response: HttpResponse, job: Job) -> Status[Job]:
    if job.state == State.FAILED:
        raise Failed(job)
    return accepted(response, job)


def _of_schools(asked: OfSchools) -> dict[str, Any]:
    return {"schools": sorted(set(asked.schools))} if asked.schools else {}


@operation(
    router, "/value-added", name="value-added", capability="see_figures",
    gives=shapes.ValueAdded, accepted_too=True,
)  # fmt: skip
def value_added(request: HttpRequest, response: HttpResponse, asked: Query[OfSchools]) -> Given:
    """What each school, department and year team added."""
    return answered(request, response, "value-added", _of_schools(asked))


@operation(
    router, "/disparity", name="disparity", capability="see_figures",
    gives=shapes.Disparity, accepted_too=True,
)  # fmt: skip
def disparity(request: HttpRequest, response: HttpResponse, asked: Query[OfSchools]) -> Given:
    """Where inside the group the spread is."""
    return answered(request, response, "disparity", _of_schools(asked))


@operation(
    router, "/bright-spots", name="bright-spots", capability="see_bright_spots",
    gives=shapes.BrightSpots, accepted_too=True,
)  # fmt: skip
def bright_spots(request: HttpRequest, response: HttpResponse, asked: Query[OfSchools]) -> Given:
    """Which teams know how; the others are counted."""
    return answered(request, response, "bright-spots", _of_schools(asked))


@operation(router, "/stage", name="stage", capability="see_figures", gives=shapes.Stages, accepted_too=True)
def stage(request: HttpRequest, response: HttpResponse, asked: Query[OfSchools]) -> Given:
    """Share within, link out, or grow the top: each school, with the reason."""
    return answered(request, response, "stage", _of_schools(asked))


@operation(router, "/plan", name="plan", capability="see_plan", gives=shapes.Plan, accepted_too=True)
def plan(request: HttpRequest, response: HttpResponse, asked: Query[Limited]) -> Given:
    """Who should work with whom; limits of one's own are for those who may change the plan."""
    given = {name: value for name, value in asked.dict().items() if value not in (None, [], "")}
    try:
        arguments = _limits(request, given) if given else {}
    except Waiting as waiting:
        return waited(response, waiting.job)
    return answered(request, response, "plan", arguments)


def _limits(request: HttpRequest, given: dict[str, Any]) -> dict[str, Any]:
    """Return limits as the page's form reads them."""
    reader = reader_of(request)
    require(reader, "change_plan")
    query = QueryDict(mutable=True)
    for name, value in given.items():
        query.setlist(name, value if isinstance(value, list) else [str(value)])
    form = limits_form(reader, query)
    if not form.is_valid():
        errors = [
            {"where": f"query.{name}", "said": str(said)}
            for name, all_ in form.errors.items()
            for said in all_
        ]
        raise Refused(errors)
    return form.arguments()


@operation(
    router, "/convergence", name="convergence", capability="see_figures",
    gives=shapes.Convergence, accepted_too=True,
)  # fmt: skip
def convergence(request: HttpRequest, response: HttpResponse, asked: Query[Following]) -> Given:
    """Whether the spread of a published measure narrows, and whether the top rises."""
    return answered(request, response, "convergence", asked.dict())


@operation(router, "/groups", name="groups", capability="see_groups", gives=shapes.Groups, accepted_too=True)
def groups(request: HttpRequest, response: HttpResponse) -> Given:
    """How groups of schools compare on published figures, and what goes with it."""
    return answered(request, response, "groups", {"stage": "any"})


@operation(
    router, "/school-scores", name="school-scores", capability="see_figures",
    gives=shapes.SchoolScoresAnswer, accepted_too=True,
)  # fmt: skip
def school_scores(request: HttpRequest, response: HttpResponse, asked: Query[Scored]) -> Given:
    """Published figures of named schools as honest estimates."""
    given: dict[str, Any] = {"measures": asked.measures, "schools": sorted(set(asked.schools))}
    if asked.years:
        given["years"] = asked.years
    return answered(request, response, "school-scores", given)


@operation(
    router, "/regions", name="regions", capability="see_groups", gives=shapes.Regions, accepted_too=True
)
def regions(request: HttpRequest, response: HttpResponse, asked: Query[Beside]) -> Given:
    """How a region stands beside the rest."""
    return answered(request, response, "regions", asked.dict())


@operation(router, "/record", name="record", capability="enter", gives=shapes.Record, accepted_too=True)
def record(request: HttpRequest, response: HttpResponse) -> Given:
    """Which published measures are held."""
    return answered(request, response, "record", {})


@operation(
    router, "/coverage", name="coverage", capability="see_data", gives=shapes.Coverage, accepted_too=True
)
def coverage(request: HttpRequest, response: HttpResponse, asked: Query[OfSchools]) -> Given:
    """How many results can be used, and how many attributed."""
    return answered(request, response, "coverage", _of_schools(asked))


@operation(
    router, "/snapshot-changes", name="snapshot-changes", capability="see_data",
    gives=shapes.Changes, accepted_too=True,
)  # fmt: skip
def snapshot_changes(request: HttpRequest, response: HttpResponse, asked: Query[Between]) -> Given:
    """What changed between two states of the data; without `before`, since the empty workspace."""
    known = {one["id"] for one in list_states(settings.UPWARDS_WORKSPACE)}
    if not {asked.after, asked.before or asked.after} <= known:
        not_here()
    return answered(request, response, "snapshot-changes", asked.dict())
