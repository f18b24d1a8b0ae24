"""What is given out: every response by its keys; what is not named here is not sent."""

from __future__ import annotations

import datetime
import uuid
from typing import Annotated, Any, Generic, Literal, TypeVar

from ninja import Field, Schema
from pydantic import ConfigDict

Item = TypeVar("Item")
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A text from outside: no control signs, which one of the databases cannot keep."""
Row = dict[str, Any]


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request: str = Field(description="Number of the request in the log.")
    errors: list[dict[str, str]] | None = Field(None, description="Where, and what, for each error.")
    job: uuid.UUID | None = Field(None, description="The job that failed.")


class Listed(Schema, Generic[Item]):
    """A page of a list."""

    items: list[Item]
    page: int
    limit: int
    total: int


class JobShape(Schema):
    """Work that is waiting, under way, done or failed."""

    id: uuid.UUID
    question: str
    state: Literal["waiting", "running", "done", "failed"]
    message: str = Field(description="What is being done, or why it failed.")
    done: int
    total: int = Field(description="Steps in all; 0 while it is not known.")
    asked_at: datetime.datetime
    ended_at: datetime.datetime | None = None


class TokenShape(Schema):
    """What the token of this request opens."""

    title: str
    prefix: str
    scopes: list[str]
    schools: list[str] | None = Field(description="Schools that it sees; null for all.")
    capabilities: list[str]
    expires: datetime.date
    group: str


class SchoolShape(Schema):
    """A school of the results."""

    name: str
    answers: dict[str, str] = Field(description="Addresses of the answers about it alone.")


class StateShape(Schema):
    """A state that the data had."""

    id: str
    created: str
    previous: str | None
    standing: str = Field(description="current, earlier or undone")
    tables: dict[str, int] = Field(description="Rows by table.")


class ColumnShape(Schema):
    """A column of a standard table."""

    name: str
    type: str
    identifier: str | None = Field(description="Of whom; kept only as a keyed hash.")
    unit: str | None
    allowed: list[str]
    required: bool
    meaning: str


class TableShape(Schema):
    """A standard table, and how many rows of it are held."""

    name: str
    meaning: str
    key: list[str]
    rows: int
    columns: list[ColumnShape]


class PlaceShape(Schema):
    """A school or department that shares or receives."""

    school: str
    department: str
    stage: str = ""


class PartnershipShape(Schema):
    """Who works with whom, by school: no person, no aim, no note."""

    id: int
    kind: str
    subject: str
    state: str
    provider: PlaceShape
    recipients: list[PlaceShape]
    starts: datetime.date | None = Field(
        description="Null, as the hours, to who does not lead a school of it."
    )
    ends: datetime.date | None
    hours_promised: float | None
    hours_delivered: float | None
    hours_due_by_now: float | None = Field(
        description="Spread evenly over the school days on which all of its schools are open."
    )


class ClosureShape(Schema):
    """Days on which school is out, the first and the last included."""

    id: int
    name: str
    school: str = Field(description="Blank for all schools.")
    first: datetime.date
    last: datetime.date


class PracticeShape(Schema):
    """A published card of the practice library, without anybody's name."""

    id: int
    edition: int
    school: str = Field(description="Blank for the whole group.")
    published: datetime.datetime | None
    title: str
    need: str
    for_whom: str
    done: str
    ingredients: str
    takes: str
    hours: float | None
    money: float | None
    standing: str
    evidence: str
    knowledge: str
    origin: str
    area: str
    subject: str
    stage: str
    ask_department: str


class Answer(Schema):
    """What all answers have."""

    model_config = ConfigDict(populate_by_name=True)

    schema_: str = Field(alias="schema", description="Kind and version of the answer.")
    settings: Row = Field(default_factory=dict, description="Thresholds used, with reason, source and date.")
    notes: list[str] = Field(default_factory=list, description="What the figures cannot show.")
    text: list[str] = Field(default_factory=list, description="The answer in plain sentences.")


class UnitShape(Schema):
    """What one school, department or year team added, in points of the scale."""

    school: str
    level: str
    n: int | None = Field(description="Results; null where the count is small.")
    effect: float | None
    lower: float | None
    upper: float | None
    coverage: float | None
    hidden: str | None = Field(description="Why there is no figure.")


class FitShape(Schema):
    """One subject and stage."""

    subject: str
    stage: str
    coverage: float = Field(description="Share of results that can be used.")
    intake: list[str]
    notes: list[str]
    warnings: list[str]
    refusal: str | None
    left_out: dict[str, int | None] = Field(description="Results by reason; null where few.")
    withheld: dict[str, int | None] = Field(description="Units never shown, by reason; null where few.")
    model: Row | None
    units: list[UnitShape]
    origin: Row | None


class ValueAdded(Answer):
    answers: list[FitShape]


class Disparity(Answer):
    spreads: list[Row]
    shares: list[Row]
    schools: list[Row]
    disadvantage: list[Row]
    interval_level: float


class TeamShape(Schema):
    """A team that knows how."""

    school: str
    subject: str
    stage: str
    status: str
    certainty: float | None


class BrightSpots(Answer):
    teams: list[TeamShape] = Field(description="Those on the list, by subject and name; never by certainty.")
    counts: dict[str, int] = Field(description="All teams by status.")
    share_wrong: float | None = Field(description="Expected share of the list that is wrong.")
    rule: Row


class StageRow(Schema):
    school: str
    subject: str | None = Field(description="Null for all subjects together.")
    stage: str
    n_teams: int | None
    why: str


class Stages(Answer):
    schools: list[StageRow]


class PairShape(Schema):
    """Who works with whom, on what, and how."""

    subject: str
    provider_school: str
    provider_stage: str
    recipient_school: str
    recipient_stage: str
    kind: str


class LineShape(PairShape):
    """A partnership of the plan."""

    hours_each: float
    hours: float
    cost: float
    asked: bool
    required: bool
    why: str


class UnderWayShape(PairShape):
    """A partnership that is agreed and not over: its pair is not planned again."""

    hours_each: float | None = Field(
        description="Hours of each end still to be given; null, as the day, to who leads none of its schools."
    )
    hours: float | None = Field(description="Hours of both ends that it holds of the coming cycle.")
    ends: datetime.date | None
    why: str


class UnservedShape(Schema):
    """A team without a partner."""

    school: str
    subject: str
    stage: str
    why: str


class Plan(Answer):
    lines: list[LineShape]
    under_way: list[UnderWayShape] = Field(description="Those whose partnerships the token may see.")
    under_way_text: str = Field(description="How much is under way, in one sentence; blank where nothing is.")
    unserved: list[UnservedShape]
    limits_used: list[Row] = Field(description="Empty to who does not see all schools, as is the text.")
    status: str | None
    reserve: str | None


class Coverage(Answer):
    snapshot: str
    minimum: float
    hidden_at: int
    by_subject: list[Row]
    by_school: list[Row] = Field(description="Empty to researchers.")


class Changes(Answer):
    before: str | None
    after: str
    tables: list[Row]
    files_added: list[Row]
    files_removed: list[Row]


class Record(Answer):
    measures: list[Row]


class OfTheRecord(Answer):
    """An answer on published figures; the manual says what each key holds."""

    origin: Row


class OfMeasure(OfTheRecord):
    """An answer on one published measure, or several together."""

    measure: str
    title: str
    unit: str
    norm_referenced: bool


class Convergence(OfMeasure):
    by: str
    answers: list[Row]
    levels: list[Row] | None = None
    naive: Row | None = None
    power: Row | None = None
    states: Row | None = None


class Groups(OfTheRecord):
    year: int
    stage: str
    rule: Row
    n_eligible: int
    n_schools: int
    eligible: Row
    expected_wrong: float | None
    expected_wrong_upper: float | None
    high_performing: list[Row]
    groups: list[Row]
    associations: list[Row]
    explained: list[Row]
    spreads: list[Row]
    predecessors: Row
    counts: list[Row]


class SchoolScoresAnswer(OfMeasure):
    years: list[int]
    n_schools: int
    schools: list[Row]
    means: Any = Field(description="By year; of several measures each under its name, as the next three.")
    variances: Row
    reliability: Row | None
    forecast_rule: Row | None
    correlation_varied: list[Row]


class Regions(OfTheRecord):
    region: str
    years: list[int]
    inspections: list[Row]
    same_schools: list[Row]
    breaks: list[Row]
    gap: Row
