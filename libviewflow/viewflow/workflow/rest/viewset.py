"""``FlowRestViewset``: the URLs of a flow's API."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, path

from viewflow.urls import Viewset
from viewflow.workflow.flow.keys import key_route

from .execute import ExecuteView, StartView
from .lists import ProcessListView, TaskListView
from .steps import (
    ChartView,
    ProcessCancelView,
    ProcessChartView,
    ProcessView,
    TaskStepView,
    TaskView,
)

__all__ = ["FlowRestViewset"]

_TAKEN = {"chart", "process", "task"}


class FlowRestViewset(Viewset):
    """``path("api/pizza/", FlowRestViewset(PizzaFlow).urls)``, or part of a ``Site``.

    ``task/`` and ``process/`` list, ``task/<pk>/assign/`` and its like change, ``<start>/`` starts a
    process, ``<node>/<pk>/execute/`` completes a task, ``chart/`` draws. Each view class can be
    replaced. A start node cannot be called chart, process or task: ``ImproperlyConfigured``.
    """

    flow_class: Any = None

    task_list_view_class: Any = TaskListView
    task_view_class: Any = TaskView
    task_step_view_class: Any = TaskStepView
    process_list_view_class: Any = ProcessListView
    process_view_class: Any = ProcessView
    process_cancel_view_class: Any = ProcessCancelView
    chart_view_class: Any = ChartView
    process_chart_view_class: Any = ProcessChartView
    start_view_class: Any = StartView
    execute_view_class: Any = ExecuteView

    def __init__(self, flow_class: Any = None, **initkwargs: Any) -> None:
        super().__init__(**initkwargs)
        if flow_class is not None:
            self.flow_class = flow_class
        if self.flow_class is None:
            raise ValueError(f"{type(self).__name__} needs a flow: {type(self).__name__}(MyFlow).")
        if self.app_name is None:
            self.app_name = f"{self.flow_class.app_name}_api"

    def _view(self, name: str, **kwargs: Any) -> Any:
        view_class = getattr(self, f"{name}_view_class")
        return view_class.as_view(flow_class=self.flow_class, **kwargs)

    def _page(self, name: str, route: str) -> list[URLPattern]:
        if getattr(self, f"{name}_view_class") is None:
            return []
        return [path(route, self._view(name), name=name)]

    def _get_urls(self) -> list[Any]:
        process = f"process/{key_route(self.flow_class.process_class, 'pk')}/"
        return [
            *super()._get_urls(),
            *self._page("task_list", "task/"),
            *self._page("task", "task/<int:pk>/"),
            *self._page("task_step", "task/<int:pk>/<slug:step>/"),
            *self._page("process_list", "process/"),
            *self._page("process", process),
            *self._page("process_cancel", f"{process}cancel/"),
            *self._page("process_chart", f"{process}chart/"),
            *self._page("chart", "chart/"),
            *self._node_urls(),
        ]

    def _node_urls(self) -> list[URLPattern]:
        found = []
        for node in self.flow_class.instance.nodes():
            if not hasattr(node, "execute_view"):
                continue
            if node.task_type == "HUMAN_START":
                if node.name in _TAKEN:
                    raise ImproperlyConfigured(
                        f"{node} cannot be started through the API under this name: "
                        f"{node.name}/ is where the API has something else."
                    )
                if self.start_view_class is not None:
                    view = self._view("start", node=node)
                    found.append(path(f"{node.name}/", view, name=f"{node.name}_start"))
            elif node.task_type == "HUMAN" and self.execute_view_class is not None:
                view = self._view("execute", node=node)
                route = f"{node.name}/<int:pk>/execute/"
                found.append(path(route, view, name=f"{node.name}_execute"))
        return found
