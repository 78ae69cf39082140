"""Dashboards: figures and charts made of querysets, drawn on the server."""

from __future__ import annotations

from .panels import BarChart, Figure, LineChart, Panel
from .viewset import Dashboard, DashboardView

__all__ = ["BarChart", "Dashboard", "DashboardView", "Figure", "LineChart", "Panel"]
