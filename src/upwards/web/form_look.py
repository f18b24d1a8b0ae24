"""How every form looks: label, hint, error, field, in that order."""

from __future__ import annotations

from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

SELECT = "django/forms/widgets/select.html"


class FormLook(TemplatesSetting):
    """Our templates; a list of choices is written in one piece.

    Django includes two templates for each choice, which a list of all schools would make felt.
    """

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if template_name != SELECT:
            return super().render(template_name, context, request)
        about = {**context, "options": _options(context["widget"]["optgroups"])}
        return super().render("forms/select.html", about, request)


def _options(groups: list[tuple[str | None, list[dict[str, Any]], int]]) -> SafeString:
    found = []
    for heading, options, _ in groups:
        written = "\n".join(map(_option, options))
        found.append(
            f'<optgroup label="{conditional_escape(heading)}">{written}</optgroup>' if heading else written
        )
    return mark_safe("\n".join(found))


def _option(option: dict[str, Any]) -> str:
    value, label = conditional_escape(str(option["value"])), conditional_escape(option["label"])
    return f'<option value="{value}"{" selected" if option["selected"] else ""}>{label}</option>'
