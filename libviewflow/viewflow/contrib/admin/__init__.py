"""Django's admin as an application of a site.

List ``"viewflow.contrib.admin"`` in ``INSTALLED_APPS`` before ``"django.contrib.admin"`` to have the
admin's pages lead back to the site.
"""

from __future__ import annotations

from typing import Any

__all__ = ["Admin"]


def __getattr__(name: str) -> Any:
    # As an app it is imported before there are models, which viewsets need.
    if name == "Admin":
        from .viewset import Admin

        return Admin
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
