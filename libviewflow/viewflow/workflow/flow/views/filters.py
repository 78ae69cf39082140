"""Filters of the lists. Choices of a person's lists are what is in them, nothing else."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from django_filters.fields import DateRangeField

from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.fields import get_task_ref

from ..story import HUMAN

__all__ = [
    "ArchiveFilter",
    "DashboardProcessFilter",
    "DashboardTaskFilter",
    "InboxFilter",
    "QueueFilter",
]


def node_title(node: Any) -> str:
    """Return how a node is called in a list of choices."""
    return str(node.task_title or node.name.replace("_", " ").capitalize())


class DateRangeFilter(django_filters.DateFromToRangeFilter):
    """From one day to another, both included."""

    field_class = DateRangeField


class ProcessFilter(django_filters.NumberFilter):
    """The number of a process; numbers that no row can have find nothing."""

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if value in (None, ""):
            return qs
        if value != int(value) or not 0 < value < 2**63:
            return qs.none()
        return qs.filter(process_id=int(value))


class NodeFilter(django_filters.ChoiceFilter):
    """A step of a flow; several flows are told apart by their titles."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Step"))
        kwargs.setdefault("empty_label", gettext_lazy("All steps"))
        super().__init__(choices=(), **kwargs)

    @property
    def field(self) -> Any:
        """The form field, with the steps of this very list as choices."""
        if not hasattr(self, "_field"):
            filterset = self.parent
            # A plain function: forms copy their fields deeply, and the request cannot be copied.
            self.extra["choices"] = lambda: filterset.get_node_choices()
        return super().field

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        if not value:
            return qs
        refs = self.parent.node_refs(value)
        return qs.filter(flow_task__in=refs) if refs else qs.none()


class _TaskFilterSet(django_filters.FilterSet):
    """Knows the steps that it offers."""

    #: Offer only steps that occur in the list (one query) or every step of the flows.
    present_only = True

    @property
    def flow_classes(self) -> list[Any]:
        return list(getattr(self.request.viewflow_list, "listed_flows", ()))

    def get_nodes(self) -> list[Any]:
        """Return the nodes that can be chosen."""
        if not self.present_only:
            return [
                node
                for flow in self.flow_classes
                for node in flow.instance.nodes()
                if self.wanted(node)
            ]
        nodes = [node for node in self._present() if node is not None]
        # A bookmarked filter stays a filter also while nothing is there.
        wanted = (self.data or {}).get("flow_task")
        known = {get_task_ref(node) for node in nodes}
        asked = [
            node
            for flow in self.flow_classes
            for node in flow.instance.nodes()
            if wanted in (node.name, get_task_ref(node)) and get_task_ref(node) not in known
        ]
        return [*nodes, *asked] if wanted else nodes

    def _present(self) -> Any:
        """The nodes that occur in the list: counted for the menu already, or asked for."""
        known = getattr(self.request.viewflow_list, "known_nodes", None)
        found = known(self.queryset) if known is not None else None
        if found is not None:
            return found
        return self.queryset.order_by().values_list("flow_task", flat=True).distinct()

    def wanted(self, node: Any) -> bool:
        return node.task_type in HUMAN

    def get_node_choices(self) -> list[tuple[str, str]]:
        """Return name and title of each node; the title says the flow where there are several."""
        nodes = self.__dict__.get("_nodes")
        if nodes is None:
            nodes = self._nodes = self.get_nodes()
        if len({node.flow_class for node in nodes}) < 2 and len(self.flow_classes) < 2:
            return [(node.name, node_title(node)) for node in nodes]
        return [
            (get_task_ref(node), f"{node.flow_class.process_title}: {node_title(node)}")
            for node in nodes
        ]

    def node_refs(self, value: str) -> list[str]:
        """Return the references that a value of the URL stands for: a node's name or reference."""
        return [
            get_task_ref(node)
            for flow in self.flow_classes
            for node in flow.instance.nodes()
            if value in (node.name, get_task_ref(node))
        ]


class InboxFilter(_TaskFilterSet):
    """Inbox: step, process, day."""

    flow_task = NodeFilter()
    process = ProcessFilter(label=gettext_lazy("Process number"))
    created = DateRangeFilter(label=gettext_lazy("Created"))


class QueueFilter(InboxFilter):
    """Queue: as the inbox."""


class ArchiveFilter(_TaskFilterSet):
    """Archive: step, created, finished."""

    # The archive is the one list of a person that grows for ever: what occurs in it is not
    # looked for, every step of a person can occur.
    present_only = False

    flow_task = NodeFilter()
    process = ProcessFilter(label=gettext_lazy("Process number"))
    created = DateRangeFilter(label=gettext_lazy("Created"))
    finished = DateRangeFilter(label=gettext_lazy("Finished"))


class DashboardTaskFilter(_TaskFilterSet):
    """Tasks of a flow: step, status, created, finished."""

    present_only = False

    flow_task = NodeFilter()
    status = django_filters.MultipleChoiceFilter(
        choices=STATUS.choices, label=gettext_lazy("Status")
    )
    process = ProcessFilter(label=gettext_lazy("Process number"))
    created = DateRangeFilter(label=gettext_lazy("Created"))
    finished = DateRangeFilter(label=gettext_lazy("Finished"))

    def wanted(self, node: Any) -> bool:
        # Events on borders are named with their tasks, which is where people look for them.
        return node.host is None


class DashboardProcessFilter(django_filters.FilterSet):
    """Processes of a flow: status, created, finished."""

    status = django_filters.MultipleChoiceFilter(
        choices=PROCESS.choices, label=gettext_lazy("Status")
    )
    created = DateRangeFilter(label=gettext_lazy("Created"))
    finished = DateRangeFilter(label=gettext_lazy("Finished"))
