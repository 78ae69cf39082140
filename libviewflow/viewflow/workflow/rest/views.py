"""Views for the nodes of flows with an API: they are pages, and serializers may stand in for forms.

``rest.Start(rest.views.CreateProcessView.as_view(fields=["text"]))`` asks for the same on a page
and in the API. With ``serializer_class`` the API checks and saves with that serializer; it gets
the process as its instance.
"""

from __future__ import annotations

from typing import Any

from viewflow.workflow.flow import views as pages

from .schema import get_schema_view

__all__ = ["CreateProcessView", "UpdateProcessView", "get_schema_view"]


class CreateProcessView(pages.CreateProcessView):
    """Starts a process with the fields of a form, or of ``serializer_class``."""

    serializer_class: Any = None


class UpdateProcessView(pages.UpdateProcessView):
    """Completes a task with the fields of a form, or of ``serializer_class``."""

    serializer_class: Any = None
