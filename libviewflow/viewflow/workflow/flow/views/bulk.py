"""Take or give back many tasks at once, each under its own lock, with a result for each."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from viewflow.descriptors import viewprop
from viewflow.fsm import TransitionNotAllowed
from viewflow.views import BaseBulkActionView
from viewflow.workflow import FlowLockFailed
from viewflow.workflow.managers import of_flows

from ..brief import process_line, task_line
from ..labels import person_name
from ..urls_of import TaskUrls
from . import filters
from .listing import ProcessSearchMixin, TaskListView, with_processes

__all__ = ["BulkAssignTasksActionView", "BulkUnassignTasksActionView"]

#: More tasks than this are not changed by one click.
MAX_TASKS = 500


class _BulkTasksView(ProcessSearchMixin, BaseBulkActionView):
    """POST without ``_confirm`` asks; with it, each task is locked, checked and changed alone."""

    flow_class: Any = None
    flow_classes: Any = None
    work = ""
    title: Any = ""
    filterset_class: Any = filters.InboxFilter

    task_model = TaskListView.task_model

    @cached_property
    def listed_flows(self) -> list[Any]:
        if self.flow_classes:
            return list(self.flow_classes)
        if self.flow_class is not None:
            return [self.flow_class]
        return list(self.viewset.flow_classes())

    def get_filterset_kwargs(self) -> dict[str, Any]:
        self.request.viewflow_list = self  # type: ignore[attr-defined]
        return super().get_filterset_kwargs()

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        return bool(user.is_authenticated)

    @viewprop
    def model(self) -> Any:
        return self.task_model

    @viewprop
    def queryset(self) -> Any:
        rows = self.task_model._default_manager.filter(of_flows(self.listed_flows))
        return with_processes(rows, self.listed_flows).order_by("created", "pk")

    def get_queryset(self) -> Any:
        if not self.form.cleaned_data["select_all"]:
            # What was ticked is looked at row by row, also when somebody else was faster: the
            # person is told what became of each.
            return self.queryset.filter(pk__in=self.form.cleaned_data["pk"][:MAX_TASKS])
        lists = self.task_model._default_manager
        rows = getattr(lists, self.work)(self.listed_flows, self.request.user)
        rows = with_processes(rows, self.listed_flows).order_by("created", "pk")
        return self.search_queryset(self.filter_queryset(rows))[:MAX_TASKS]

    @property
    def objects_count(self) -> int | None:
        return len(self.object_list)

    def get_success_url(self) -> str:
        try:
            return str(self.viewset.reverse(self.work))
        except (NoReverseMatch, AttributeError):
            return "../"

    def allowed(self, task: Any) -> bool:
        """Return whether this person may do it with this task now."""
        raise NotImplementedError

    def act(self, activation: Any) -> None:
        """Do it with one task, under its lock."""
        raise NotImplementedError

    def done_message(self, count: int) -> str:
        """Return what is said about the tasks that were changed."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tasks = list(self.object_list)
        user = self.request.user
        allowed = [(task, self.allowed(task)) for task in tasks]
        return {
            "view": self,
            "title": self.title,
            "tasks": [self.row(task, "" if ok else self.reason(task)) for task, ok in allowed],
            "count": sum(ok for _task, ok in allowed),
            "breadcrumbs": [(getattr(self.viewset, "title", ""), None), (self.title, None)],
            "cancel_url": self.get_success_url(),
            "user_name": person_name(user),
            **kwargs,
        }

    def reason(self, task: Any) -> str:
        """Return why a task is left alone."""
        if task.owner_id and task.owner_id != self.request.user.pk:
            return _("%s has it") % person_name(task.owner)
        return _("not possible any more") if task.finished else _("not allowed")

    def row(self, task: Any, reason: str) -> dict[str, Any]:
        return {
            "pk": task.pk,
            "title": task_line(task),
            "line": process_line(task.process),
            "number": task.process_id,
            "reason": reason,
            "url": self.urls.page(task, "detail"),
        }

    @cached_property
    def urls(self) -> TaskUrls:
        return TaskUrls()

    def form_valid(self, form: Any) -> HttpResponse:
        results = [self.change(task) for task in list(self.object_list)]
        done = sum(1 for row in results if not row["reason"])
        failed = [row for row in results if row["reason"]]
        if done:
            messages.success(self.request, self.done_message(done), fail_silently=True)
        if not failed:
            return HttpResponseRedirect(self.get_success_url())
        return TemplateResponse(
            self.request,
            self.get_template_names(),
            {
                "view": self,
                "title": self.title,
                "results": results,
                "done": done,
                "failed": len(failed),
                "breadcrumbs": [(getattr(self.viewset, "title", ""), None), (self.title, None)],
                "cancel_url": self.get_success_url(),
            },
        )

    def change(self, task: Any) -> dict[str, Any]:
        """Change one task; return its row with the reason when it could not be changed."""
        try:
            with task.activation() as activation:
                if not self.allowed(activation.task):
                    return self.row(activation.task, self.reason(activation.task))
                self.act(activation)
        except TransitionNotAllowed:
            return self.row(task, _("not possible any more"))
        except FlowLockFailed:
            return self.row(task, _("someone else is working on it right now"))
        except type(task).DoesNotExist:
            return self.row(task, _("it is gone"))
        return self.row(task, "")


class BulkAssignTasksActionView(_BulkTasksView):
    """Take the selected tasks of the queue."""

    template_name = "viewflow/workflow/tasks_assign.html"
    work = "queue"
    title = gettext_lazy("Take tasks")

    def allowed(self, task: Any) -> bool:
        node = task.flow_task
        return bool(node is not None and node.can_assign(self.request.user, task))

    def act(self, activation: Any) -> None:
        activation.assign(self.request.user)

    def done_message(self, count: int) -> str:
        return ngettext("%d task is yours now.", "%d tasks are yours now.", count) % count


class BulkUnassignTasksActionView(_BulkTasksView):
    """Give the selected tasks of the inbox back."""

    template_name = "viewflow/workflow/tasks_unassign.html"
    work = "inbox"
    title = gettext_lazy("Give tasks back")

    def allowed(self, task: Any) -> bool:
        node = task.flow_task
        return bool(node is not None and node.can_unassign(self.request.user, task))

    def act(self, activation: Any) -> None:
        activation.unassign()

    def done_message(self, count: int) -> str:
        return (
            ngettext("%d task is back in the queue.", "%d tasks are back in the queue.", count)
            % count
        )
