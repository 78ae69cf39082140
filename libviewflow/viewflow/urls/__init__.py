"""Viewsets, applications and sites: class-based URL configuration."""

from __future__ import annotations

from .application import Application, AppMenuMixin
from .base import BaseViewset, Route, Viewset, ViewsetMeta, route
from .index import IndexViewMixin
from .resolver import current_site, current_viewset_reverse
from .site import Site

__all__ = [
    "BaseViewset",
    "IndexViewMixin",
    "Viewset",
    "ViewsetMeta",
    "route",
    "Route",
    "AppMenuMixin",
    "Application",
    "Site",
    "current_site",
    "current_viewset_reverse",
]
