"""The forms of the import wizard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField

from upwards.actions.correct_mapping import (
    AS_NUMBER,
    AS_RESULTS,
    AS_TEXT,
    LEFT_OUT,
    MappingChoices,
    correct_mapping,
    mapping_choices,
    scales_there_are,
)
from upwards.core.errors import UserError
from upwards.core.tables import TABLES, Table, find_table
from upwards.web.data.models import Upload
from upwards.web.form_choices import offer
from upwards.web.form_texts import PlainTexts
from upwards.web.plain_text import plain_text

MOST_HEADINGS = 300
KINDS = [
    ("Pupils and staff", ("results", "rosters", "people")),
    ("Schools and groups", ("schools", "groups", "memberships", "successions")),
    ("Published figures", ("school_measures", "group_measures", "area_measures", "judgements")),
    ("Means", ("finances", "workforce")),
]
NO_CONSTANT = ("pupil", "score", "prior", "teacher", "person")


def table_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    named = {name for _, names in KINDS for name in names}
    kinds = [*KINDS, ("Work together", tuple(name for name in TABLES if name not in named))]
    return [(title, [(name, spoken(name)) for name in names if name in TABLES]) for title, names in kinds]


def spoken(table: str) -> str:
    """Say what one row of a table is."""
    meaning = TABLES[table].meaning
    return f"{table.replace('_', ' ').capitalize()}: {meaning[0].lower()}{meaning[1:]}"


class UploadForm(PlainTexts, forms.Form):
    """What the file is; the file itself is written to disk while it arrives."""

    table = forms.ChoiceField(
        label="What is in the file?", help_text="Each choice says what one row of the file is."
    )
    licence = forms.CharField(
        label="Whose file it is, or its licence",
        max_length=200,
        required=False,
        help_text="Such as “our own records” or “Open Government Licence”. It stands beside the source.",
    )
    sheet = forms.CharField(
        label="Name of the sheet",
        max_length=120,
        required=False,
        help_text="Only for a workbook with more than one filled sheet.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "table", table_choices())


class SheetForm(PlainTexts, forms.Form):
    """Which sheet of a workbook is meant."""

    sheet = forms.CharField(label="Name of the sheet", max_length=120, required=False)


class MappingForm(PlainTexts, forms.Form):
    """Which heading is which column, corrected by a person."""

    def __init__(self, *args: Any, upload: Upload, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.upload, self.table = upload, find_table(upload.table)
        self.before = mapping_choices(upload.mapping, upload.headings)
        self.shown = self._shown()
        uses = use_choices(self.table, has_results=bool(self.before.subjects))
        for place, heading in enumerate(self.shown):
            self._add_heading(place, heading, uses)
        for name in self._constants():
            self.fields[f"constant_{name}"] = self._constant(name)
        for name, scale in self.before.scales.items():
            doubted = any(doubt.startswith(f"{name} ") for doubt in upload.doubts)
            self.fields[f"scale_{name}"] = _scale_field(name, scale, doubted=doubted)
        self._add_reading()

    def _shown(self) -> list[str]:
        """Return the headings asked about: all, or in a very wide file those that matter first."""
        idle = (AS_NUMBER, AS_TEXT, LEFT_OUT)
        ordered = sorted(self.upload.headings, key=lambda heading: self.before.uses[heading] in idle)
        return self.upload.headings if len(ordered) <= MOST_HEADINGS else ordered[:MOST_HEADINGS]

    def _add_heading(self, place: int, heading: str, uses: list[Any]) -> None:
        doubt = doubt_about(heading, self.upload.doubts)
        self.fields[f"use_{place}"] = forms.ChoiceField(
            label=plain_text(heading, 100),
            choices=uses,
            initial=self.before.uses[heading],
            help_text="Please look at this one." if doubt else "",
        )
        if heading in self.before.subjects:
            for what, known in (("subject", self.before.subjects), ("year", self.before.years)):
                if what in self.table.names:
                    self.fields[f"{what}_{place}"] = forms.CharField(
                        label=f"{what.capitalize()} of “{plain_text(heading, 60)}”",
                        max_length=100,
                        required=False,
                        initial=known[heading],
                    )

    def _constants(self) -> list[str]:
        """Return the columns that one value may fill: those there are, then those that the file lacks."""
        used = set(self.before.uses.values())
        offered = [
            column.name
            for column in self.table.columns
            if column.name not in used
            and column.name not in NO_CONSTANT
            and not column.name.endswith("_missing")
            and (column.required or not column.personal)
        ]
        return [name for name in self.table.names if name in {*self.before.constants, *offered}]

    def _constant(self, name: str) -> forms.Field:
        column = self.table.column(name)
        shape = {"date": " Such as 2015-05-01.", "yes or no": " Yes or no."}.get(column.type, "")
        needed = " Needed, here or from a heading." if column.required else ""
        return forms.CharField(
            label=name.replace("_", " ").capitalize(),
            max_length=200,
            required=False,
            initial=self.before.constants.get(name, ""),
            help_text=f"{column.meaning}{shape}{needed}",
        )

    def _add_reading(self) -> None:
        self.fields["dates"] = forms.ChoiceField(
            label="03/04/2019 is",
            initial=self.before.dates,
            choices=[("day first", "3 April (day first)"), ("month first", "4 March (month first)")],
        )
        self.fields["decimal"] = forms.ChoiceField(
            label="One and a half is written",
            initial=self.before.decimal,
            choices=[(".", "1.5 (point)"), (",", "1,5 (comma)")],
        )
        if "pupil" in self.table.names:
            within = [name for name in ("school", "class") if name in self.table.names]
            self.fields["within"] = forms.ChoiceField(
                label="Pupil numbers are unique",
                required=False,
                initial=self.before.within,
                choices=[("", "everywhere"), *((name, f"only within a {name}") for name in within)],
            )

    @property
    def heading_fields(self) -> list[dict[str, Any]]:
        """The headings with what belongs to each."""
        return [
            {
                "use": self[f"use_{place}"],
                "rest": [self[f"{w}_{place}"] for w in ("subject", "year") if f"{w}_{place}" in self.fields],
                "doubt": doubt_about(heading, self.upload.doubts),
            }
            for place, heading in enumerate(self.shown)
        ]

    def _starting(self, *starts: str) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith(starts)]

    @property
    def needed_constants(self) -> list[BoundField]:
        """The values for all rows that are given, or that a needed column lacks."""
        return [one for one in self._starting("constant_") if self._is_needed(one.name)]

    @property
    def other_constants(self) -> list[BoundField]:
        return [one for one in self._starting("constant_") if not self._is_needed(one.name)]

    def _is_needed(self, field: str) -> bool:
        name = field.removeprefix("constant_")
        return name in self.before.constants or self.table.column(name).required

    @property
    def scale_fields(self) -> list[BoundField]:
        return self._starting("scale_")

    @property
    def reading_fields(self) -> list[BoundField]:
        return self._starting("dates", "decimal", "within")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors:
            try:
                given["mapping"] = correct_mapping(self.upload.mapping, self._chosen(given))
            except UserError as error:
                raise ValidationError(plain_text(str(error))) from error
        return given

    def _chosen(self, given: dict[str, Any]) -> MappingChoices:
        shown = list(enumerate(self.shown))
        subjects = {h: given[f"subject_{place}"] for place, h in shown if f"subject_{place}" in given}
        years = {h: given[f"year_{place}"] for place, h in shown if f"year_{place}" in given}
        constants = {n.removeprefix("constant_"): v for n, v in given.items() if n.startswith("constant_")}
        return replace(
            self.before,
            uses={**self.before.uses, **{heading: given[f"use_{place}"] for place, heading in shown}},
            subjects={**self.before.subjects, **subjects},
            years={**self.before.years, **years},
            constants={**self.before.constants, **constants},
            scales={n.removeprefix("scale_"): v for n, v in given.items() if n.startswith("scale_")},
            dates=given["dates"],
            decimal=given["decimal"],
            within=given.get("within", ""),
        )


class MappingTextForm(forms.Form):
    """The whole mapping as text, for what the form does not offer."""

    text = forms.CharField(
        label="The mapping",
        max_length=200_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "class": "code"}),
    )


class DecisionForm(forms.Form):
    """Whether rows held already may be replaced."""

    replace_held = forms.BooleanField(
        label="Let these rows take the place of rows that are held already",
        required=False,
        help_text="For corrections: rows are the same when their key is, such as pupil, test and year.",
    )


def use_choices(table: Table, *, has_results: bool) -> list[Any]:
    columns = [
        (column.name, f"{column.name.replace('_', ' ')}{' (needed)' if column.required else ''}")
        for column in table.columns
        if not column.name.endswith("_missing")
    ]
    others = [
        (LEFT_OUT, "Do not read it"),
        (AS_TEXT, "Keep as further text"),
        (AS_NUMBER, "Keep as a further number"),
    ]
    results = [(AS_RESULTS, "Scores: each becomes a row")] if has_results else []
    return [*results, (f"Columns of {table.name.replace('_', ' ')}", columns), ("Otherwise", others)]


def doubt_about(heading: str, doubts: list[str]) -> bool:
    """Say whether one of the doubts names the heading."""
    shown = plain_text(heading)
    return any(
        repr(shown) in doubt or shown in [part.strip() for part in doubt.rpartition(": ")[2].split(",")]
        for doubt in doubts
    )


def _scale_field(name: str, scale: str, *, doubted: bool) -> forms.Field:
    choices = [("", "No scale chosen"), *((key, said) for key, said in scales_there_are().items())]
    return forms.ChoiceField(
        label=f"Scale of {name}",
        required=False,
        initial=scale,
        choices=choices,
        help_text="Please look at this one." if doubted else "Which results there can be.",
    )
