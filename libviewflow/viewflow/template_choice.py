"""Which of several templates there is, remembered.

A page of a task looks for a dozen templates that a project may have and mostly has not. To find
out again each time takes 0.3 ms, and the exception of each one missed keeps the whole page in
memory until the garbage collector comes by. With ``DEBUG`` on nothing is remembered, so a template
that has just been added shows at once.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.template import TemplateDoesNotExist
from django.template.backends.django import Template, reraise
from django.template.context import make_context
from django.template.loader import select_template
from django.template.response import TemplateResponse

__all__ = ["ChosenTemplateResponse", "choose_template", "is_built_in"]

_BUILT_IN = str(Path(__file__).resolve().parent / "templates")


def choose_template(*names: str) -> Any:
    """Return the first template that exists; ``TemplateDoesNotExist`` where none does."""
    return select_template(names) if settings.DEBUG else _choose(names)


@lru_cache(maxsize=1024)
def _choose(names: tuple[str, ...]) -> Any:
    return select_template(names)


@lru_cache(maxsize=64)
def is_built_in(chosen: Any) -> bool:
    """Tell whether a chosen template is this package's own, not one that a project has put there."""
    return str(getattr(chosen, "origin", "")).startswith(_BUILT_IN)


@receiver(setting_changed)
def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting in {"TEMPLATES", "INSTALLED_APPS"}:
        _choose.cache_clear()
        is_built_in.cache_clear()


class ChosenTemplateResponse(TemplateResponse):
    """Remembers which of its template names there is, and leaves no work to the garbage collector.

    A context and the dictionaries pushed on it hold each other, and with them every row of the
    page. They are taken apart when the page is written.
    """

    def resolve_template(self, template: Any) -> Any:
        """Return the template of a name, of the first existing of several, or as given."""
        if isinstance(template, list | tuple) and self.using is None:
            return choose_template(*template)
        return super().resolve_template(template)

    @property
    def rendered_content(self) -> str:
        """The page, as Django's own response renders it."""
        template: Any = self.resolve_template(self.template_name)
        data = self.resolve_context(self.context_data)
        if type(template) is not Template:
            return template.render(data, self._request)  # type: ignore[no-any-return]
        context = make_context(data, self._request, autoescape=template.backend.engine.autoescape)
        try:
            page: str = template.template.render(context)
        except TemplateDoesNotExist as error:
            reraise(error, template.backend)
        context.dicts.clear()  # not after an error, whose report shows it
        return page
