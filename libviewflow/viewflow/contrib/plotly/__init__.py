"""Dash applications as pages of a site, with its login, its permissions and its look.

Needs the extra ``libviewflow[plotly]``.
"""

from __future__ import annotations

try:
    import dash  # noqa: F401 - only to say clearly what is missing
except ImportError as error:
    raise ImportError(
        "viewflow.contrib.plotly needs Dash: pip install 'libviewflow[plotly]'."
    ) from error

from . import material
from .bridge import current_request
from .viewset import Dashboard, DashboardView

__all__ = ["Dashboard", "DashboardView", "current_request", "material"]
