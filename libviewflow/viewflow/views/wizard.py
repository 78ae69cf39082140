"""What a wizard of django-formtools needs to be one of our pages."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http.response import HttpResponseBase

from ..forms.options import AnswersOptions, AnswersSuggestions

__all__ = ["WizardPageMixin"]


class WizardPageMixin(AnswersSuggestions, AnswersOptions):
    """
    For a ``WizardView``, before it among the bases: a heading, a breadcrumb, and steps that
    keep what was typed when somebody goes back before a step is complete.

    ``title`` is the heading; ``get_breadcrumbs()`` may put pages before it. Who may come in is
    the business of other mixins, such as Django's ``LoginRequiredMixin``. All steps are validated
    once more before ``done()`` is called.
    """

    title: Any = ""
    request: Any
    storage: Any
    steps: Any

    def get_title(self) -> Any:
        """The heading of all steps."""
        return self.title

    def get_breadcrumbs(self) -> list[tuple[Any, str | None]]:
        """Names and addresses of the pages above, and this one; empty for those of the site."""
        title = self.get_title()
        return [(title, None)] if title else []

    def get_context_data(self, form: Any, **kwargs: Any) -> dict[str, Any]:
        more = {"title": self.get_title(), "breadcrumbs": self.get_breadcrumbs(), **kwargs}
        more.setdefault("layout", getattr(form, "layout", None))
        context: dict[str, Any] = super().get_context_data(form=form, **more)  # type: ignore[misc]
        return context

    def post(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        sent = self.request.POST
        here = self.steps.current
        named = sent.get(f"{self.prefix}-current_step")  # type: ignore[attr-defined]
        if named is not None and named not in self.steps.all:
            raise SuspiciousOperation(f"The wizard has no step {named!r}.")
        if sent.get("wizard_goto_step") in self.steps.all and named == here:
            self.storage.set_step_data(here, sent)
        response: HttpResponseBase = super().post(*args, **kwargs)  # type: ignore[misc]
        return response
