"""Which pages are shown in the manual, by the name of their route: who looks, and one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Arguments = Callable[[], tuple[Any, ...]]


@dataclass(frozen=True)
class Shot:
    """One page.

    Attributes
    ----------
    reader
        Name of a login of the demonstration; blank for somebody who is not signed in.
    said
        What one sees, in one sentence.
    """

    reader: str
    said: str
    arguments: Arguments = tuple


def _first(model: str, **wanted: Any) -> Arguments:
    def find() -> tuple[Any, ...]:
        from django.apps import apps

        return (apps.get_model(model).objects.filter(**wanted).order_by("pk").first().pk,)

    return find


RUNNING = _first("partnerships.Partnership", state="running")
PLANNED = _first("partnerships.Session", outcome="planned")
PERSON = _first("people.Person", user__email="coach@demo.example")
CLOSURE = _first("term_dates.Closure")
PILOT, REVIEW = _first("innovation.Pilot"), _first("reviews.Review")
PROGRAMME, MEETING = _first("programmes.Programme"), _first("programmes.Session")
CARD, DRAFT = _first("practices.Practice", live__isnull=False), _first("practices.Practice", live=None)

SECTIONS: dict[str, dict[str, Shot]] = {
    "Signing in": {
        "account_login": Shot("", "Accounts are by invitation; the demonstration shows its made-up people."),
        "own_roles": Shot("lead", "Your account: the roles you hold, and how you sign in."),
    },
    "The week": {
        "monday": Shot("coach", "Monday: what is asked of you, due or late, with one button each."),
    },
    "Questions": {
        "where_are_we": Shot("lead", "Coverage before scores, then what each school added, with intervals."),
        "spread": Shot("lead", "Where inside the group the spread is, with sampling noise removed."),
        "who_knows_how": Shot("lead", "Teams whose value added is both large and likely."),
        "plan": Shot("lead", "Who could work with whom, on what, for how many hours."),
        "schools": Shot("lead", "The schools by name, each with its own page."),
        "school": Shot("head", "One school on one page.", lambda: ("School 66",)),
        "convergence": Shot("lead", "Whether the gap closes; here, how to bring a record in."),
        "groups": Shot("lead", "Groups on five areas; here, how to bring a record in."),
    },
    "Data": {
        "data": Shot("lead", "What the group holds, and what can be done with it."),
        "data_start": Shot("lead", "Five steps from a file to the first picture."),
        "data_upload": Shot("lead", "A file is looked at before anything of it is kept."),
        "data_coverage": Shot("lead", "How many results can be used, by subject, year and school."),
        "data_sources": Shot("lead", "Each file with its day, its rows and what was left out."),
        "data_snapshots": Shot("lead", "The states of the data, and what changed between two of them."),
        "data_undo": Shot("lead", "A whole import can be taken back."),
        "data_tables": Shot("researcher", "Tables for research, under pseudonyms."),
        "hand_over": Shot("lead", "Partnerships, visits and staff become data like any other."),
    },
    "People and classes": {
        "people": Shot("head", "Colleagues, what they teach, what they offer and ask for."),
        "person": Shot("head", "One colleague: training, hours, offers; never a score.", PERSON),
        "person_add": Shot("head", "A colleague is added."),
        "person_edit": Shot("head", "What is recorded of a colleague is corrected.", PERSON),
        "training_add": Shot("head", "Training and accreditation.", PERSON),
        "term_hours": Shot("head", "Hours that somebody is free for work with others.", PERSON),
        "wish_add": Shot("head", "A head proposes; the person decides.", PERSON),
        "own_person": Shot("teacher", "Your own page: what others read of you."),
        "agreement": Shot("teacher", "Agreement to be named: free, and taken back at any time."),
        "my_classes": Shot("teacher", "A teacher confirms or corrects the classes that the results name."),
        "my_class_add": Shot("teacher", "A class that is missing is added."),
        "class_claims": Shot("head", "A lead confirms classes that teachers added."),
    },
    "Partnerships": {
        "partnerships": Shot("coach", "What you take part in, and what colleagues work on."),
        "partnership": Shot("coach", "Aim, hours given, visits, and what only those in it read.", RUNNING),
        "partnership_new": Shot("lead", "A partnership is proposed, from a line of the plan or freely."),
        "partnership_edit": Shot("lead", "Aim, hours and days can be changed while it is open.", RUNNING),
        "visit_log": Shot("coach", "A visit is logged with one button: what is usual is filled in.", RUNNING),
        "visit_plan": Shot("coach", "The next visit gets a day.", RUNNING),
        "visit": Shot("coach", "A planned visit is changed.", PLANNED),
        "visit_missed": Shot("coach", "It did not take place: why, and a new day.", PLANNED),
        "follow_up": Shot("lead", "After the end: does it live on?", _first("partnerships.FollowUp")),
        "calendar_address": Shot("coach", "Visits in your own calendar, by an address that can be revoked."),
    },
    "Practice": {
        "practice": Shot("teacher", "The library of practices, with search and filters."),
        "practice_card": Shot("teacher", "A card: need, what is done, how far it is tested.", CARD),
        "practice_new": Shot("coach", "A practice is written down, or drafted from a bright spot."),
        "practice_drafts": Shot("coach", "What is being written, and by whom it is read next."),
        "practice_draft": Shot("coach", "A draft, before colleagues read it.", DRAFT),
        "practice_edit": Shot("coach", "The card is written.", DRAFT),
        "practice_use": Shot("lead", "Adopted, adapted or stopped, and why.", CARD),
        "practice_editions": Shot("teacher", "Earlier editions stay.", CARD),
        "practice_edition": Shot("teacher", "One edition.", lambda: (*CARD(), 1)),
        "practice_file_add": Shot("coach", "A worksheet is attached.", DRAFT),
    },
    "Innovation": {
        "innovation": Shot("teacher", "What schools try out, few at once."),
        "pilot": Shot("teacher", "One pilot: what would count as success was said before.", PILOT),
        "pilot_new": Shot("teacher", "A hypothesis, a measure, an end."),
        "pilot_edit": Shot("teacher", "The pilot is changed.", PILOT),
        "pilot_decide": Shot("teacher", "Adopt, adapt or drop.", PILOT),
        "observation_add": Shot("teacher", "What was seen is noted.", PILOT),
        "reading": Shot("teacher", "Reading, with how far one may build on it."),
        "reference": Shot("teacher", "One thing to read.", _first("innovation.Reference")),
        "reference_new": Shot("teacher", "Something to read is added."),
        "reference_edit": Shot("coach", "It is corrected.", _first("innovation.Reference")),
    },
    "Programmes": {
        "programmes": Shot("lead", "Programmes with their outcomes."),
        "programme": Shot("lead", "One programme: outcomes, sessions, who takes part, costs.", PROGRAMME),
        "programme_new": Shot("lead", "A programme begins with its outcomes."),
        "programme_edit": Shot("lead", "What it is for, when, and what it may cost.", PROGRAMME),
        "programme_framework": Shot("lead", "Its outcomes and its learning framework.", PROGRAMME),
        "programme_people": Shot("lead", "Who takes part.", PROGRAMME),
        "programme_session_new": Shot("lead", "A session is planned.", PROGRAMME),
        "programme_session": Shot("lead", "A session is changed.", lambda: MEETING()),
        "attendance": Shot("lead", "The register, taken with one button.", lambda: MEETING()),
    },
    "Reviews": {
        "reviews": Shot("lead", "Reviews by visiting peers."),
        "review": Shot("reviewer", "One review: what visitors and hosts saw together.", REVIEW),
        "review_new": Shot("lead", "A review is planned."),
        "review_edit": Shot("lead", "Its days and its focus.", REVIEW),
        "review_activity": Shot("reviewer", "Something done together is noted.", REVIEW),
        "review_activity_edit": Shot("reviewer", "The note is changed.", _first("reviews.JointActivity")),
        "review_report": Shot("reviewer", "The report, in four words for each area.", REVIEW),
        "capitals": Shot("lead", "The audit of the four capitals, for a talk and not for a grade."),
        "capitals_picture": Shot("lead", "Its picture on one page.", _first("reviews.CapitalsAudit")),
        "capitals_answer": Shot("lead", "Its statements.", _first("reviews.CapitalsAudit")),
    },
    "System health": {
        "system_health": Shot("lead", "Whether both the number who can and the best practice grow."),
        "attention": Shot("lead", "How many initiatives each school runs, and the hours they take."),
        "pulse": Shot("teacher", "A short anonymous question about the climate for sharing."),
        "pulse_results": Shot("lead", "What was answered."),
        "pulse_open": Shot("lead", "The pulse is opened for some days."),
    },
    "Keeping the house": {
        "invitations": Shot("lead", "Who has which role, and who is invited."),
        "appointment_end": Shot("owner", "A role is ended.", _first("accounts.Appointment", role="coach")),
        "sharings": Shot("lead", "Agreements between controllers."),
        "sharing_add": Shot("lead", "An agreement is written."),
        "controller_add": Shot("owner", "A further controller of data."),
        "term_dates": Shot("lead", "Days on which school is out, so that a holiday makes nobody late."),
        "closure_add": Shot("head", "A holiday or a training day is recorded."),
        "closure_edit": Shot("lead", "Its days are put right.", CLOSURE),
        "closure_remove": Shot("lead", "What follows is said before it is removed.", CLOSURE),
        "settings": Shot("lead", "Every threshold with its reason, source and date."),
        "setting": Shot("owner", "One threshold is changed, with a reason.", lambda: ("top_share",)),
        "trail": Shot("owner", "Who read or changed what."),
        "held": Shot("owner", "What is held about people, for those who ask."),
        "held_about": Shot("owner", "What is held about one person.", lambda: ("person", *PERSON())),
        "kept": Shot("owner", "What is kept, and for how long."),
        "tokens": Shot("lead", "Tokens for programs, narrowed and ended at will."),
    },
}  # fmt: skip
SHOTS = {route: shot for shots in SECTIONS.values() for route, shot in shots.items()}

# Steps that last a moment, and pages that need what the demonstration does not hold.
NOT_SHOWN = {
    "data_uploaded": "a step of an upload",
    "job": "shown while something is computed",
    "sharing": "needs two controllers",
    "sharing_end": "needs two controllers",
    "controller_edit": "needs a controller",
    "review_excellence": "a step at the end of a review",
    "home": "leads on",
}
