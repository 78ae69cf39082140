"""A person's own lists: inbox (mine to do), queue (free to take), archive (done by me)."""

from __future__ import annotations

from html import escape
from typing import Any

from django.db import connections
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from viewflow.descriptors import viewprop
from viewflow.views import Action
from viewflow.views.paging import BoundedPaginator
from viewflow.workflow import STATUS

from ..brief import as_html, process_line, task_line
from ..counts import WorkCounts
from ..labels import status_mark
from ..pages import flow_home
from ..story import HUMAN
from . import filters
from .listing import TaskListView, with_processes
from .mixins import StoreRequestPathMixin
from .standing import StandingListMixin

__all__ = [
    "FlowArchiveListView",
    "FlowInboxListView",
    "FlowQueueListView",
    "WorkflowArchiveListView",
    "WorkflowInboxListView",
    "WorkflowQueueListView",
]


class _WorkListView(StandingListMixin, StoreRequestPathMixin, TaskListView):
    """Rows that say what to do and for whom.

    A project that names ``columns`` of its own gets a table with these columns instead.
    """

    flow_class: Any = None
    flow_classes: Any = None
    #: Name of the list among a person's work: ``inbox``, ``queue`` or ``archive``.
    work: str = ""

    @cached_property
    def listed_flows(self) -> list[Any]:
        if self.flow_classes:
            return list(self.flow_classes)
        if self.flow_class is not None:
            return [self.flow_class]
        return list(self.viewset.flow_classes())

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        # A person's own work is open to everybody who is signed in; other people's tasks are not
        # in these lists by their very definition.
        return bool(user.is_authenticated)

    @cached_property
    def counts(self) -> WorkCounts:
        owner = self.viewset if self.viewset is not None else self
        if self.viewset is None or not hasattr(self.viewset, "flow_classes"):
            return WorkCounts(self.request.user, self.listed_flows)
        return WorkCounts.of(self.request, owner)

    @viewprop
    def queryset(self) -> QuerySet[Any]:
        user, flows = self.request.user, self.listed_flows
        rows = getattr(self.task_model._default_manager, self.work)(flows, user)
        self._whole_list = with_processes(rows, flows)
        return self._whole_list

    @property
    def as_rows(self) -> bool:
        """Rows, unless a project asked for columns."""
        defaults = [
            vars(cls).get("columns") for cls in type(self).__mro__ if cls.__module__ == __name__
        ]
        return any(self.columns is columns for columns in defaults if columns is not None)

    def get_paginator(self, queryset: Any, per_page: int, **kwargs: Any) -> Any:
        paginator = super().get_paginator(queryset, per_page, **kwargs)
        if self.work != "archive" and not self._narrowed:
            # The menu prints this very number: one statement for both.
            number, exact = self.counts.numbers[self.work], self.counts.is_exact(self.work)
            if isinstance(paginator, BoundedPaginator):
                paginator.know(number, exact=exact)
            elif exact:
                paginator.count = number
        return paginator

    @property
    def _narrowed(self) -> bool:
        if self.get_search_term():
            return True
        given = self.request.GET
        return any(given.get(name) for name in self.get_filter_names())

    def known_nodes(self, queryset: QuerySet[Any]) -> list[Any] | None:
        """Return the nodes of the list without a query; ``None`` where they are not known.

        The numbers of the menu are counted by node. They say nothing about a list that a project
        has narrowed, nor about the archive.
        """
        if self.work == "archive" or queryset is not getattr(self, "_whole_list", None):
            return None
        return self.waiting_nodes()

    def waiting_nodes(self) -> list[Any]:
        if not self.counts.is_exact(self.work):
            # Not all were counted: any step of a person may be among them.
            return [
                node
                for flow in self.listed_flows
                for node in flow.instance.nodes()
                if node.task_type in HUMAN
            ]
        tasks = self.counts.tasks
        field, connection = tasks.model._meta.get_field("flow_task"), connections[tasks.db]
        found = self.counts.by_node[self.work]
        return [field.from_db_value(reference, None, connection) for reference in found]

    def get_title(self) -> str:
        return str(self.title)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        flows = self.listed_flows
        flow = flows[0] if len(flows) == 1 else None
        title = self.get_title()
        return super().get_context_data(
            title=title,
            flow_class=flow,
            as_rows=self.as_rows,
            breadcrumbs=self._crumbs(flow, title),
            other=self._other_list(),
            **kwargs,
        )

    def _crumbs(self, flow: Any, title: str) -> list[tuple[Any, str | None]]:
        app = getattr(self.request.resolver_match, "app", None)
        head = getattr(app, "title", None) or (flow.process_title if flow else _("Work"))
        url = flow_home(self.request, flow) if flow else None
        return [(head, url), (title, None)]

    def _other_list(self) -> dict[str, Any] | None:
        other, has_page = self.get_other_list(), getattr(self.viewset, "has_page", None)
        if other is None or (has_page is not None and not has_page(f"{other['viewname']}_path")):
            return None
        return other

    def get_other_list(self) -> dict[str, Any] | None:
        """Return where an empty list can send people instead."""
        return None

    def get_template_names(self) -> list[str]:
        if self.template_name:
            return [self.template_name]
        names = [f"viewflow/workflow/{self.template_filename}"]
        if self.flow_class is not None:
            flow = self.flow_class.instance
            names.insert(0, f"{flow.app_label}/{flow.flow_label}/{self.template_filename}")
        return names

    def get_page_data(self, page: Any) -> list[Any]:
        if not self.as_rows:
            return super().get_page_data(page)
        select = escape(_("Select")) if self.offered_bulk_actions else ""
        several = len(self.listed_flows) > 1
        return [self._row(task, select, several) for task in page]

    def _row(self, task: Any, select: str, several: bool) -> SafeString:
        title, url = as_html(task_line(task)), self.get_object_url(task)
        process = task.process
        if process.flow_class is None:
            name = _("Process #%s") % process.pk
        else:
            name = str(process) if several else f"#{process.pk}"
        line = process_line(process)
        meta = f"<span>{as_html(line)}</span>" if line else ""
        pick = (
            f'<label class="row-check"><input type="checkbox" name="pk" value="{task.pk}" '
            f'form="list-bulk"><span class="visually-hidden">{select}: {title}</span></label>'
            if select
            else ""
        )
        head = (
            f'<a class="row-title" href="{escape(url)}">{title}</a>'
            if url
            else f'<span class="row-title">{title}</span>'
        )
        return SafeString(
            f'<li class="row">{pick}{head}<p class="row-meta">{meta}<span>{escape(name)}</span></p>'
            f'<div class="row-side">{self.side(task)}</div>{self.age(self.waits_since(task))}</li>'
        )

    def side(self, task: Any) -> str:
        """Return what stands at the side of a row: only what is an exception."""
        if task.status == STATUS.STARTED:
            return status_mark(task.status)
        return ""

    def waits_since(self, task: Any) -> Any:
        """Return the moment that a row's age counts from."""
        return task.created


_WorkListView.known_view = _WorkListView


class _InboxListView(_WorkListView):
    work = "inbox"
    title = gettext_lazy("Inbox")
    ordering = ("created",)
    filterset_class = filters.InboxFilter
    empty_icon = "inbox"
    empty_title = gettext_lazy("All done, nothing is waiting for you")

    @property
    def empty_text(self) -> str:  # type: ignore[override]
        waiting = self.counts.numbers["queue"]
        if not waiting:
            return _("New tasks appear here as soon as somebody hands them to you.")
        return (
            ngettext(
                "%d task is free for anyone to take.",
                "%d tasks are free for anyone to take.",
                waiting,
            )
            % waiting
        )

    def get_other_list(self) -> dict[str, Any] | None:
        if not self.counts.numbers["queue"]:
            return None
        return {"viewname": "queue", "name": _("Take one from the queue"), "icon": "layers"}

    @property
    def bulk_actions(self) -> list[Action]:  # type: ignore[override]
        if not hasattr(self.viewset, "tasks_unassign_view_class"):
            return []
        return [Action(_("Give back"), viewname="tasks_unassign", icon="undo-2")]


class _QueueListView(_WorkListView):
    work = "queue"
    title = gettext_lazy("Queue")
    ordering = ("created",)
    filterset_class = filters.QueueFilter
    empty_icon = "layers"
    empty_title = gettext_lazy("Nothing is free to take")
    empty_text = gettext_lazy("Tasks that anyone may take appear here.")

    def get_other_list(self) -> dict[str, Any] | None:
        return {"viewname": "inbox", "name": _("Open the inbox"), "icon": "inbox"}

    @property
    def bulk_actions(self) -> list[Action]:  # type: ignore[override]
        if not hasattr(self.viewset, "tasks_assign_view_class"):
            return []
        return [Action(_("Take"), viewname="tasks_assign", icon="hand")]


class _ArchiveListView(_WorkListView):
    work = "archive"
    title = gettext_lazy("Archive")
    ordering = ("-created",)
    filterset_class = filters.ArchiveFilter
    empty_icon = "archive"
    empty_title = gettext_lazy("Nothing finished yet")
    empty_text = gettext_lazy("Tasks that you have finished stay here to be read.")

    def get_other_list(self) -> dict[str, Any] | None:
        return {"viewname": "inbox", "name": _("Open the inbox"), "icon": "inbox"}

    def waits_since(self, task: Any) -> Any:
        return task.finished or task.created


class FlowInboxListView(_InboxListView):
    """The inbox of one flow."""

    columns = ("task_id", "task_title", "brief", "created")


class FlowQueueListView(_QueueListView):
    """The queue of one flow."""

    columns = ("task_id", "task_title", "brief", "created")


class FlowArchiveListView(_ArchiveListView):
    """The archive of one flow."""

    columns = ("task_id", "brief", "created", "finished", "process_summary")


class WorkflowInboxListView(_InboxListView):
    """The inbox of several flows."""

    template_filename = "workflow_tasks_list.html"
    columns = ("task_id", "flow_task", "brief", "process_brief", "created")


class WorkflowQueueListView(_QueueListView):
    """The queue of several flows."""

    template_filename = "workflow_tasks_list.html"
    columns = ("task_id", "process_brief", "flow_task", "brief", "created")


class WorkflowArchiveListView(_ArchiveListView):
    """The archive of several flows."""

    template_filename = "workflow_tasks_list.html"
    columns = ("task_id", "flow_task", "brief", "process_brief", "created", "finished")
