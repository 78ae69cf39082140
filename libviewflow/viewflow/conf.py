"""``settings.VIEWFLOW``, read when a value is first needed and again when a test overrides it."""

from __future__ import annotations

from typing import Any

from django.core.signals import setting_changed
from django.utils.module_loading import import_string

__all__ = ["Settings", "settings"]


class Settings:
    """``AUTOREGISTER``: add our middleware to ``MIDDLEWARE``; true while the app is installed.

    ``WIDGET_RENDERERS``: ``{widget class: renderer class}`` made from dotted paths; it adds to
    the built-in renderers. ``JOB_RUNNER``: who carries orders of jobs to a worker.
    ``JOB_LEASE``: seconds after which a silent worker counts as killed. ``JOB_PATIENCE``: seconds
    after which a message that no worker took counts as lost. Keys unknown to this class are
    ignored; reading an unknown name raises ``AttributeError``.
    """

    NAMES = ("AUTOREGISTER", "JOB_LEASE", "JOB_PATIENCE", "JOB_RUNNER", "WIDGET_RENDERERS")

    def __getattr__(self, name: str) -> Any:
        if name not in self.NAMES:
            raise AttributeError(f"Invalid viewflow setting: {name!r}")
        value = self.__dict__[name] = getattr(self, f"_read_{name.lower()}")(_user_settings())
        return value

    def reload(self) -> None:
        """Forget what was read."""
        self.__dict__.clear()

    @staticmethod
    def _read_autoregister(given: dict[str, Any]) -> bool:
        from django.apps import apps

        return bool(given.get("AUTOREGISTER", apps.is_installed("viewflow")))

    @staticmethod
    def _read_job_lease(given: dict[str, Any]) -> float:
        return float(given.get("JOB_LEASE", 60))

    @staticmethod
    def _read_job_patience(given: dict[str, Any]) -> float:
        return float(given.get("JOB_PATIENCE", 60))

    @staticmethod
    def _read_job_runner(given: dict[str, Any]) -> Any:
        return given.get("JOB_RUNNER", "django_tasks")

    @staticmethod
    def _read_widget_renderers(given: dict[str, Any]) -> dict[type, type]:
        return {
            import_string(widget): import_string(renderer)
            for widget, renderer in given.get("WIDGET_RENDERERS", {}).items()
        }


def _user_settings() -> dict[str, Any]:
    from django.conf import settings as django_settings

    return getattr(django_settings, "VIEWFLOW", None) or {}


settings = Settings()


def _reload(*, setting: str, **kwargs: Any) -> None:
    if setting == "VIEWFLOW":
        settings.reload()


setting_changed.connect(_reload, dispatch_uid="viewflow.conf")
