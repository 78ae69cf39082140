"""A process's own pages: all about it, and cancelling it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views import generic

from viewflow.workflow import PROCESS, STATUS, FlowLockFailed, FlowRuntimeError
from viewflow.workflow.rows import read_rows
from viewflow.workflow.status import BOUNDARY

from ..keys import check_pk
from ..pages import ACTIVE, Step, process_page, process_tasks
from ..refusal import refuse_busy
from ..relatives import children_of_process
from ..story import title_of
from ..utils import find_process
from .mixins import FlowAccessMixin, ProcessViewTemplateNames

__all__ = ["CancelProcessView", "DetailProcessView"]


class _ProcessView(FlowAccessMixin, ProcessViewTemplateNames, generic.DetailView):  # type: ignore[misc]
    """A page of one process of this very flow."""

    template_name = None
    pk_url_kwarg = "process_pk"
    context_object_name = "process"

    def get_queryset(self) -> Any:
        flow_class = self.get_flow_class()
        return flow_class.process_class._default_manager.filter(flow_class=flow_class)

    def get_object(self, queryset: Any = None) -> Any:
        process = self.__dict__.get("object")
        if process is None:
            pk = self.kwargs[self.pk_url_kwarg]
            check_pk(pk)
            if queryset is None and type(self).get_queryset is _ProcessView.get_queryset:
                process = find_process(self.get_flow_class(), pk)
                if process is None:
                    raise Http404
            else:
                process = super().get_object(queryset)
            self.object = process
        return process

    def has_access(self, user: Any) -> bool:
        """Model-wide permission first; else the permission on this process."""
        instance = self.get_flow_class().instance
        if instance.has_view_permission(user):
            return True
        try:
            return bool(instance.has_view_permission(user, self.get_object()))
        except Http404:
            # What a person may not see does not exist for them either way; keep it indistinct.
            return False

    @cached_property
    def tasks(self) -> list[Any]:
        """All tasks of the process (the newest ones of a very long one), newest first."""
        return process_tasks(self.object, self.get_flow_class())

    @property
    def active_activations(self) -> list[Any]:
        """Activations of the tasks that are not finished, oldest first."""
        return [
            task.flow_task.activation_class(task)
            for task in reversed(self.tasks)
            if task.status in ACTIVE and task.flow_task is not None
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        flow_class = self.get_flow_class()
        return super().get_context_data(
            flow_class=flow_class,
            **process_page(self.request, flow_class, self.object, self.tasks),
            **kwargs,
        )


class DetailProcessView(_ProcessView):
    """State, data, map, story, and what this person may do with the process."""

    template_filename = "process_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, process = self.request.user, self.object
        instance = self.get_flow_class().instance
        manages = instance.has_manage_permission(user, process)
        if getattr(process, "parent_task_id", None):
            # With its process, in one query; most processes have no parent and need none.
            model = type(process)._meta.get_field("parent_task").related_model
            for task in read_rows(model, {"pk": process.parent_task_id}, ("process",)):
                process.parent_task = task
        children: Any = None
        if any(task.flow_task_type == "SUBPROCESS" for task in self.tasks):
            children = children_of_process(process, user)
        return super().get_context_data(
            actions=list(self._actions(instance, manages)),
            parent=parent_link(process),
            parent_process=parent_process_link(process),
            children=children,
            can_manage=manages,
            **kwargs,
        )

    def _actions(self, instance: Any, manages: bool) -> Any:
        process, user = self.object, self.request.user
        cancel_url = _url(process, "process_cancel")  # None where the project leaves it out
        for action in instance.get_available_process_actions(process, user) or ():
            url = getattr(action, "url", None)
            if url is None and getattr(action, "viewname", None):
                url = process.reverse(action.viewname)
            if url and url != cancel_url:
                yield Step(action.name, url, getattr(action, "icon", None) or "")
        yield from self._undo(manages)
        if process.status != PROCESS.NEW or cancel_url is None:
            return
        if not manages:
            yield Step(
                _("Cancel process"),
                icon="ban",
                danger=True,
                reason=_("Not possible: only for people who manage these processes."),
            )
            return
        started = next(
            (t for t in self.tasks if t.status == STATUS.STARTED and t.flow_task_type == "HUMAN"),
            None,
        )
        if started is not None:
            yield Step(
                _("Cancel process"),
                icon="ban",
                danger=True,
                reason=_("Not possible: “%s” has begun. Give it back or finish it first.")
                % title_of(started),
            )
        else:
            yield Step(_("Cancel process…"), cancel_url, icon="ban", danger=True)

    def _undo(self, manages: bool) -> Any:
        """The last finished task of a person, if it may be undone, or why not."""
        last = next(
            (
                t
                for t in self.tasks
                if t.status == STATUS.DONE
                and t.flow_task is not None
                and getattr(t.flow_task, "undo_view_class", None)
                and t.flow_task_type == "HUMAN"
            ),
            None,
        )
        if last is None or not manages or self.object.status != PROCESS.NEW:
            return
        name = _("Undo “%s”") % title_of(last)
        later = next(
            (
                t
                for t in self.tasks
                if t.status in ACTIVE and t.pk > last.pk and t.flow_task_type != BOUNDARY
            ),
            None,
        )
        if later is not None:
            reason = _("Not possible while “%s” is open. Cancel it first.") % title_of(later)
            yield Step(name, icon="rotate-ccw", reason=reason)
        else:
            yield Step(name, last.reverse("undo"), icon="rotate-ccw")


def parent_link(process: Any) -> tuple[str, str | None] | None:
    """Return text and URL of the task this process works for; the URL only if it is mounted."""
    task = _parent_task(process)
    return (title_of(task), _url(task, "detail")) if task is not None else None


def parent_process_link(process: Any) -> tuple[str, str | None] | None:
    """Return text and URL of the process this one works for; the URL only if it is mounted."""
    task = _parent_task(process)
    return (str(task.process), _url(task.process, "process_detail")) if task is not None else None


def _parent_task(process: Any) -> Any:
    return process.parent_task if getattr(process, "parent_task_id", None) else None


def _url(target: Any, page: str) -> str | None:
    try:
        return str(target.reverse(page))
    except (NoReverseMatch, AttributeError):
        return None


class CancelProcessView(_ProcessView):
    """Asks, then cancels the process and all that is open in it. For managers."""

    template_filename = "process_cancel.html"

    def has_access(self, user: Any) -> bool:
        instance = self.get_flow_class().instance
        if instance.has_manage_permission(user):
            return True
        try:
            return bool(instance.has_manage_permission(user, self.get_object()))
        except Http404:
            return False

    @cached_property
    def uncancellable_activations(self) -> list[Any]:
        """Open tasks that cannot be cancelled in their present state."""
        return [
            activation
            for activation in self.active_activations
            if not hasattr(activation, "cancel") or not activation.cancel.can_proceed()
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stuck = self.uncancellable_activations
        return super().get_context_data(
            can_cancel=self.object.status == PROCESS.NEW and not stuck,
            uncancellable_activations=stuck,
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        process = self.get_object()
        if "_cancel_process" not in request.POST:
            return self.get(request, *args, **kwargs)
        flow_class = self.get_flow_class()
        try:
            flow_class.instance.cancel(process)
        except FlowLockFailed:
            return refuse_busy(request, _OfFlow(flow_class))
        except FlowRuntimeError as error:
            messages.error(request, str(error), fail_silently=True)
        else:
            messages.success(
                request,
                _("%(process)s is cancelled.") % {"process": process},
                fail_silently=True,
            )
        return HttpResponseRedirect(process.reverse("process_detail"))


class _OfFlow:
    """What ``refuse_busy`` needs to know when no node is concerned."""

    def __init__(self, flow_class: Any) -> None:
        self.flow_class = flow_class
