"""Pages of a background task: how it stands with its worker, and ordering it again."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from viewflow.workflow import STATUS

from ..labels import full_date, short_time
from .actions import ConfirmTaskView
from .detail import DetailTaskView

__all__ = ["DetailJobView", "RetryTaskView"]


class DetailJobView(DetailTaskView):
    """All about one background task, its attempts included."""

    template_filename = "celery_task_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["facts"] = [*context["facts"], *_work_facts(self.activation)]
        context["last_failure"] = _last_failure(self.activation.task)
        return context


def _work_facts(activation: Any) -> list[tuple[str, Any, str]]:
    """Return ``(label, value, title)`` about the work."""
    task, order, now = activation.task, activation.order, timezone.now()
    if order is None:
        return []
    facts: list[tuple[str, Any, str]] = []
    attempts = getattr(activation.flow_task, "attempts", 1)
    if attempts > 1:
        facts.append(
            (
                _("Attempt"),
                _("%(number)d of %(attempts)d") % {"number": order.attempt, "attempts": attempts},
                "",
            )
        )
    if task.status == STATUS.SCHEDULED and task.scheduled and task.scheduled > now:
        facts.append(
            (_("Next attempt"), short_time(task.scheduled, now), full_date(task.scheduled))
        )
    if order.lost:
        facts.append((_("Workers lost"), str(order.lost), ""))
    facts.append((_("Order"), order.key, ""))
    return facts


def _last_failure(task: Any) -> str:
    """Return why the attempt before this one failed; the failure of the task itself is elsewhere."""
    data = getattr(task, "data", None)
    failure = data.get("_exception") if isinstance(data, dict) else None
    if task.status == STATUS.ERROR or not isinstance(failure, dict):
        return ""
    return str(failure.get("title", ""))


class RetryTaskView(ConfirmTaskView):
    """Order the work of a failed task again."""

    template_filename = "task_retry.html"
    success_message = gettext_lazy("“{task}” is ordered again.")

    def act(self) -> None:
        self.activation.retry()
