"""The sign-in page is the same for everybody, until somebody types.

It is also the page that strangers may ask for as often as they like. So what was made for one of
them is kept and given to the next, with a CSRF token of their own: for each language, theme and
site, and only while nothing on the page could differ. A page with messages, with ``?next=``, of a
project's own template, form or view is made anew each time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.messages import get_messages
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template import Template
from django.template.loader import get_template
from django.urls import get_resolver
from django.utils.translation import get_language

from viewflow.shell import Shell

from .forms import AuthenticationForm

__all__ = ["sign_in_page"]

_OURS = str(Path(__file__).resolve().parents[2] / "templates")
_PARTS = (
    "viewflow/base.html",
    "viewflow/base_lockscreen.html",
    "viewflow/includes/snackbar.html",
    "viewflow/includes/viewflow_css.html",
    "viewflow/includes/viewflow_js.html",
)
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_MOST = 64
_pages: dict[Any, list[str]] = {}


def sign_in_page(view: Any, request: HttpRequest, make: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the page that ``make()`` gives, or the same one made before."""
    template = view.get_template_names()
    if not _is_plain(view, request, template):
        return make()
    shell = Shell({"request": request})
    key = (
        template,
        get_language(),
        shell.html_attrs,
        shell.brand_key,
        shell.theme_key,
        shell.assets_key,
        # The addresses on the page hang on both.
        get_resolver(getattr(request, "urlconf", None)),
        request.META.get("SCRIPT_NAME", ""),
    )
    parts = _pages.get(key)
    if parts is not None:
        return HttpResponse(get_token(request).join(parts))
    response: Any = make()
    html = response.render().content.decode()
    tokens = set(_TOKEN.findall(html))
    if len(tokens) == 1:
        if len(_pages) >= _MOST:
            _pages.clear()
        _pages[key] = html.split(tokens.pop())
    return response  # type: ignore[no-any-return]


def _is_plain(view: Any, request: HttpRequest, template: Any) -> bool:
    return (
        not settings.DEBUG
        and not request.GET
        and view.get_form_class() is AuthenticationForm
        # Nothing that ``as_view()`` was given.
        and vars(view).keys() <= {"request", "args", "kwargs", "head"}
        and not apps.is_installed("allauth.socialaccount")
        # Somebody watches what is rendered: the test client does.
        and vars(Template)["_render"].__module__ == "django.template.base"
        and _is_ours(template)
        and not len(get_messages(request))
    )


@lru_cache(maxsize=16)
def _is_ours(template: Any) -> bool:
    """Is everything that the page is made of the template of this package?"""
    found = [template, *map(get_template, _PARTS)]
    return all(str(getattr(one, "origin", "")).startswith(_OURS) for one in found)


@receiver(setting_changed)
def _forget(**kwargs: Any) -> None:
    _pages.clear()
    _is_ours.cache_clear()
