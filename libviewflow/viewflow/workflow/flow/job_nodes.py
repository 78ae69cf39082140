"""Background work with its pages: the node people write in flows as ``flow.Job``."""

from __future__ import annotations

from typing import Any, cast

from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from viewflow.workflow import nodes as engine

from . import mixins
from .utils import View
from .views import job as views

__all__ = ["Job", "NodeRetryMixin"]


class NodeRetryMixin(mixins.NodePagesMixin):
    """Page ``retry`` of a task that failed."""

    retry_view_class: Any = views.RetryTaskView

    def can_retry(self, user: Any, task: Any) -> bool:
        """Whether ``user`` may order the work again."""
        return bool(self._possible("retry", user, task))  # type: ignore[attr-defined]

    def get_available_actions(self, activation: Any, user: Any) -> list[Any]:
        found = super().get_available_actions(activation, user)
        found += self._action(activation, user, "retry", _("Try again…"))
        return found

    @property
    def retry_view(self) -> View:
        return cast(View, self.retry_view_class.as_view())

    @property
    def retry_path(self) -> URLPattern | None:
        if not self.retry_view_class:
            return None
        return self.page_pattern("retry", self.retry_view, self.can_retry, "retry")


class Job(
    mixins.NodeDetailMixin,
    NodeRetryMixin,
    mixins.NodeCancelMixin,
    mixins.NodeUndoMixin,
    mixins.NodeReviveMixin,
    engine.Job,
):
    """Work that a background worker does: ``flow.Job(this.charge_card, attempts=3)``."""

    detail_view_class = views.DetailJobView
