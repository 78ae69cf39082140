"""Sign-in with another account, where the project has installed django-allauth."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.apps import apps
from django.http import HttpRequest

__all__ = ["Provider", "get_allauth_providers"]


class Provider(NamedTuple):
    """One way to sign in: its name and where to go."""

    name: str
    url: str


def get_allauth_providers(request: HttpRequest | None = None, next_url: str = "") -> list[Provider]:
    """The providers set up in django-allauth; none when it is not installed."""
    if not apps.is_installed("allauth.socialaccount"):
        return []
    from allauth.socialaccount.adapter import get_adapter

    query: dict[str, Any] = {"process": "login"}
    if next_url:
        query["next"] = next_url
    return [
        Provider(
            provider.app.name if getattr(provider, "app", None) else provider.name,
            provider.get_login_url(request, **query),
        )
        for provider in get_adapter(request).list_providers(request)
    ]
