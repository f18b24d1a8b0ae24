"""Who can sign in to a demonstration. All of them are made up."""

from __future__ import annotations

from dataclasses import dataclass

from upwards.web.roles import Role

# Of the Tennessee study: the first is a bright spot in third-grade mathematics, the second is far from it,
# and the plan links the two.
SHARES, RECEIVES = "School 66", "School 27"
SUBJECT, STAGE = "mathematics", "3"
SAID = "Demonstration: pupils of Tennessee’s STAR study, 1985–89. The people are made up."


@dataclass(frozen=True, slots=True)
class Login:
    """A made-up person who can sign in.

    Attributes
    ----------
    name
        Before the @ of the e-mail.
    called
        The person's name; blank where nobody of the staff is meant.
    school
        Blank for the whole group.
    staff_code
        The code of a teacher in the study's file, whose classes are theirs in the demonstration.
    """

    name: str
    role: Role
    called: str
    school: str = ""
    posts: str = ""
    staff_code: str = ""

    @property
    def email(self) -> str:
        return f"{self.name}@demo.example"


LOGINS = (
    Login("lead", Role.GROUP_LEAD, "Leonie Brandt", posts="Director of education"),
    Login("head", Role.SCHOOL_LEAD, "Hugh Okafor", SHARES, "Headteacher"),
    Login("coach", Role.COACH, "Cora Bell", SHARES, "Lead of mathematics", "1159"),
    Login("teacher", Role.TEACHER, "Tariq Dean", RECEIVES, "Teacher", "472"),
    Login("governor", Role.GOVERNOR, "Greta Vaughan", RECEIVES),
    Login("researcher", Role.RESEARCHER, "Ravi Nair"),
    Login("reviewer", Role.REVIEWER, "Rosa Lind", RECEIVES),
    Login("owner", Role.OWNER, "Olive Marsh", posts="Keeper of this installation"),
)

# Colleagues who appear and do not sign in.
OTHERS = (
    Login("head27", Role.SCHOOL_LEAD, "Hana Fischer", RECEIVES, "Headteacher"),
    Login("reader", Role.COACH, "Ruth Adeyemi", SHARES, "Lead of reading"),
    Login("third", Role.TEACHER, "Theo Marlow", RECEIVES, "Teacher", "473"),
    Login("second", Role.TEACHER, "Sana Iqbal", RECEIVES, "Teacher", "465"),
    Login("guest", Role.COACH, "Gwen Price", "School 41", "Lead of mathematics", "708"),
)
