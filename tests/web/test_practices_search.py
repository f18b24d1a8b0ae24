"""The search finds what is published, what stands in the title first, and no question makes it fail."""

from __future__ import annotations

import pytest
from django.db import transaction

from tests.web.practices_of_trust import draft, practice
from upwards.web.practices import search
from upwards.web.practices.models import Practice

pytestmark = pytest.mark.django_db

HOSTILE = [
    '"', "'", "''; DROP TABLE practices_words; --", "a AND", "NOT", "OR OR", "NEAR(a b, 3)", "title:", "*",
    "a*b*", "(", ")))", "^door", "-door", "a & | !", "<->", "a:*", "door\\", "%", "_", "__", "\x00",
    "\x00door", "😀", "\u202edoor", "ﬀ", "e\u0301", "你好", "हिन्दी",
    "1e5 3.14", "http://a.b/c?d=e", "x" * 5000, "word " * 500,
    "{title} : door", "\ud800", "ß", "İ",
]  # fmt: skip


def names(question: str) -> list[str]:
    found = search.find(question)
    assert found is not None
    return [Practice.objects.get(pk=one).live.title for one in found]


def test_a_title_comes_before_a_need_and_a_need_before_the_text():
    practice(title="Text", need="Something else", done="marmalade " * 50)
    practice(title="Need", need="There is no marmalade", done="Nothing")
    practice(title="Marmalade", need="Something else", done="Nothing")
    assert names("marmalade") == ["Marmalade", "Need", "Text"]


@pytest.mark.parametrize(
    "question",
    ["retrieval", "RETRIEVAL", "retr", "retrieva", "question", "questions door", "door question",
     "a question at the door", "forgotten", "forget", "réTRIEVAL", "memory", "mathematics al"],
)  # fmt: skip
def test_words_are_found_begun_bent_and_in_any_order(question):
    practice()
    assert names(question) == ["Questions at the door"]


def test_all_words_must_be_there():
    practice()
    assert names("door elephant") == []
    assert names("qu door") == []  # only the last word may be begun


def test_accents_do_not_matter_on_either_side():
    practice(title="Élan à l'école")
    for question in ("elan", "élan", "ecole", "ÉCOLE"):
        assert names(question) == ["Élan à l'école"]


@pytest.mark.parametrize("question", HOSTILE)
def test_no_question_makes_the_search_fail(question):
    practice()
    assert search.find(question) is None or isinstance(search.find(question), list)


def test_a_question_without_a_word_is_no_question():
    assert search.find(" ?! ") is None
    assert search.asked_words("how to") == ["how", "to"]
    assert search.asked_words("how to question") == ["question"]


def test_drafts_and_archived_practices_are_not_found_and_a_change_is_found_at_once():
    draft()
    assert names("door") == []
    made = practice()
    assert names("door") == ["Questions at the door"]
    made.live.title = "Exit tickets"
    made.save()
    assert "door" not in made.live.need
    made.archived = made.shared
    made.save()
    assert search.find("door") == search.find("exit") == []
    made.archived = None
    made.save()
    assert search.find("exit") == [made.pk]
    made.delete()
    assert search.find("exit") == []


def test_the_index_is_undone_with_the_rows():
    with transaction.atomic():
        practice()
        transaction.set_rollback(True)
    assert search.find("door") == []


def test_the_index_is_made_anew_from_the_rows():
    made = practice()
    draft()
    search.engine().clear()
    assert search.find("door") == []
    assert search.rebuild() == 1
    assert search.find("door") == [made.pk]
