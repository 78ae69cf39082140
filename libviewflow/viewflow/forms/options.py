"""
Questions of a form's page to its own address, by HTTP ``OPTIONS``.

``X-Request-Autocomplete: field=<name>&query=<words>`` asks for suggestions, and
``X-Request-Select-Options: field=<name>&query=<parent value>`` for the choices of a dependent
select. They go to the view that shows the form, so its permission checks, its object and the
querysets of its form hold for the answers as well.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from django.forms.formsets import BaseFormSet
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.generic.detail import SingleObjectMixin
from django.views.generic.edit import BaseCreateView

from .composite import CompositeField
from .dependent import dependent_choices
from .remote import get_ajax_suggestions

__all__ = ["FormAjaxCompleteMixin", "FormDependentSelectMixin", "locate"]


def locate(form: Any, html_name: str) -> tuple[Any, str] | None:
    """The form, this or one nested in it, and its field that a control of that name belongs to."""
    if isinstance(form, BaseFormSet):
        return _in_lines(form, html_name)
    for name, field in form.fields.items():
        if not isinstance(field, CompositeField):
            if form.add_prefix(name) == html_name:
                return form, name
        elif html_name.startswith(f"{form.add_prefix(f'{field.widget.kind}-{name}')}-"):  # type: ignore[attr-defined]
            return locate(form[name].nested, html_name)
    return None


def _in_lines(formset: BaseFormSet[Any], html_name: str) -> tuple[Any, str] | None:
    head = f"{formset.prefix}-"
    number, dash, rest = html_name.removeprefix(head).partition("-")
    if not html_name.startswith(head) or not dash:
        return None
    if number.isascii() and number.isdigit() and len(number) < 6:
        if int(number) < len(formset.forms):
            return locate(formset.forms[int(number)], html_name)
    elif number != "__prefix__":
        return None
    # A line that only the browser has yet is like the empty one.
    return locate(formset.empty_form, f"{head}__prefix__-{rest}")


class _OptionsMixin:
    request: HttpRequest

    def get_options_form(self) -> Any:
        """The form of the page, as it is shown before anything is filled in."""
        if isinstance(self, SingleObjectMixin):
            self.object = None if isinstance(self, BaseCreateView) else self.get_object()
        return self.get_form()  # type: ignore[attr-defined]

    def _answer(self, question: str, kind: str) -> JsonResponse:
        asked = dict(parse_qsl(question, keep_blank_values=True, max_num_fields=10))
        if "field" not in asked or "query" not in asked:
            raise ValueError("Say field=…&query=….")
        found = locate(self.get_options_form(), asked["field"])
        if found is None:
            raise ValueError("There is no such field.")
        form, name = found
        if kind == "suggestions":
            return JsonResponse({kind: get_ajax_suggestions(form.fields[name], asked["query"])})
        return JsonResponse({kind: dependent_choices(form, name, asked["query"])})

    def _ask(self, header: str, kind: str) -> JsonResponse | None:
        question = self.request.headers.get(header)
        if question is None:
            return None
        try:
            response = self._answer(question, kind)
        except ValueError as error:
            response = JsonResponse({"error": str(error)}, status=400)
        response["Cache-Control"] = "no-store"
        return response


class AnswersSuggestions(_OptionsMixin):
    """A view whose form has an ``AjaxModelSelect`` or ``AjaxMultipleModelSelect``."""

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = self._ask("X-Request-Autocomplete", "suggestions")
        return super().options(request, *args, **kwargs) if answer is None else answer  # type: ignore[misc]


class AnswersOptions(_OptionsMixin):
    """A view whose form has a ``DependentModelSelect``."""

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = self._ask("X-Request-Select-Options", "data")
        return super().options(request, *args, **kwargs) if answer is None else answer  # type: ignore[misc]


# The views of the library have the classes above among their bases, and not these: so a project
# may put the names that it knows before any view, also where they are not needed.


class FormAjaxCompleteMixin(AnswersSuggestions):
    """Mixin of a view whose form has an ``AjaxModelSelect`` or ``AjaxMultipleModelSelect``."""


class FormDependentSelectMixin(AnswersOptions):
    """Mixin of a view whose form has a ``DependentModelSelect``."""
