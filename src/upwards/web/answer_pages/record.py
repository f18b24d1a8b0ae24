"""Convergence and groups: what the public record tells."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.urls import reverse

from upwards.actions.describe_workspace import workspace_state
from upwards.actions.prepare_record_report import find_group
from upwards.core.academic_year import AcademicYear
from upwards.core.errors import UserError
from upwards.core.shares import as_share
from upwards.reports.convergence_contents import describe_convergence_page
from upwards.reports.groups_contents import describe_group_page, describe_groups_page
from upwards.reports.tables import Table
from upwards.reports.wording import as_expected, as_figure
from upwards.web.access import Reader
from upwards.web.answer_pages.asking import NothingImported, ask, ask_or_reason, require_table
from upwards.web.answer_pages.contents import Answer, Contents, Section, prose
from upwards.web.answer_pages.drawings import Kept, report_drawings
from upwards.web.form_texts import PlainTexts

Described = dict[str, Any]
ENDS = {"estimate": "estimate", "lower": "from", "upper": "to"}
INSIDE = {"region": "regions", "authority": "local authorities", "trust": "trusts"}
REGION = "London"
NORM = (
    "is norm-referenced: its national mean is fixed every year. It can show whether schools draw closer "
    "together; no rise of the top, nor of all schools, can be told from it."
)
_DESCRIBED: Kept[Described] = Kept(16)


class Following(forms.Form):
    """Which published measure is followed, and inside what."""

    measure = forms.ChoiceField(required=False, label="Measure")
    by = forms.ChoiceField(
        required=False, label="And inside each of the",
        choices=[("", "none"), *INSIDE.items(), ("gap", "gaps between disadvantaged and other pupils")],
    )  # fmt: skip

    def __init__(self, given: QueryDict, measures: Iterable[Answer]) -> None:
        super().__init__(given)
        field: Any = self.fields["measure"]
        field.choices = [(one["measure"], one["title"]) for one in measures]

    def chosen(self) -> tuple[str, str]:
        if not self.is_valid():
            raise UserError(
                "The address names a measure or grouping that is not held. Choose one of those offered."
            )
        return self.cleaned_data["measure"], self.cleaned_data["by"]


class OfGroup(PlainTexts, forms.Form):
    """All groups, or one."""

    group = forms.CharField(
        required=False, max_length=200, label="One group", help_text="Its name, a part of it, or its code."
    )


def convergence(reader: Reader, given: QueryDict) -> Contents:
    require_table("school_measures")
    held = ask(reader, "record")["measures"]
    if not held:
        raise NothingImported("school_measures")
    form = Following(given, held)
    measure, by = form.chosen()
    asked: dict[str, Any] = {"measure": measure or held[0]["measure"]}
    main = ask(reader, "convergence", {**asked, "by": "gap" if by == "gap" else "system"})
    inside = ask_or_reason(reader, "convergence", {**asked, "by": by}) if by in INSIDE else None
    report = {"main": main, "inside": inside, "regions": _regions(reader, held)}
    shown = _described("convergence", [asked, by, reader.may("see_groups")],
                       lambda: describe_convergence_page(report))  # fmt: skip
    answer = shown["answer"]
    return Contents(
        page="convergence",
        title="Convergence",
        lead=prose([f"{shown['title']}."]),
        form=form,
        sections=(
            _fan(shown, main, answer["text"]),
            _naive(shown, answer),
            *_inside(shown, main["unit"], answer["years"]),
            *(_region_sections(shown["regions"]) if reader.may("see_groups") else ()),
        ),
        statistics=(_slopes(shown["slopes"]),),
        settings=shown["settings"],
        notes=shown["notes"],
    )


def _regions(reader: Reader, held: list[Answer]) -> Described:
    if not reader.may("see_groups"):
        return {"region": REGION, "refusal": ""}
    found = ask_or_reason(reader, "regions", {"region": REGION})
    of = next((one for one in held if one["measure"] == found.get("gap", {}).get("measure")), None)
    words = {"gap_title": of["title"], "gap_unit": of["unit"]} if of else {}
    return {"region": REGION, **words, **found}


def _described(page: str, about: object, describe: Any) -> Described:
    """Draw a report's page once for each state of the data: it is public, so the same for all readers."""
    key = json.dumps([page, workspace_state(settings.UPWARDS_WORKSPACE), about], sort_keys=True)
    return _DESCRIBED.get(key, describe)


def _fan(shown: Answer, main: Answer, text: str) -> Section:
    columns = {"year": "year", "n": "with a figure", "sd": "spread", "lower": "from", "upper": "to"}
    caption = f"True spread by year, {main['unit']}, sampling noise removed, with 95% intervals"
    said = [text, *([f"{main['title']} {NORM}"] if main["norm_referenced"] else [])]
    if shown["fan"] is None:
        said.append("The ends cannot be drawn: too few units are measured to tell where they are.")
    return Section(
        title="Did the ends draw closer, and did the top rise?",
        said=prose(said),
        drawings=report_drawings(shown["fan"]),
        tables=(Table("spread", caption, columns, shown["spread"], {"n": "whole"}),),
    )


def _naive(shown: Answer, answer: Answer) -> Section:
    said = [
        "Sort schools by their first figure and follow the lowest quarter: it will rise, and the highest "
        "will fall, even where nothing changes, because luck does not last. Only what goes beyond that could "
        "be convergence."
    ]
    said += [answer["naive_text"]] if shown["naive"] else ["Too few units have a first and a last figure."]
    return Section("What chance alone would show", prose(said), drawings=report_drawings(shown["naive"]))


def _inside(shown: Answer, unit: str, years: list[int]) -> tuple[Section, ...]:
    found = shown["inside"]
    if found is None:
        return ()
    title = f"Inside {found['words']}"
    if found["refusal"]:
        return (Section(title, refusal=found["refusal"]),)
    first, last = (str(AcademicYear(years[place])) for place in (0, -1))
    columns = {"name": "name", "n_units": "schools", "state": "state", "p_state": "probability of it",
               "first": f"spread {first}", "last": f"spread {last}"}  # fmt: skip
    kinds = {"n_units": "whole", "p_state": "share"}
    between = found["between"]
    said = [*found["counts"], between["reason"] or between["text"],
            "They are listed by name. Intervals that overlap by half cannot be told apart."]  # fmt: skip
    table = Table(
        "inside", f"Schools inside each of the {found['words']}, {unit}", columns, found["rows"], kinds
    )
    return (Section(title, prose([one for one in said if one]), tables=(table,)),)


def _region_sections(found: Answer) -> tuple[Section, ...]:
    title = f"{found['region']} and the rest"
    if found["refusal"]:
        return (Section(title, refusal=found["refusal"]),)
    columns = {"years": "years", "part": "schools in", "n_schools": "schools",
               "less_than_good_first": "less than good, first",
               "less_than_good_last": "less than good, last",
               "outstanding_first": "outstanding, first",
               "outstanding_last": "outstanding, last"}  # fmt: skip
    caption = "The same schools in the first and the last year under one framework, with 95% intervals"
    same = Table("same-schools", caption, columns, found["same_schools"], {"n_schools": "whole"})
    gap = found["gap"]
    said = [f"{found['gap_title']} in {found['gap_year']}, in {found['gap_unit']}.", *gap.get("text", ())]
    return (
        Section(
            title,
            prose(found["text"]),
            items=[f"From {one['year']}: {one['text']}" for one in found["breaks"]],
            drawings=report_drawings(*found["figures"]),
            tables=(same,) if found["same_schools"] else (),
        ),
        Section(
            "How much of a gap goes with intake",
            [] if "refusal" in gap else prose(said),
            items=gap.get("untold", ()),
            drawings=report_drawings(found["gap_figure"]),
            refusal=gap.get("refusal", ""),
        ),
    )


def _slopes(rows: list[Answer]) -> Section:
    table = Table("slopes", "Changes and slopes, with 95% intervals", {"what": "what", **ENDS}, rows)
    said = (
        "That units which start low rise more (a negative slope) is no convergence by itself: a system that "
        "only fluctuates shows the same. The two slopes stand beside each other for that reason."
    )
    return Section("Changes and slopes", [said], tables=(table,), closed=True)


def groups(reader: Reader, given: QueryDict) -> Contents:
    require_table("school_measures")
    answer = ask(reader, "groups", {"stage": "any"})
    form = OfGroup(given)
    wanted = form.cleaned_data["group"] if form.is_valid() else ""
    if wanted:
        return _one_group(answer, find_group(answer, wanted), form)
    report = {"groups": answer, "group": None, "scores": {}}
    shown = _described("groups", None, lambda: describe_groups_page(report))
    return Contents(
        page="groups",
        title="Groups",
        lead=prose([f"{shown['title']}.", shown["lead"]]),
        form=form,
        sections=(
            _high(shown),
            *(_area(one) for one in shown["areas"]),
            _goes_with(shown),
            _names(shown),
        ),
        statistics=(_counts(shown),),
        settings=shown["settings"],
        notes=prose(shown["notes"]),
    )


def _high(shown: Answer) -> Section:
    rows = shown["areas"]
    columns = {"title": "area", "n_measured": "groups measured", "n_high": "high-performing",
               "wrong": "of these wrongly named, about"}  # fmt: skip
    said = (
        "A group is called high-performing in an area when its level in this one year is large, at least "
        f"{as_figure(shown['size'])} pupil SD, with a probability of at least {as_share(shown['certainty'])}."
        f" Of {shown['n_named']} namings in all, about {as_expected(shown['expected_wrong'])} will be wrong."
    )
    kinds = {"n_measured": "whole", "n_high": "whole"}
    table = Table("areas", "Groups that are high-performing, by area", columns, rows, kinds)
    return Section("The answer", prose([said, shown["no_table"], *shown["said"]]), tables=(table,))


def _area(one: Answer) -> Section:
    named = [f"High-performing, by name: {'; '.join(one['named'])}."] if one["named"] else []
    columns = {"name": "group", "n_schools": "schools inspected", "value": "such schools", "status": "status"}
    table = Table(one["name"], f"{one['title']} by group", columns, one["rows"], {"value": "whole"})
    return Section(
        one["title"],
        prose([one["said"], *named]),
        drawings=report_drawings(one["figure"]),
        tables=(table,) if one["rows"] else (),
    )


def _goes_with(shown: Answer) -> Section:
    columns = {"characteristic": "characteristic", "area": "area", **ENDS, "p_adjusted": "adjusted p",
               "n_groups": "groups"}  # fmt: skip
    caption = "Standard deviations of the area for one of the characteristic, the others held equal"
    table = Table("goes-with", caption, columns, shown["associations"], {"n_groups": "whole"})
    tables = (table,) if shown["associations"] else ()
    return Section("What goes with it", prose(shown["said_of_associations"]), tables=tables)


def _names(shown: Answer) -> Section:
    columns = {"name": "group", "phases": "phases", "size": "schools",
               "pct_disadvantaged": "disadvantaged pupils, percent", "growth": "growth a year, share",
               "isolation_minutes": "minutes to the nearest other school"}  # fmt: skip
    rows = [
        {**one, "href": f"{reverse('groups')}?{urlencode({'group': one['name']})}"}
        for one in shown["characteristics"]
    ]
    table = Table("groups", "Groups by name", columns, rows, {"size": "whole"})
    return Section("All groups, by name", tables=(table,))


def _counts(shown: Answer) -> Section:
    columns = {"stage": "stage", "year": "year", "official": "groups, publisher", "ours": "groups, here",
               "official_schools": "schools, publisher", "ours_schools": "schools, here"}  # fmt: skip
    causes = [f"{one['cause']} ({one['counts']})" for one in shown["causes"]]
    table = Table("counts", "Groups and schools by the publisher's rule", columns, shown["counts"])
    return Section("Counts beside the publisher's", items=causes, tables=(table,), closed=True)


def _one_group(answer: Answer, group: Mapping[str, Any], form: OfGroup) -> Contents:
    report = {"groups": answer, "group": group, "scores": {}}
    shown = _described("group", group["group"], lambda: describe_group_page(report))
    areas = {"title": "area", "verdict": "verdict", "ours": "ours, with 95% interval",
             "official": "the publisher's", "n_schools": "schools",
             "p_high": "probability of being high"}  # fmt: skip
    schools = {"name": "school", "phase": "phase", "kind": "kind", "joined": "joined",
               "counted": "counts here", "full_years": "full years"}  # fmt: skip
    kinds = {"p_high": "share", "n_schools": "whole"}
    high = [one["title"] for one in shown["areas"] if one["verdict"] == "high-performing"]
    lead = f"{group['name']} is high-performing in: {'; '.join(high)}." if high else (
        f"{group['name']} is not known to be high-performing in an area."
    )  # fmt: skip
    own = Table(
        "characteristics",
        "What the group is like",
        {"what": "what", "value": "value"},
        shown["characteristics"],
    )
    return Contents(
        page="groups",
        title=shown["title"],
        lead=[lead],
        form=form,
        sections=(
            Section("Area by area", tables=(Table("areas", "The areas", areas, shown["areas"], kinds),)),
            Section("What the group is like", drawings=report_drawings(shown["map"]), tables=(own,)),
            Section("Its schools", tables=(Table("schools", "Schools, by name", schools, shown["schools"]),)),
        ),
        settings=shown["settings"],
        notes=prose(shown["notes"]),
        about={"group_name": group["name"]},
    )
