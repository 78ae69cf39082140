"""Pages that ask before they change a task: take, give back, cancel, undo, open again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from django.views import generic

from viewflow.workflow import STATUS
from viewflow.workflow.context import Context

from ..navigation import back_url, next_page, with_back
from ..pages import task_page
from .mixins import TaskTemplates, TaskViewMixin

__all__ = [
    "AssignTaskView",
    "CancelTaskView",
    "ReviveTaskView",
    "UnassignTaskView",
    "UndoTaskView",
]


class ConfirmTaskView(TaskTemplates, TaskViewMixin, generic.TemplateView):  # type: ignore[misc]
    """GET asks, POST acts. Subclasses say what is done and where the person lands."""

    template_name = None
    success_message: Any = ""
    success_url: str | None = None

    def act(self) -> Any:
        """Do it; return the activation whose task the person should see next."""
        raise NotImplementedError

    def get_success_url(self, activation: Any) -> str:
        if self.success_url:
            return str(self.success_url)
        return str(activation.task.reverse("detail"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**task_page(self.request, self.activation), **kwargs)

    def get_message(self, activation: Any) -> tuple[int, Any]:
        """Return level and text of what is said afterwards; an empty text is not shown."""
        return messages.SUCCESS, self.success_message

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        activation = self.act() or self.activation
        level, text = self.get_message(activation)
        if text:
            messages.add_message(
                request,
                level,
                str(text).format(task=activation.task.title, process=activation.process),
                fail_silently=True,
            )
        return HttpResponseRedirect(self.get_success_url(activation))


class AssignTaskView(ConfirmTaskView):
    """Take a free task. Leads to the form, so that taking and doing are two clicks."""

    template_filename = "task_assign.html"

    def act(self) -> None:
        self.activation.assign(self.request.user)

    def get_success_url(self, activation: Any) -> str:
        if self.success_url:
            return str(self.success_url)
        task, node = activation.task, activation.flow_task
        back = self.request.GET.get("back")
        if node.can_execute(self.request.user, task):
            return with_back(task.reverse("execute"), back and back_url(self.request))
        return str(task.reverse("detail"))


class UnassignTaskView(ConfirmTaskView):
    """Give a task back to the queue."""

    template_filename = "task_unassign.html"
    success_message = _("“{task}” is back in the queue.")

    def act(self) -> None:
        self.activation.unassign()

    def get_success_url(self, activation: Any) -> str:
        return str(self.success_url) if self.success_url else next_page(self.request)


class CancelTaskView(ConfirmTaskView):
    """Cancel a task."""

    template_filename = "task_cancel.html"
    success_message = _("“{task}” is cancelled.")

    def act(self) -> None:
        self.activation.cancel()


class UndoTaskView(ConfirmTaskView):
    """Undo a finished task."""

    template_filename = "task_undo.html"
    success_message = _("“{task}” is undone.")

    def act(self) -> None:
        self.activation.undo()


class ReviveTaskView(ConfirmTaskView):
    """Open a cancelled or failed task again, as a new task; lands on the new one."""

    template_filename = "task_revive.html"
    success_message = _("“{task}” is open again.")

    def act(self) -> Any:
        # Whatever made the task fail may do so again. The cause is kept on the new task, where
        # it can be read, instead of ending this click in an error page.
        with Context(propagate_exception=False):
            return self.activation.revive()

    def get_message(self, activation: Any) -> tuple[int, Any]:
        if activation.task.status == STATUS.ERROR:
            return messages.ERROR, _("“{task}” has failed again.")
        return super().get_message(activation)
