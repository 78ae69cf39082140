"""The flow as a file: SVG for people and pages, BPMN for modelling tools."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views import generic

from viewflow.workflow import chart

from ..keys import check_pk
from ..utils import find_process
from .mixins import FlowAccessMixin

__all__ = ["FlowChartView"]


class FlowChartView(FlowAccessMixin, generic.View):
    """The drawing of a flow, or of one process with the state of each step.

    ``?format=bpmn`` gives BPMN 2.0 XML as an attachment.
    """

    def has_access(self, user: Any) -> bool:
        instance = self.get_flow_class().instance
        if instance.has_view_permission(user):
            return True
        process = self.get_process()
        return process is not None and bool(instance.has_view_permission(user, process))

    def get_process(self) -> Any:
        """Return the process of the URL, ``None`` for the flow itself; ``Http404`` if it is gone."""
        pk = self.kwargs.get("process_pk")
        if pk is None:
            return None
        if "_process" not in self.__dict__:
            check_pk(pk)
            flow_class = self.get_flow_class()
            self._process = find_process(flow_class, pk)
            if self._process is None:
                raise Http404
        return self._process

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        flow_class = self.get_flow_class()
        process = self.get_process()
        grid = chart.calc_layout_data(flow_class)
        if request.GET.get("format") == "bpmn":
            response = HttpResponse(chart.grid_to_bpmn(grid), content_type="application/xml")
            name = flow_class.instance.flow_label.replace("/", "_")
            response["Content-Disposition"] = f'attachment; filename="{name}.bpmn"'
            return response
        if process is not None:
            chart.calc_cell_status(flow_class, grid, process.pk)
        response = HttpResponse(chart.grid_to_svg(grid), content_type="image/svg+xml")
        if process is None:
            patch_cache_control(response, private=True, max_age=3600)
        else:
            response["Cache-Control"] = "no-cache"
        return response
