"""What there is: the token's own reach, schools, states of the data, tables, partnerships."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from ninja import Query, Router

from upwards.actions.compare_snapshots import list_states
from upwards.core.tables import TABLES, Table
from upwards.web.access import Reader, audience, reader_of
from upwards.web.answer_pages.asking import seen_schools
from upwards.web.answers import workspace_facts
from upwards.web.api import shapes
from upwards.web.api.entering import token_of
from upwards.web.api.operations import Paging, in_pages, operation
from upwards.web.api.problems import not_here
from upwards.web.partnerships.hours import hours_of
from upwards.web.partnerships.models import Partnership
from upwards.web.partnerships.readers import View, in_schools, seen_by, view_of
from upwards.web.practices.models import CONTENT, Practice
from upwards.web.practices.published import published
from upwards.web.roles import CAPABILITIES
from upwards.web.term_dates.calendars import ALL_SCHOOLS, Calendars, read_calendars
from upwards.web.term_dates.models import Closure

router = Router()
BY_SCHOOL = ("value-added", "disparity", "stage", "bright-spots")
OF_STATE = ("id", "created", "previous", "standing", "tables")


@operation(router, "/token", name="token", capability="enter", gives=shapes.TokenShape, tags=["token"])
def token(request: HttpRequest) -> dict[str, Any]:
    """What the token of this request opens, today."""
    found, reader = token_of(request), reader_of(request)
    seen = audience(reader).schools
    return {
        **{name: getattr(found, name) for name in ("title", "prefix", "scopes", "expires")},
        "schools": None if seen is None else sorted(seen),
        "capabilities": sorted(name for name in CAPABILITIES if reader.may(name)),
        "group": workspace_facts()["name"],
    }


@operation(
    router, "/schools", name="schools", capability="see_figures",
    gives=shapes.Listed[shapes.SchoolShape], tags=["schools"],
)  # fmt: skip
def schools(request: HttpRequest, response: HttpResponse, asked: Query[Paging]) -> dict[str, Any]:
    """The schools whose answers the token sees, by name."""
    reader = reader_of(request)
    names = seen_schools(reader)
    items, about = in_pages(request, response, names, asked)
    return {"items": [_school(reader, one) for one in items], **about}


@operation(
    router, "/schools/{name}", name="school", capability="see_figures", gives=shapes.SchoolShape,
    tags=["schools"],
)  # fmt: skip
def school(request: HttpRequest, name: str) -> dict[str, Any]:
    """One school; another's is not there."""
    reader = reader_of(request)
    if name not in seen_schools(reader):
        not_here()
    return _school(reader, name)


def _school(reader: Reader, name: str) -> dict[str, Any]:
    asked = [one for one in BY_SCHOOL if one != "bright-spots" or reader.may("see_bright_spots")]
    query = urlencode({"schools": name})
    return {"name": name, "answers": {one: f"{reverse(f'api-{one}')}?{query}" for one in asked}}


@operation(
    router, "/snapshots", name="snapshots", capability="see_data",
    gives=shapes.Listed[shapes.StateShape], tags=["data"],
)  # fmt: skip
def snapshots(request: HttpRequest, response: HttpResponse, asked: Query[Paging]) -> dict[str, Any]:
    """The states that the data had, the newest first."""
    states = list_states(settings.UPWARDS_WORKSPACE)
    items, about = in_pages(request, response, states, asked)
    return {"items": [{name: one[name] for name in OF_STATE} for one in items], **about}


@operation(
    router, "/tables", name="tables", capability="see_data",
    gives=shapes.Listed[shapes.TableShape], tags=["data"],
)  # fmt: skip
def tables(request: HttpRequest, response: HttpResponse, asked: Query[Paging]) -> dict[str, Any]:
    """The standard tables: what a row and each column is, and how many rows are held."""
    held = workspace_facts()["tables"]
    items, about = in_pages(request, response, list(TABLES.values()), asked)
    return {"items": [_table(one, held.get(one.name, 0)) for one in items], **about}


def _table(table: Table, rows: int) -> dict[str, Any]:
    names = ("name", "type", "identifier", "unit", "required", "meaning")
    columns = [
        {**{name: getattr(one, name) for name in names}, "allowed": list(one.allowed)}
        for one in table.columns
    ]
    return {
        "name": table.name, "meaning": table.meaning, "key": list(table.key), "rows": rows, "columns": columns
    }  # fmt: skip


@operation(
    router, "/partnerships", name="partnerships", capability="see_partnerships",
    gives=shapes.Listed[shapes.PartnershipShape], tags=["partnerships"],
)  # fmt: skip
def partnerships(request: HttpRequest, response: HttpResponse, asked: Query[Paging]) -> dict[str, Any]:
    """Who works with whom, by school; hours promised and delivered to those who lead a school of it."""
    reader = reader_of(request)
    rows = seen_by(reader).prefetch_related("participants").order_by("starts", "pk")
    if reader.only is not None:
        rows = rows.filter(pk__in=Partnership.objects.filter(in_schools(reader.only)))
    items, about = in_pages(request, response, rows, asked)
    calendars = read_calendars()
    return {"items": [_partnership(reader, one, calendars) for one in items], **about}


@operation(
    router, "/term-dates", name="term-dates", capability="enter",
    gives=shapes.Listed[shapes.ClosureShape], tags=["term dates"],
)  # fmt: skip
def term_dates(request: HttpRequest, response: HttpResponse, asked: Query[Paging]) -> dict[str, Any]:
    """The days on which school is out, of all schools or of one, the earliest first."""
    reader, rows = reader_of(request), Closure.objects.all()
    if reader.only is not None:
        rows = rows.filter(school__in=[ALL_SCHOOLS, *reader.only])
    items, about = in_pages(request, response, rows, asked)
    names = ("id", "name", "school", "first", "last")
    return {"items": [{name: getattr(one, name) for name in names} for one in items], **about}


@operation(
    router, "/practices", name="practices", capability="see_practice",
    gives=shapes.Listed[shapes.PracticeShape], tags=["practice"],
)  # fmt: skip
def practices(request: HttpRequest, response: HttpResponse, asked: Query[Paging]) -> dict[str, Any]:
    """The published cards of the practice library, the latest first; nobody is named."""
    reader = reader_of(request)
    rows = published(reader)
    if reader.only is not None:
        rows = rows.filter(school__in=["", *reader.only])
    items, about = in_pages(request, response, rows, asked)
    return {"items": [_practice(one) for one in items], **about}


def _practice(one: Practice) -> dict[str, Any]:
    edition = one.live
    said = {name: getattr(edition, name) for name in (*CONTENT, "published") if name != "ask_person"}
    return {**said, "id": one.pk, "edition": getattr(edition, "number", None), "school": one.school}


def _partnership(reader: Reader, one: Partnership, calendars: Calendars) -> dict[str, Any]:
    places = [
        {"school": to.school, "department": to.department, "stage": to.stage} for to in one.recipients.all()
    ]
    said = {
        "id": one.pk,
        "kind": one.kind,
        "subject": one.subject,
        "state": one.state,
        "provider": {"school": one.provider_school, "department": one.provider_department},
        "recipients": places,
    }
    if view_of(reader, one) < View.LEAD:
        hidden = ("starts", "ends", "hours_promised", "hours_delivered", "hours_due_by_now")
        return said | dict.fromkeys(hidden)
    hours = hours_of(one, timezone.localdate(), calendars)
    return said | {
        "starts": one.starts,
        "ends": one.ends,
        "hours_promised": hours.promised,
        "hours_delivered": hours.delivered,
        "hours_due_by_now": hours.by_now,
    }
