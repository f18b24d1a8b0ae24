"""Across controllers nothing is seen by name but under an agreement in force, and its end holds at once."""

from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from tests.web.sharing_of_trust import DAY, agreement, birch_by_itself
from upwards.web.access import Reader, audience, exported_schools, reader_for
from upwards.web.accounts.models import Appointment, Invitation
from upwards.web.controllers.models import ControlledSchool, Controller, Sharing, Signatory
from upwards.web.roles import Role
from upwards.web.sharing.reminders import sharing_reminders
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
TRUST = {"Alder", "Cedar", "Damson"}


def sees(role: Role, school: str = "") -> frozenset[str] | None:
    return audience(Reader(None, ((role, school),))).schools


def test_with_one_controller_heads_see_all_and_others_their_school(db):
    assert sees(Role.SCHOOL_LEAD, "Alder") is None
    assert sees(Role.TEACHER, "Alder") == {"Alder"}


def test_without_an_agreement_each_controller_sees_its_own_schools():
    birch_by_itself()
    assert sees(Role.SCHOOL_LEAD, "Alder") == TRUST
    assert sees(Role.SCHOOL_LEAD, "Birch") == {"Birch"}
    assert sees(Role.TEACHER, "Birch") == {"Birch"}


def test_who_keeps_the_house_reads_as_the_own_controller_does():
    birch_by_itself()
    assert sees(Role.OWNER) == sees(Role.GROUP_LEAD) == TRUST
    assert sees(Role.GOVERNOR) == TRUST
    assert sees(Role.RESEARCHER) == TRUST


def test_under_an_agreement_heads_of_both_see_one_another_and_nobody_else_does():
    agreement()
    assert sees(Role.SCHOOL_LEAD, "Alder") is None
    assert sees(Role.SCHOOL_LEAD, "Birch") is None
    assert sees(Role.GROUP_LEAD) is None
    assert sees(Role.COACH, "Alder") == {"Alder"}
    assert sees(Role.GOVERNOR) == TRUST


def test_an_agreement_of_one_direction_shares_one_way():
    agreement(is_mutual=False)
    assert sees(Role.SCHOOL_LEAD, "Birch") is None
    assert sees(Role.SCHOOL_LEAD, "Alder") == TRUST


@pytest.mark.parametrize(
    "rest",
    [
        {"signed": False},
        {"starts": datetime.date(2020, 1, 1), "ends": datetime.date(2020, 2, 1)},
        {"starts": timezone.localdate() + DAY},
        {"kinds": ["research"]},
        {"withdrawn": timezone.now()},
    ],
)
def test_unsigned_over_not_yet_begun_for_other_data_or_withdrawn_shares_nothing(rest):
    agreement(**rest)
    assert sees(Role.SCHOOL_LEAD, "Alder") == TRUST


def test_on_its_first_and_on_its_last_day_it_holds():
    today = timezone.localdate()
    agreement(starts=today, ends=today, review_on=today)
    assert sees(Role.SCHOOL_LEAD, "Alder") is None


def test_what_is_shared_with_one_is_not_passed_on_to_a_third():
    agreement()
    elm = Controller.objects.create(name="Damson Trust", kind="trust")
    ControlledSchool.objects.create(school="Damson", controller=elm)
    assert sees(Role.SCHOOL_LEAD, "Damson") == {"Damson"}
    assert sees(Role.SCHOOL_LEAD, "Birch") == {"Alder", "Birch", "Cedar"}


def test_a_researcher_takes_away_what_is_shared_for_research(people):
    researcher = reader_for(people["researcher"])
    assert exported_schools(researcher) is None
    birch_by_itself()
    assert exported_schools(researcher) == TRUST
    agreement(kinds=["research"])
    assert exported_schools(researcher) is None
    assert sees(Role.RESEARCHER) == TRUST
    assert exported_schools(reader_for(people["owner"])) is None
    lead = people["group_lead"]
    assert exported_schools(reader_for(lead)) == TRUST
    Appointment.objects.create(user=lead, role=Role.RESEARCHER)  # rows shared without names, tables with them
    assert exported_schools(reader_for(lead)) == TRUST


def test_who_keeps_the_house_reads_no_further_by_a_role_in_another_controller_s_school(people):
    for role in (Role.SCHOOL_LEAD, Role.TEACHER, Role.GOVERNOR):
        held = Appointment.objects.create(user=people["group_lead"], role=role, school="Birch")
        assert audience(reader_for(people["group_lead"])).schools is None
        birch_by_itself()
        assert audience(reader_for(people["group_lead"])).schools == TRUST
        held.delete()
        ControlledSchool.objects.all().delete()


@pytest.mark.parametrize("email", ["group_lead@orchard.test", "second@orchard.test"])
@pytest.mark.parametrize("role", ["school_lead", "coach", "governor"])
def test_a_group_lead_invites_nobody_into_another_controller_s_school(group_lead, email, role):
    birch_by_itself()
    given = {"email": email, "role": role, "school": "Birch"}
    page = group_lead.post(reverse("invitations"), given).content.decode()
    assert "Another controller answers for it" in page
    assert not Invitation.objects.exists()


def test_an_owner_and_a_head_there_invite_into_another_controller_s_school(owner, other_lead, group_lead):
    birch_by_itself()
    owner.post(reverse("invitations"), {"email": "a@b.test", "role": "school_lead", "school": "Birch"})
    other_lead.post(reverse("invitations"), {"email": "b@b.test", "role": "teacher", "school": "Birch"})
    group_lead.post(reverse("invitations"), {"email": "c@b.test", "role": "reviewer", "school": "Birch"})
    group_lead.post(reverse("invitations"), {"email": "d@b.test", "role": "teacher", "school": "Alder"})
    assert Invitation.objects.count() == 4


def test_an_invitation_lapses_when_another_controller_takes_the_school(people):
    made, token = Invitation.make(
        role=Role.SCHOOL_LEAD, school="Birch", email="x@b.test", invited_by=people["group_lead"]
    )
    assert Invitation.find_open(token) == made
    birch_by_itself()
    assert Invitation.find_open(token) is None


def test_a_program_limited_to_some_schools_reaches_no_further_than_its_owner():
    birch_by_itself()
    owner = Reader(None, ((Role.OWNER, ""),))
    for only in ({"Birch"}, {"Alder", "Birch"}):
        program = owner.narrowed(frozenset({"see_figures"}), frozenset(only))
        assert audience(program).schools == only - {"Birch"}


# -- pages -----------------------------------------------------------------------------------------------


def form(trust: Controller, birch: Controller, **rest: object) -> dict[str, object]:
    today = timezone.localdate()
    return {
        "side": trust.pk, "other": birch.pk, "direction": "both", "kinds": ["results"],
        "purpose": "To learn.",
        "legal_basis": "Public task, Article 6(1)(e).", "starts": today, "ends": today + 30 * DAY,
        "review_on": today + 20 * DAY, "reference": "DSA 7", "signed_name": "Ann Tree, trust", **rest,
    }  # fmt: skip


def test_an_owner_adds_a_controller_with_its_school_and_who_signs(owner, people):
    given = {"name": "Birch School", "kind": "school", "contact": "office@birch.test",
             "schools": ["Birch"], "signatories": [people["other_lead"].pk]}  # fmt: skip
    assert owner.post(reverse("controller_add"), given).status_code == 302
    made = Controller.objects.get(name="Birch School")
    assert [str(one) for one in made.schools.all()] == ["Birch"]
    assert Controller.objects.get(is_own=True).name == "Orchard Trust"
    shown = owner.get(reverse("sharings")).content.decode()
    assert "Birch School" in shown
    assert "Other_Lead" in shown
    read = AuditEntry.objects.get(what="read", kind="list of sharing agreements")
    assert (read.who, read.detail) == (people["owner"], "with who signs")
    again = {**given, "schools": [], "signatories": []}
    assert owner.post(reverse("controller_edit", args=[made.pk]), again).status_code == 302
    assert not made.schools.exists()
    assert not Signatory.objects.exists()
    kinds = set(AuditEntry.objects.values_list("kind", flat=True))
    assert {"controllers.controller", "controllers.controlledschool", "controllers.signatory"} <= kinds


def test_a_school_has_one_controller_and_a_signatory_leads_a_school_of_it(owner, people):
    trust, _ = birch_by_itself()
    taken = {"name": "Other", "kind": "other", "schools": ["Birch"]}
    assert "Select a valid choice" in owner.post(reverse("controller_add"), taken).content.decode()
    wrong = {"name": "Other", "kind": "other", "schools": ["Cedar"], "signatories": [people["other_lead"].pk]}
    assert "leads none of the schools" in owner.post(reverse("controller_add"), wrong).content.decode()
    keeper = {**wrong, "signatories": [people["group_lead"].pk]}
    assert "Select a valid choice" in owner.post(reverse("controller_add"), keeper).content.decode()
    renamed = {"name": "Orchard", "kind": "trust", "schools": ["Cedar"]}
    assert owner.post(reverse("controller_edit", args=[trust.pk]), renamed).status_code == 302
    assert ControlledSchool.objects.count() == 1


def test_one_side_records_the_other_signs_and_then_it_holds(group_lead, other_lead, people):
    trust, birch = birch_by_itself()
    assert group_lead.post(reverse("sharing_add"), form(trust, birch)).status_code == 302
    made = Sharing.objects.get()
    assert (made.giver, made.receiver, made.giver_by) == (trust, birch, people["group_lead"])
    assert sees(Role.SCHOOL_LEAD, "Birch") == {"Birch"}
    address = reverse("sharing_sign", args=[made.pk])
    assert group_lead.post(address, {"signed_name": "Ann again"}).status_code == 403
    assert "required" in other_lead.post(address, {"signed_name": " "}).content.decode()
    assert "Sign it" in other_lead.get(reverse("sharing", args=[made.pk])).content.decode()
    assert other_lead.post(address, {"signed_name": "Bo Reed, head"}).status_code == 302
    assert sees(Role.SCHOOL_LEAD, "Birch") is None
    page = other_lead.get(reverse("sharing", args=[made.pk])).content.decode()
    assert "In force" in page
    assert "Bo Reed, head" in page
    assert "Sign it" not in page


def test_a_head_records_what_the_trust_is_to_share_with_it(other_lead):
    trust, birch = birch_by_itself()
    given = form(trust, birch, side=birch.pk, other=trust.pk, direction="receives")
    assert other_lead.post(reverse("sharing_add"), given).status_code == 302
    made = Sharing.objects.get()
    assert (made.giver, made.receiver, made.is_mutual) == (trust, birch, False)
    assert made.unsigned == [trust.pk]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"ends": "2001-01-01"}, "before the first"),
        ({"review_on": "2001-01-01"}, "Review it while it holds"),
        ({"other": "side"}, "does not share with itself"),
        ({"kinds": []}, "required"),
        ({"purpose": "\u202e \u0007"}, "required"),
        ({"reference": "x" * 201}, "at most 200"),
        ({"side": "other"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_kept(group_lead, wrong, said):
    trust, birch = birch_by_itself()
    words = {"side": trust.pk, "other": birch.pk}
    given = form(trust, birch, **{k: words.get(v, v) if isinstance(v, str) else v for k, v in wrong.items()})
    page = group_lead.post(reverse("sharing_add"), given).content.decode()
    assert said in page
    assert "Ann Tree, trust" in page
    assert not Sharing.objects.exists()


def test_ending_takes_effect_at_once_and_stays_as_history(other_lead, group_lead):
    made = agreement()
    assert sees(Role.SCHOOL_LEAD, "Alder") is None
    assert "ends at once" in other_lead.get(reverse("sharing_end", args=[made.pk])).content.decode()
    assert other_lead.post(reverse("sharing_end", args=[made.pk])).status_code == 302
    assert sees(Role.SCHOOL_LEAD, "Alder") == TRUST
    page = group_lead.get(reverse("sharing", args=[made.pk])).content.decode()
    assert "Ended before its time" in page
    assert "Other_Lead" in page
    assert group_lead.post(reverse("sharing_end", args=[made.pk])).status_code == 403
    changed = AuditEntry.objects.filter(kind="controllers.sharing", what="changed").values_list(
        "detail", flat=True
    )
    assert "withdrawn, withdrawn_by_id" in list(changed)


def test_who_no_longer_leads_a_school_of_it_no_longer_signs(other_lead, people):
    made = agreement(signed=False)
    role = people["other_lead"].appointments.get()
    role.school = "Cedar"
    role.save()
    assert other_lead.post(reverse("sharing_sign", args=[made.pk]), {"signed_name": "Bo"}).status_code == 403
    assert "do not sign" in other_lead.get(reverse("sharing_add")).content.decode()


def test_an_agreement_between_others_does_not_exist_for_a_head(appointed, client):
    made = agreement()
    elm = Controller.objects.create(name="Damson Trust", kind="trust")
    ControlledSchool.objects.create(school="Damson", controller=elm)
    client.force_login(appointed("dan", Role.SCHOOL_LEAD, "Damson"))
    assert client.get(reverse("sharing", args=[made.pk])).status_code == 404
    assert client.get(reverse("sharing", args=[9999])).status_code == 404
    page = client.get(reverse("sharings")).content.decode()
    assert "Signs: nobody yet" in page
    assert "None is recorded" in page


def test_the_first_page_says_what_to_do(owner, school_lead):
    assert "One controller answers" in owner.get(reverse("sharings")).content.decode()
    assert "Add the first controller" in owner.get(reverse("sharing_add")).content.decode()
    assert "An owner names who signs" in school_lead.get(reverse("sharing_add")).content.decode()
    birch_by_itself()
    assert "Record the first one" in owner.get(reverse("sharings")).content.decode()


def test_monday_tells_who_signs_and_who_keeps_the_house(people, owner):
    today = timezone.localdate()
    lead, head, other = (reader_for(people[one]) for one in ("group_lead", "school_lead", "other_lead"))
    waits = agreement(signed=False)
    assert [one.action for one in sharing_reminders(other, today)] == ["Read and sign"]
    assert sharing_reminders(lead, today) == sharing_reminders(head, today) == []
    waits.sign(waits.receiver_id, people["other_lead"].pk, "Bo")
    assert sharing_reminders(other, today) == []
    assert "due for review" in sharing_reminders(lead, waits.review_on - 42 * DAY)[0].said
    assert "ends on" in sharing_reminders(lead, waits.ends)[0].said
    Sharing.objects.filter(pk=waits.pk).update(review_on=today)
    assert "due for review" in owner.get(reverse("monday")).content.decode()


def test_the_database_refuses_what_cannot_be():
    trust, _ = birch_by_itself()
    for rest in ({"receiver": trust}, {"ends": datetime.date(2001, 1, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            agreement(**rest)
    with pytest.raises(IntegrityError), transaction.atomic():
        Controller.objects.create(name="Two", kind="trust", is_own=True)
