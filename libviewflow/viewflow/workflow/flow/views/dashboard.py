"""The dashboard of a flow: figures, the map as a heat map, and a board by step."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views import generic

from viewflow.drawing.svg import icon_of
from viewflow.icons import lucide
from viewflow.workflow import PROCESS, STATUS

from ..brief import process_line
from ..figures import (
    PERIODS,
    Lane,
    finished_processes,
    flow_figures,
    open_tasks,
    since,
)
from ..keys import sample_key
from ..labels import avatar, short_age
from ..pages import crumbs, flow_title
from ..story import HUMAN, failure_title
from ..tally import amount, count_work
from ..urls_of import TaskUrls
from .mixins import FlowAccessMixin, ProcessViewTemplateNames

__all__ = ["DashboardView"]


@dataclass(slots=True)
class Ticket:
    """One task on the board."""

    url: str
    title: Any
    note: Any
    avatar: SafeString
    age: str
    failed: bool


@dataclass(slots=True)
class Column:
    """One lane of the board."""

    node: Any
    title: Any
    icon: SafeString
    count: int
    oldest: str
    tickets: list[Ticket]
    more: int
    url: str
    #: ``count`` and ``more`` as people read them: "5,000+" where nobody counts on.
    amount: str
    rest: str


class DashboardView(FlowAccessMixin, ProcessViewTemplateNames, generic.TemplateView):  # type: ignore[misc]
    """What is open in a flow, where it waits and for how long; ``?period=1|7|30`` days of figures."""

    template_name = None
    template_filename = "process_dashboard.html"

    #: Rows of one column of the board, and of the finished processes.
    MAX_ROWS = 26

    #: Task types that get a column of their own even while nothing is open there.
    COLUMN_TYPES = ("HUMAN", "JOB", "SUBPROCESS")

    #: Further types whose open tasks are counted on the map and shown when they wait.
    WAITING_TYPES = (*COLUMN_TYPES, "FUNCTION", "EVENT", "TIMER", "CONDITION")

    def refuse(self) -> HttpResponseBase:
        """Say 403 with a way to the person's own work, where the application has such pages."""
        app = getattr(self.request.resolver_match, "app", None)
        if getattr(app, "inbox_path", None) is None:
            return super().refuse()
        context = {
            "inbox_url": app.reverse("inbox"),
            "flow_class": self.get_flow_class(),
            "breadcrumbs": [(flow_title(self.request, self.get_flow_class()), None)],
        }
        template = "viewflow/workflow/flow_refused.html"
        return TemplateResponse(self.request, template, context, status=403)

    def get_period(self) -> int:
        """Return the days that the figures are about."""
        wanted = self.request.GET.get("period", "")
        return int(wanted) if wanted in {str(days) for days in PERIODS} else PERIODS[0]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        flow_class = self.get_flow_class()
        instance, now, days = flow_class.instance, timezone.now(), self.get_period()
        counts = count_work(flow_class, since(days, now))
        lanes = open_tasks(flow_class, self.WAITING_TYPES, self.MAX_ROWS, counts)
        figures = flow_figures(flow_class, days, now, counts)
        start_nodes = flow_class.get_start_nodes(self.request.user)
        title = flow_title(self.request, flow_class)
        return super().get_context_data(
            title=title,
            subtitle=self._summary(figures, lanes, instance),
            flow_class=flow_class,
            breadcrumbs=crumbs(self.request, flow_class, (_("Dashboard"), None)),
            start_nodes=start_nodes,
            start_actions=[
                (str(node.task_title or _("Start")), url)
                for node in start_nodes
                if (url := _reverse(instance, f"{node.name}:execute"))
            ],
            end_nodes=[node for node in instance.nodes() if node.task_type == "END"],
            columns=self._columns(instance, lanes, now),
            finished=self._finished(flow_class, now),
            figures=self._figures(figures, lanes, now),
            periods=[
                (str(n), _("Today") if n == 1 else ngettext("%d day", "%d days", n) % n, n == days)
                for n in PERIODS
            ],
            map=flow_picture_heat(flow_class, lanes, now),
            process_list_url=_reverse(instance, "process_list"),
            task_list_url=_reverse(instance, "task_list"),
            **kwargs,
        )

    def _summary(self, figures: Any, lanes: dict[str, Lane], instance: Any) -> str:
        if not figures.open:
            return _("Nothing is open.")
        text = ngettext("%d open.", "%d open.", figures.open).replace("%d", amount(figures.open))
        busiest = max(lanes.items(), key=lambda item: item[1].count, default=None)
        if busiest is not None and busiest[1].count > 1:
            name = busiest[0]
            title = node_title(instance.node(name), name) if name else _("Removed steps")
            text += " " + _("Most wait at “%s”.") % title
        return text

    def _columns(self, instance: Any, lanes: dict[str, Lane], now: Any) -> list[Column]:
        found = []
        base = _reverse(instance, "task_list") or ""
        nodes = {node.name: node for node in instance.nodes()}
        names = [
            n for n, node in nodes.items() if node.task_type in self.COLUMN_TYPES or n in lanes
        ]
        names += [n for n in lanes if n not in nodes]
        urls = TaskUrls()
        for name in names:
            node, lane = nodes.get(name), lanes.get(name) or Lane()
            shown = len(lane.tasks)
            found.append(
                Column(
                    node,
                    node_title(node, name) if node else _("Removed steps"),
                    lucide(_node_icon(node)),
                    lane.count,
                    _("oldest %s") % short_age(lane.oldest, now) if lane.oldest else "",
                    [_ticket(task, now, urls) for task in lane.tasks],
                    lane.count - shown,
                    f"{base}?flow_task={name}" if base and node else base,
                    amount(lane.count),
                    amount(lane.count, shown),
                )
            )
        return found

    def _finished(self, flow_class: Any, now: Any) -> list[dict[str, Any]]:
        """The processes that ended last, for the last column of the board."""
        rows = finished_processes(flow_class, self.MAX_ROWS)
        prefix, suffix = url_around(flow_class.instance, "process_detail")
        return [
            {
                "process": process,
                "url": f"{prefix}{process.pk}{suffix}" if prefix else "",
                "title": process_line(process) or process,
                "note": f"#{process.pk}",
                "age": short_age(process.finished, now),
                "cancelled": process.status == PROCESS.CANCELED,
            }
            for process in rows
        ]

    def _figures(self, figures: Any, lanes: dict[str, Lane], now: Any) -> list[dict[str, Any]]:
        failed = sum(lane.failed for lane in lanes.values())
        oldest = min((lane.oldest for lane in lanes.values() if lane.oldest), default=None)
        value, unit = _amount(figures.cycle)
        return [
            {
                "label": pgettext("number of processes", "Open"),
                "value": amount(figures.open),
                "note": _("oldest step %s") % short_age(oldest, now) if oldest else "",
            },
            {
                "label": _("Finished"),
                "value": amount(figures.finished),
                "note": ngettext("%d cancelled", "%d cancelled", figures.cancelled).replace(
                    "%d", amount(figures.cancelled)
                )
                if figures.cancelled
                else "",
                "spark": sparkline(figures.per_slice),
            },
            {
                "label": _("Cycle time, median"),
                "value": value,
                "unit": unit,
                "note": "" if figures.cycle is not None else _("nothing finished yet"),
                "spark": sparkline(figures.cycle_per_slice) if figures.cycle else "",
            },
            {
                "label": _("Failed steps"),
                "value": failed,
                "tone": "bad" if failed else "",
                "note": _("need a look") if failed else _("all well"),
            },
        ]


def node_title(node: Any, name: str) -> str:
    """Return how a node is called on a page."""
    title = getattr(node, "task_title", "") if node is not None else ""
    return str(title or name.replace("_", " ").capitalize())


def _node_icon(node: Any) -> str:
    kind = node.task_type if node is not None else ""
    if kind in HUMAN:
        return "user-round"
    known = {"JOB": "cog", "FUNCTION": "cog", "SUBPROCESS": "workflow", "TIMER": "clock"}
    return known.get(kind) or (node is not None and icon_of(node)) or "circle-dashed"


def _ticket(task: Any, now: datetime.datetime, urls: TaskUrls) -> Ticket:
    failed = task.status == STATUS.ERROR
    process = task.process
    url = urls.page(task, "index") or ""
    error = failure_title(task) if failed else ""
    line, name = process_line(process), f"#{process.pk}"
    return Ticket(
        url,
        line or process,
        error or (name if line else ""),
        avatar(task.owner if task.owner_id else None),
        short_age(task.created, now),
        failed,
    )


def _amount(delta: datetime.timedelta | None) -> tuple[str, str]:
    if delta is None:
        return "—", ""
    number, _space, unit = short_age(timezone.now() - delta, timezone.now()).partition(" ")
    return number, unit


def _reverse(target: Any, viewname: str) -> str | None:
    try:
        return str(target.reverse(viewname))
    except NoReverseMatch:
        return None


def url_around(instance: Any, viewname: str) -> tuple[str, str]:
    """Return what stands before and after the process's number in a URL; reversed once a page."""
    nobody = sample_key(type(instance).process_class, 0)
    try:
        url = str(instance.reverse(viewname, kwargs={"process_pk": nobody}))
    except NoReverseMatch:
        return "", ""
    prefix, _key, suffix = url.rpartition(f"/{nobody}/")
    return f"{prefix}/", f"/{suffix}"


def flow_picture_heat(flow_class: Any, lanes: dict[str, Lane], now: Any) -> SafeString:
    """Return the map with open counts; the hotter, the more waits there compared to the rest."""
    from viewflow.workflow.chart import NodeState, flow_map

    most = max((lane.count for lane in lanes.values()), default=0)
    base = _reverse(flow_class.instance, "task_list")
    states = {
        name: NodeState(
            status="error" if lane.failed else f"heat{max(1, -(-4 * lane.count // most))}",
            caption=_("oldest %s") % short_age(lane.oldest, now),
            count=amount(lane.count),
            href=f"{base}?flow_task={name}" if base else None,
        )
        for name, lane in lanes.items()
        if name
    }
    return flow_map(flow_class, states, label=_("Where the work is"))


def sparkline(values: list[float]) -> SafeString:
    """Return a small line chart; the same is said in words beside it, so it is hidden."""
    if len(values) < 2 or not any(values):
        return SafeString("")
    top, step = max(values), 88 / (len(values) - 1)
    points = [(round(i * step, 1), round(26 - 24 * v / top, 1)) for i, v in enumerate(values)]
    line = " ".join(f"{x},{y}" for x, y in points)
    x, y = points[-1]
    return SafeString(
        '<svg class="spark" viewBox="0 0 88 28" aria-hidden="true" focusable="false">'
        f'<polygon class="area" points="0,28 {line} 88,28"/><polyline points="{line}"/>'
        f'<circle cx="{x}" cy="{y}" r="2"/></svg>'
    )
