"""How every form looks: label, hint, error, field, in that order."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class FormLook(TemplatesSetting):
    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
