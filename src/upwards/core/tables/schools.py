"""Schools, their groups, and what is published about them."""

from __future__ import annotations

from upwards.core.tables.column import Column, Table, why_missing
from upwards.core.tables.results import SCHOOL, STAGE, YEAR

SOURCE = Column("source", "text", "Where the figure was published.", synonyms=("publisher", "file"))
ANY_SUBJECT = Column("subject", "text", "What the figure is about; blank for all subjects together.")
GROUP = Column(
    "group",
    "text",
    "The group's code or name, the same in every file.",
    required=True,
    synonyms=("group id", "trust", "trust id", "network", "district", "group uid", "chain"),
)
NAME = Column("name", "text", "As written on its door.", synonyms=("title",))
STARTS = Column(
    "starts", "date", "First day.", synonyms=("from", "start", "start date", "joined", "from date")
)
ENDS = Column(
    "ends", "date", "Last day; blank while it lasts.", synonyms=("to", "end", "end date", "left", "to date")
)

SCHOOLS = Table(
    "schools",
    "One school.",
    (
        SCHOOL,
        Column("name", "text", NAME.meaning, synonyms=("school name", "establishment name", *NAME.synonyms)),
        Column("kind", "text", "Kind of school, in the country's words.", synonyms=("school type", "type")),
        Column("phase", "text", "Such as primary or secondary.", synonyms=("phase of education", "level")),
        Column("area", "text", "Local authority or district.", synonyms=("local authority", "authority")),
        Column("region", "text", "Part of the country.", synonyms=("state", "province")),
        Column(
            "latitude",
            "number",
            "North of the equator, WGS 84.",
            unit="degree",
            minimum=-90,
            maximum=90,
            synonyms=("lat",),
        ),
        Column(
            "longitude",
            "number",
            "East of Greenwich, WGS 84.",
            unit="degree",
            minimum=-180,
            maximum=180,
            synonyms=("lon", "lng", "long"),
        ),
        Column("urban", "yes or no", "Whether it lies in a town.", synonyms=("urbanicity",)),
        Column(
            "pupils", "whole number", "Pupils on roll.", unit="pupils", minimum=0, synonyms=("roll", "size")
        ),
        Column("opened", "date", "First day.", synonyms=("open date",)),
        Column("closed", "date", "Last day; blank while open.", synonyms=("close date",)),
    ),
    key=("school",),
)

GROUPS = Table(
    "groups",
    "One group of schools, such as a trust, district or alliance.",
    (
        GROUP,
        Column("name", "text", NAME.meaning, synonyms=("group name", "trust name", *NAME.synonyms)),
        Column("kind", "text", "Kind of group, in the country's words.", synonyms=("group type", "type")),
        Column("opened", "date", "First day.", synonyms=("open date", "incorporated on")),
        Column("closed", "date", "Last day; blank while open.", synonyms=("close date",)),
    ),
    key=("group",),
)

MEMBERSHIPS = Table(
    "memberships",
    "One school in one group over one span of time.",
    (
        SCHOOL,
        GROUP,
        STARTS,
        ENDS,
        Column(
            "seen",
            "date",
            "Day of the register that shows it, where a register lists only those who belong to it that day.",
            synonyms=("register date",),
        ),
    ),
    key=("school", "group", "starts", "seen"),
)

SUCCESSIONS = Table(
    "successions",
    "One school that another continues or takes in.",
    (
        SCHOOL,
        Column("successor", "text", "The school that comes after it.", required=True),
        Column(
            "kind",
            "text",
            "One continues one, or several come together or apart.",
            allowed=("continues", "merges", "splits"),
        ),
        Column("date", "date", "From when.", synonyms=("established", "from")),
        SOURCE,
    ),
    key=("school", "successor"),
)

SCHOOL_MEASURES = Table(
    "school_measures",
    "One published figure of one school in one year.",
    (
        SCHOOL,
        YEAR,
        Column("measure", "text", "Name of the figure.", required=True, synonyms=("indicator", "variable")),
        ANY_SUBJECT,
        STAGE,
        Column("pupil_group", "text", "The pupils it covers; blank for all.", synonyms=("breakdown",)),
        Column("value", "number", "The figure, in the unit beside it.", required=True, synonyms=("figure",)),
        why_missing("value"),
        Column("unit", "text", "What the figure counts.", synonyms=("units",)),
        Column("lower", "number", "Lower end of its interval.", synonyms=("lower bound", "ci lower")),
        Column("upper", "number", "Upper end of its interval.", synonyms=("upper bound", "ci upper")),
        Column(
            "level",
            "number",
            "Level of the interval, such as 0.95.",
            unit="probability",
            minimum=0,
            maximum=1,
            synonyms=("confidence",),
        ),
        Column("n", "whole number", "Pupils it rests on.", unit="pupils", minimum=0, synonyms=("count",)),
        SOURCE,
    ),
    key=("school", "year", "measure", "subject", "stage", "pupil_group", "source"),
)

GROUP_MEASURES = Table(
    "group_measures",
    "One published figure of one group of schools in one year.",
    (
        GROUP,
        YEAR,
        *SCHOOL_MEASURES.columns[2:-1],
        Column("n_schools", "whole number", "Schools it rests on.", unit="schools", minimum=0),
        SOURCE,
    ),
    key=("group", "year", "measure", "subject", "stage", "pupil_group", "source"),
)

AREA_MEASURES = Table(
    "area_measures",
    "One published figure of one area in one year: a local authority, a region or the country.",
    (
        Column("area", "text", "Its code or name.", required=True, synonyms=("local authority", "region")),
        Column("kind", "text", "Kind of area.", allowed=("authority", "region", "country")),
        *SCHOOL_MEASURES.columns[1:],
    ),
    key=("area", "year", "measure", "subject", "stage", "pupil_group", "source"),
)

JUDGEMENTS = Table(
    "judgements",
    "One outcome of one inspection; outcomes of different frameworks are never compared.",
    (
        SCHOOL,
        Column("date", "date", "Day of the inspection.", required=True, synonyms=("inspection date",)),
        Column("framework", "text", "The rules it was made under.", required=True, synonyms=("event type",)),
        Column("area", "text", "What was judged; blank for the whole.", synonyms=("aspect", "category")),
        Column(
            "outcome", "text", "In the framework's words.", required=True, synonyms=("grade", "judgement")
        ),
        SOURCE,
    ),
    key=("school", "date", "framework", "area"),
)

FINANCES = Table(
    "finances",
    "One amount of one school in one year.",
    (
        SCHOOL,
        YEAR,
        Column(
            "item", "text", "What the money is.", required=True, synonyms=("account", "line", "cost centre")
        ),
        Column("amount", "number", "Income positive, spending negative.", required=True, unit="currency"),
        why_missing("amount"),
        Column("currency", "text", "ISO code, such as GBP."),
        SOURCE,
    ),
    key=("school", "year", "item", "source"),
)

WORKFORCE = Table(
    "workforce",
    "One figure on the staff of one school in one year.",
    (
        SCHOOL,
        YEAR,
        Column("measure", "text", "Name of the figure.", required=True, synonyms=("indicator", "variable")),
        ANY_SUBJECT,
        Column("value", "number", "The figure, in the unit beside it.", required=True, synonyms=("figure",)),
        why_missing("value"),
        Column("unit", "text", "What the figure counts.", synonyms=("units",)),
        SOURCE,
    ),
    key=("school", "year", "measure", "subject", "source"),
)

SCHOOL_TABLES = (
    SCHOOLS,
    GROUPS,
    MEMBERSHIPS,
    SUCCESSIONS,
    SCHOOL_MEASURES,
    GROUP_MEASURES,
    AREA_MEASURES,
    JUDGEMENTS,
    FINANCES,
    WORKFORCE,
)
