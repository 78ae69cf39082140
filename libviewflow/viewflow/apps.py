"""App configuration of the kit: ``"viewflow"`` in ``INSTALLED_APPS`` is all that is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings as django_settings
from django.core import checks

from .conf import settings

__all__ = ["ViewflowConfig"]

MIDDLEWARE = (
    "viewflow.middleware.SiteMiddleware",
    "viewflow.middleware.HotwireTurboMiddleware",
)


class ViewflowConfig(AppConfig):
    """Adds the middleware, the static files of htmx and the system checks."""

    name = "viewflow"
    label = "viewflow_base"
    verbose_name = "Viewflow"
    default = True

    def ready(self) -> None:
        from .checks import check_icons

        checks.register(check_icons, checks.Tags.urls)
        if settings.AUTOREGISTER:
            register_middleware()
        publish_htmx()
        _ = settings.WIDGET_RENDERERS  # a wrong dotted path fails here, not in a page


def register_middleware() -> None:
    """Append what ``settings.MIDDLEWARE`` does not list yet."""
    present = django_settings.MIDDLEWARE
    missing = [name for name in MIDDLEWARE if name not in present]
    if missing:
        django_settings.MIDDLEWARE = [*present, *missing]


def publish_htmx() -> None:
    """Let ``collectstatic`` and ``runserver`` find ``django_htmx/htmx-4.min.js``.

    A project need not list ``django_htmx`` in ``INSTALLED_APPS``: its directory of static files
    is added to ``STATICFILES_DIRS`` under the name it would have as an app.
    """
    if apps.is_installed("django_htmx"):
        return
    import django_htmx

    directory = Path(django_htmx.__file__).parent / "static" / "django_htmx"
    entry = ("django_htmx", str(directory))
    listed: list[Any] = list(django_settings.STATICFILES_DIRS)
    if entry not in listed:
        django_settings.STATICFILES_DIRS = [*listed, entry]
