"""System checks of the kit. Each has a code and a paragraph in ``docs/checks.md``."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.urls import get_resolver

from .icons import Icon, is_known

__all__ = ["check_icons"]


def check_icons(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """``viewflow.W101``: a mounted viewset names an icon that neither Lucide nor Material has."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    from .urls.resolver import walk_viewsets

    found: dict[str, Any] = {}
    for viewset in walk_viewsets(get_resolver()):
        icon = getattr(viewset, "icon", None)
        if isinstance(icon, Icon) and not is_known(icon.icon_name):
            found.setdefault(icon.icon_name, viewset)
    return [
        checks.Warning(
            f"The icon {name!r} of {viewset!r} is unknown; a neutral icon is shown.",
            hint="Use a name from https://lucide.dev/icons or a Material icon name.",
            obj=viewset,
            id="viewflow.W101",
        )
        for name, viewset in found.items()
    ]
