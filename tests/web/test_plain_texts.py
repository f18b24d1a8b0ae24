"""Every text that can be typed into a form is plain, and a text of nothing is missing."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest
from django import forms
from django.http import QueryDict

import upwards.web
from upwards.web.form_texts import PlainTexts, is_plain
from upwards.web.plain_text import plain_lines
from upwards.web.reviews.capitals import CAPITALS
from upwards.web.reviews.capitals_views import ReplyForm

TAKES_TEXT = re.compile(r"\b(CharField|EmailField|URLField|text_field)\b")
HOSTILE = "\u202eOne\x07\u200b two\x1b\ufeff"
NOTHING = "\u200b\u200d\ufeff\x00\u2060"


def _modules():
    for one in pkgutil.walk_packages(upwards.web.__path__, "upwards.web."):
        if one.name.endswith((".forms", "_views", ".views", ".filters", ".schools", ".record")):
            yield importlib.import_module(one.name)


def _forms():
    """Find every form of the application that takes a text, by its fields or by what it makes of them."""
    found = {
        one
        for module in _modules()
        for one in vars(module).values()
        if inspect.isclass(one) and issubclass(one, forms.BaseForm) and one.__module__ == module.__name__
    }
    shown = {one for one in found if one is not PlainTexts and _takes_text(one)}
    return sorted(shown, key=lambda one: f"{one.__module__}.{one.__qualname__}")


def _takes_text(form):
    known = any(is_plain(field) for field in form.base_fields.values())
    return known or TAKES_TEXT.search(inspect.getsource(form.__init__)) is not None


FORMS = _forms()


def _bare(form, data):
    """Make a form of its declared fields only, without the arguments that its page gives it."""
    made = form.__new__(form)
    parent = forms.BaseModelForm if issubclass(form, forms.BaseModelForm) else forms.BaseForm
    parent.__init__(made, data)
    return made


def test_the_walk_finds_the_forms():
    names = {one.__qualname__ for one in FORMS}
    assert {"CardForm", "PartnershipForm", "WishForm", "ActionForm", "AcceptForm", "SettingForm"} <= names
    assert len(FORMS) > 30


@pytest.mark.parametrize("form", FORMS, ids=lambda one: f"{one.__module__.split('.')[2]}-{one.__qualname__}")
def test_hidden_signs_are_gone_and_a_required_text_stays_required(form, db):
    assert issubclass(form, PlainTexts)
    texts = {name: field for name, field in form.base_fields.items() if is_plain(field)}
    kept = _bare(form, dict.fromkeys(texts, HOSTILE))._plain_data(dict.fromkeys(texts, HOSTILE))
    assert set(kept.values()) <= {"One two"}
    blank = _bare(form, {})._plain_data(dict.fromkeys(texts, NOTHING))
    for name, field in texts.items():
        if field.required:
            with pytest.raises(forms.ValidationError, match="required"):
                field.clean(blank[name])
        else:
            assert field.clean(blank[name]) == ""


class _Form(PlainTexts, forms.Form):
    title = forms.CharField(max_length=20)
    text = forms.CharField(widget=forms.Textarea, required=False)
    key = forms.CharField(widget=forms.HiddenInput, required=False)
    password = forms.CharField(strip=False, required=False)

    def clean_title(self):
        assert self.cleaned_data["title"] == "One two"
        return self.cleaned_data["title"]


def test_texts_are_plain_before_the_form_looks_at_them():
    sent = QueryDict(mutable=True)
    sent.update({"title": HOSTILE, "text": "a\r\n\u2028 b\x00\n\n", "key": "a  b", "password": " a  \u200bb"})
    form = _Form(sent)
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {
        "title": "One two", "text": "a\n\nb", "key": "a  b", "password": " a  \u200bb"
    }  # fmt: skip
    assert form["title"].value() == "One two"
    assert sent["title"] == HOSTILE


def test_a_title_of_signs_without_width_is_refused():
    assert _Form({"title": NOTHING}).errors == {"title": ["This field is required."]}


def test_fields_that_a_form_makes_itself_are_plain_too():
    form = ReplyForm({CAPITALS[0].key: HOSTILE})
    form.is_valid()
    assert form.cleaned_data[CAPITALS[0].key] == "One two"


def test_nothing_is_cut_from_a_long_text():
    assert plain_lines("x" * 7000) == "x" * 7000
