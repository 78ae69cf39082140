"""Which of several templates there is, remembered.

A page of a task looks for a dozen templates that a project may have and mostly has not; to find
out again each time takes 0.3 ms. With ``DEBUG`` on nothing is remembered, so a template that has
just been added shows at once.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.template.loader import select_template
from django.template.response import TemplateResponse

__all__ = ["ChosenTemplateResponse", "choose_template", "is_built_in"]

_BUILT_IN = str(Path(__file__).resolve().parents[1] / "templates")


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
    """Remembers which of its template names there is."""

    def resolve_template(self, template: Any) -> Any:
        """Return the template of a name, of the first existing of several, or as given."""
        if isinstance(template, list | tuple) and self.using is None:
            return choose_template(*template)
        return super().resolve_template(template)
