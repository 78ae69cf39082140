"""
Which ``registration/…`` template an account page uses.

The names are Django's own, so a project overrides a page as it would with plain Django: a file
of that name in its ``DIRS`` or in an app. But ``django.contrib.admin`` and ``django.contrib.auth``
ship files of the same names, made to look like the admin, and both usually stand before
``viewflow`` in ``INSTALLED_APPS``. Here Django's files therefore come last: the first template of
the name that Django itself does not ship wins, whatever the order of the apps.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.template import Origin, TemplateDoesNotExist, engines
from django.template.backends.django import DjangoTemplates, Template
from django.template.loader import get_template

__all__ = ["OwnTemplateMixin", "find_template"]

_SHIPPED_BY_DJANGO = str(Path(django.__file__).parent / "contrib") + "/"


def find_template(name: str) -> Any:
    """
    The template of this name, Django's own files coming last.

    Raises ``TemplateDoesNotExist`` as Django's ``get_template()`` does. The outcome is kept, except
    with ``DEBUG`` on, where a template that has just been added shows at once.
    """
    return _find(name) if settings.DEBUG else _kept(name)


@lru_cache(maxsize=64)
def _kept(name: str) -> Any:
    return _find(name)


@receiver(setting_changed)
def _forget(*, setting: str, **kwargs: Any) -> None:
    if setting in {"TEMPLATES", "INSTALLED_APPS"}:
        _kept.cache_clear()


def _find(name: str) -> Any:
    for backend in engines.all():
        if not isinstance(backend, DjangoTemplates):
            continue
        skip: list[Origin] = []
        while True:
            try:
                template, origin = backend.engine.find_template(name, skip=skip)
            except TemplateDoesNotExist:
                break
            if not str(origin.name).replace("\\", "/").startswith(_SHIPPED_BY_DJANGO):
                return Template(template, backend)
            skip.append(origin)
    return get_template(name)


class OwnTemplateMixin:
    """Mixin of a template view: ``template_name`` is found by :func:`find_template`."""

    def get_template_names(self) -> Any:
        names = super().get_template_names()  # type: ignore[misc]
        return find_template(names[0]) if len(names) == 1 else names
