"""A task's own pages: read it, or be led to where it can be done."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views import generic

from ..navigation import back_url, page_of_task, with_back
from ..pages import task_page
from .mixins import TaskTemplates, TaskViewMixin

__all__ = ["DetailTaskView", "IndexTaskView", "UserIndexTaskView"]


class DetailTaskView(TaskTemplates, TaskViewMixin, generic.TemplateView):  # type: ignore[misc]
    """All about one task: state, data, place on the map, history, what can be done with it."""

    template_name = None
    template_filename = "task_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**task_page(self.request, self.activation), **kwargs)


class IndexTaskView(TaskViewMixin, generic.View):
    """Leads to the detail page."""

    def get_page(self) -> str:
        """Return the URL to go to."""
        return str(self.activation.task.reverse("detail"))

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        back = request.GET.get("back")
        return HttpResponseRedirect(with_back(self.get_page(), back and back_url(request)))


class UserIndexTaskView(IndexTaskView):
    """Leads the owner to the form, whoever may take the task to the claim page, others to detail."""

    def get_page(self) -> str:
        return page_of_task(self.activation.task, self.request.user)
