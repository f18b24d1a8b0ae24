"""Results of pupils, and who taught whom."""

from __future__ import annotations

from upwards.core.tables.column import Column, Table, why_missing

SCHOOL = Column(
    "school",
    "text",
    "The school's code or name, the same in every file.",
    required=True,
    synonyms=("school id", "school code", "school number", "sch", "schoolid", "establishment", "institution"),
)
SUBJECT = Column(
    "subject",
    "text",
    "What was taught and tested.",
    required=True,
    synonyms=("subject name", "discipline", "qualification subject", "course"),
)
YEAR = Column(
    "year",
    "year",
    "The academic year, by the calendar year in which it ends: 2019 is 2018/19.",
    required=True,
    synonyms=("academic year", "school year", "exam year", "cohort", "results year", "time period"),
)
STAGE = Column(
    "stage",
    "text",
    "School year or key stage of the pupils, such as grade 3 or year 11.",
    synonyms=("grade", "year group", "gr", "key stage", "phase", "curriculum year"),
)
DEPARTMENT = Column(
    "department",
    "text",
    "The department or year team responsible.",
    synonyms=("dept", "faculty", "year team", "team"),
)
CLASS = Column(
    "class",
    "text",
    "The class or teaching group, unique within school, subject and year.",
    synonyms=("class name", "teaching group", "set", "group name", "class code", "class id", "classroom"),
)
PUPIL = Column(
    "pupil",
    "text",
    "Who; kept only as a keyed hash. Without this column the row number stands in.",
    personal=True,
    identifier="pupil",
    synonyms=("pupil id", "student", "student id", "id", "child", "candidate", "pupil number", "learner id"),
)
TEACHER = Column(
    "teacher",
    "text",
    "Who taught; kept only as a keyed hash.",
    personal=True,
    identifier="teacher",
    synonyms=("teacher id", "tch", "staff", "staff id", "teacher name", "teacher code", "staff code"),
)

RESULTS = Table(
    "results",
    "One result of one pupil: pupil, assessment, subject, year and attempt.",
    (
        PUPIL,
        Column(
            "assessment",
            "text",
            "Name of the test or qualification.",
            synonyms=("test", "exam", "qualification", "assessment name", "test name"),
        ),
        SUBJECT,
        YEAR,
        Column(
            "attempt", "whole number", "1 for the first sitting.", minimum=1, synonyms=("sitting", "entry")
        ),
        Column(
            "score",
            "number",
            "What was reached, on the scale named beside it.",
            unit="points of the scale",
            required=True,
            personal=True,
            is_score=True,
            synonyms=("result", "mark", "marks", "points", "outcome", "attainment", "scaled score", "total"),
        ),
        why_missing("score", personal=True),
        Column("scale", "text", "The scale of the score; one subject of one assessment has one scale."),
        Column(
            "prior",
            "number",
            "What the pupil had reached before, on one scale in all rows of a fit.",
            unit="points of the prior scale",
            personal=True,
            is_score=True,
            synonyms=("prior attainment", "prior score", "baseline", "pretest", "pre test", "previous score"),
        ),
        why_missing("prior", personal=True),
        Column(
            "prior_source",
            "text",
            "Which test the prior attainment comes from; different sources are never mixed.",
            synonyms=("prior test", "baseline test"),
        ),
        Column(
            "prior_date",
            "date",
            "When the prior attainment was measured.",
            synonyms=("prior test date", "baseline date"),
        ),
        STAGE,
        SCHOOL,
        DEPARTMENT,
        CLASS,
        TEACHER,
        Column("sex", "text", "As recorded.", personal=True, synonyms=("gender", "sx")),
        Column(
            "disadvantaged",
            "yes or no",
            "Whether the pupil counts as disadvantaged by the rule of the country.",
            personal=True,
            synonyms=("disadvantage", "free school meals", "free lunch", "low income", "poverty"),
        ),
        Column(
            "eal",
            "yes or no",
            "Whether the language at home is not the language of teaching.",
            personal=True,
            synonyms=("english as additional language", "additional language", "ell", "esl"),
        ),
        Column(
            "sen",
            "text",
            "Special educational need or disability, as recorded.",
            personal=True,
            synonyms=("special educational needs", "send", "special needs", "sen status"),
        ),
        Column("ethnicity", "text", "As recorded.", personal=True, synonyms=("ethnic group", "eth", "race")),
        Column(
            "birth_month",
            "whole number",
            "Month of birth, 1 to 12.",
            unit="month",
            minimum=1,
            maximum=12,
            personal=True,
            synonyms=("month of birth",),
        ),
        Column(
            "weight",
            "number",
            "How many pupils the row stands for.",
            unit="pupils",
            minimum=0,
            synonyms=("sample weight", "sampling weight"),
        ),
    ),
    key=("pupil", "assessment", "subject", "year", "attempt"),
)

ROSTERS = Table(
    "rosters",
    "One pupil taught by one teacher in one subject; two teachers for a class are two rows.",
    (
        PUPIL,
        Column("class", CLASS.type, CLASS.meaning, synonyms=CLASS.synonyms),
        Column(
            "teacher",
            "text",
            TEACHER.meaning,
            required=True,
            personal=True,
            identifier="teacher",
            synonyms=TEACHER.synonyms,
        ),
        SUBJECT,
        YEAR,
        SCHOOL,
        Column("starts", "date", "First day.", synonyms=("from", "start", "start date", "from date")),
        Column(
            "ends", "date", "Last day; blank while it lasts.", synonyms=("to", "end", "end date", "to date")
        ),
        Column(
            "share",
            "number",
            "This teacher's part of the teaching, 0 to 1; the parts of a class add up to at most 1.",
            unit="share",
            minimum=0,
            maximum=1,
            synonyms=("teaching share", "proportion"),
        ),
        Column("confirmed", "yes or no", "Whether the teacher has confirmed it.", synonyms=("verified",)),
    ),
    key=("pupil", "class", "teacher", "subject", "year", "starts"),
)
