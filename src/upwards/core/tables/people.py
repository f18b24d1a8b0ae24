"""People, and what they do together."""

from __future__ import annotations

from upwards.core.tables.column import Column, Table
from upwards.core.tables.results import DEPARTMENT, SCHOOL, STAGE
from upwards.core.tables.schools import ANY_SUBJECT, ENDS, STARTS

KINDS = (
    "role modelling",
    "learning three",
    "joint practice development",
    "coaching",
    "mentoring",
    "network",
    "research engagement",
    "structured innovation",
    "peer review",
)
APPLICATION = "application"
PARTNERSHIP = Column(
    "partnership", "text", "Its number or name.", required=True, synonyms=("partnership id", "pair", "id")
)


def _teacher(name: str, meaning: str, *, required: bool = False, synonyms: tuple[str, ...] = ()) -> Column:
    return Column(
        name, "text", meaning, required=required, personal=True, identifier="teacher", synonyms=synonyms
    )


PEOPLE = Table(
    "people",
    "One member of staff in one school.",
    (
        _teacher(
            "person",
            "Who; kept only as a keyed hash, the same as for a teacher.",
            required=True,
            synonyms=("teacher", "staff id", "teacher id", "staff", "id"),
        ),
        SCHOOL,
        DEPARTMENT,
        Column("role", "text", "Such as head of department.", personal=True, synonyms=("post", "job title")),
        Column(
            "subjects", "text", "Subjects taught, separated by commas.", personal=True, synonyms=("subject",)
        ),
        Column(
            "training",
            "text",
            "Training that lets them coach or lead, separated by commas.",
            personal=True,
            synonyms=("qualifications", "courses"),
        ),
        Column(
            "hours",
            "number",
            "Hours a week free for work with others.",
            unit="hours a week",
            minimum=0,
            maximum=60,
            personal=True,
            synonyms=("release hours", "release time", "available hours"),
        ),
        Column("term", "text", "Term that the hours of a term are of, such as Autumn 2026/27."),
        Column(
            "term_hours",
            "number",
            "Hours free for work with others in that term; where given, they count instead of hours a week.",
            unit="hours",
            minimum=0,
            maximum=900,
            personal=True,
            synonyms=("hours per term", "hours in the term", "hours of the term"),
        ),
        Column(
            "timetable_hours",
            "number",
            "Hours a week taught.",
            unit="hours a week",
            minimum=0,
            maximum=60,
            personal=True,
            synonyms=("teaching hours", "contact hours"),
        ),
        Column(
            "kept_in",
            "text",
            "Blank for a file; application where the web application gave the row. "
            "The hours of one school are counted from one of the two.",
            allowed=(APPLICATION,),
        ),
    ),
    key=("person", "school"),
)

PARTNERSHIPS = Table(
    "partnerships",
    "One provider and one recipient who work together.",
    (
        PARTNERSHIP,
        Column("kind", "text", "How they work together.", required=True, allowed=KINDS),
        Column("provider_school", "text", "School of the provider.", required=True),
        Column("provider_department", "text", "Department of the provider."),
        _teacher("provider", "Who provides, where a person."),
        Column("recipient_school", "text", "School of the recipient.", required=True),
        Column("recipient_department", "text", "Department of the recipient."),
        _teacher("recipient", "Who receives, where a person."),
        ANY_SUBJECT,
        STAGE,
        Column("purpose", "text", "What is worked on."),
        Column("hours", "number", "Hours agreed.", unit="hours", minimum=0, synonyms=("agreed hours",)),
        STARTS,
        ENDS,
    ),
    key=("partnership",),
)

SESSIONS = Table(
    "sessions",
    "One meeting of one partnership.",
    (
        PARTNERSHIP,
        Column("date", "date", "Day.", required=True, synonyms=("session date", "day")),
        Column("hours", "number", "Hours delivered.", unit="hours", minimum=0, maximum=24, required=True),
        Column("delivered", "yes or no", "Whether it took place.", synonyms=("took place", "held")),
        Column("activity", "text", "Such as visit, rehearsal, observation, meeting.", synonyms=("type",)),
    ),
    key=("partnership", "date", "activity"),
)

INITIATIVES = Table(
    "initiatives",
    "One unit that received one initiative.",
    (
        Column("initiative", "text", "Its name.", required=True, synonyms=("programme", "intervention")),
        SCHOOL,
        DEPARTMENT,
        Column("class", "text", "The class, where only one received it."),
        ANY_SUBJECT,
        STAGE,
        Column("provider", "text", "Who gave it: a school or an organisation.", synonyms=("delivered by",)),
        Column("starts", "date", STARTS.meaning, required=True, synonyms=STARTS.synonyms),
        ENDS,
        Column("hours", "number", "Hours received.", unit="hours", minimum=0, synonyms=("dose", "dosage")),
        Column("cost", "number", "What it cost.", unit="currency", minimum=0, synonyms=("price",)),
        Column("currency", "text", "ISO code, such as GBP."),
    ),
    key=("initiative", "school", "department", "class", "subject", "stage", "starts"),
)

PRACTICES = Table(
    "practices",
    "One way of working that a department or school has and others could learn.",
    (
        Column("practice", "text", "Its name.", required=True, synonyms=("title", "name")),
        SCHOOL,
        DEPARTMENT,
        ANY_SUBJECT,
        STAGE,
        Column("topic", "text", "What it is about.", synonyms=("theme",)),
        Column(
            "knowledge",
            "text",
            "Which body of knowledge it belongs to.",
            allowed=("best practice", "research", "emerging innovation"),
        ),
        Column("description", "text", "What is done.", synonyms=("summary",)),
        Column("evidence", "text", "What shows that it works.", synonyms=("source",)),
        STARTS,
        ENDS,
    ),
    key=("practice", "school", "department", "subject"),
)

PEOPLE_TABLES = (PEOPLE, PARTNERSHIPS, SESSIONS, INITIATIVES, PRACTICES)
