"""Viewsets, applications and sites: class-based URL configuration."""

from __future__ import annotations

from .application import Application, AppMenuMixin
from .base import BaseViewset, Route, Viewset, ViewsetMeta, route
from .index import IndexViewMixin
from .model import (
    BaseModelViewset,
    CreateViewMixin,
    DeleteViewMixin,
    DetailViewMixin,
    ListBulkActionsMixin,
    ModelViewset,
    ReadonlyModelViewset,
    UpdateViewMixin,
)
from .resolver import current_site, current_viewset_reverse
from .site import Site

__all__ = [
    "AppMenuMixin",
    "Application",
    "BaseModelViewset",
    "BaseViewset",
    "CreateViewMixin",
    "DeleteViewMixin",
    "DetailViewMixin",
    "IndexViewMixin",
    "ListBulkActionsMixin",
    "ModelViewset",
    "ReadonlyModelViewset",
    "Route",
    "Site",
    "UpdateViewMixin",
    "Viewset",
    "ViewsetMeta",
    "current_site",
    "current_viewset_reverse",
    "route",
]
