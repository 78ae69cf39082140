"""Wrappers that put a view behind a node: find the task, check the person, take the lock.

A reading request takes no lock and writes nothing. A writing request takes the lock of the
process, opens the transaction inside it, reads the task again and only then asks whether the
step is still allowed; the lock outlives the commit.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db import router
from django.http import Http404, HttpRequest, HttpResponseBase

from viewflow.fsm import TransitionNotAllowed
from viewflow.visitor import recall_person
from viewflow.workflow import FlowLockFailed
from viewflow.workflow.executor import current_step, unit_of_work
from viewflow.workflow.rows import read_rows

from .keys import check_pk
from .refusal import refuse_busy, refuse_step, refuse_transition

__all__ = ["find_process", "get_task_or_404", "wrap_start_view", "wrap_task_view"]

View = Callable[..., HttpResponseBase]

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def find_process(flow_class: Any, process_pk: Any) -> Any | None:
    """Return the process of this very flow and number, or ``None``."""
    found = read_rows(flow_class.process_class, {"pk": process_pk, "flow_class": flow_class})
    return found[0] if found else None


def get_task_or_404(node: Any, process_pk: Any, task_pk: int) -> Any:
    """Return the task of exactly this node, process and number; ``Http404`` otherwise.

    The process is compared as well: its number in the URL decides which lock is taken.
    """
    check_pk(process_pk, task_pk)
    flow_class = node.flow_class
    rows = read_rows(
        flow_class.task_class, {"pk": task_pk, "process_id": process_pk}, ("process", "owner")
    )
    task = rows[0] if rows else None
    found = task.flow_task if task is not None else None
    if found is None or found.flow_class is not flow_class:
        raise Http404
    # Tasks of removed nodes are served under the flow's one obsolete node.
    removed = found.task_type == node.task_type == "OBSOLETE"
    if found.name != node.name and not removed:
        raise Http404
    return task


def _discard(process: Any) -> None:
    step = current_step(router.db_for_write(type(process), instance=process))
    if step is not None:
        step.unwatch(process)


def wrap_task_view(
    node: Any,
    view: View,
    permission: Callable[[Any, Any], bool] | None = None,
    transition: str | None = None,
) -> View:
    """Serve ``view`` for one task of ``node`` with ``request.activation`` set.

    ``permission(user, task)`` decides who may come in; ``None`` asks ``node.can_view``.
    ``transition`` names the activation's transition that the page is for: when the task's state
    does not allow it, the person gets a page that says so instead of the view, so the view never
    runs in vain. Anonymous people are sent to the login page.
    """

    @functools.wraps(view)
    def wrapper(
        request: HttpRequest, process_pk: Any, task_pk: int, **kwargs: Any
    ) -> HttpResponseBase:
        recall_person(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())

        def run() -> HttpResponseBase:
            task = get_task_or_404(node, process_pk, task_pk)
            activation = node.activation_class(task)
            allowed = (permission or node.can_view)(request.user, task)
            possible = transition is None or getattr(activation, transition).can_proceed()
            if not allowed:
                return refuse_step(request, node, task, transition)
            if not possible:
                return refuse_transition(request, node, task, transition)
            request.activation = activation  # type: ignore[attr-defined]
            before = activation.task.status
            response = view(request, process_pk=process_pk, task_pk=task_pk, **kwargs)
            if activation.task.status == before and not 300 <= response.status_code < 400:
                # The page is shown again. The form has put what was right into the process.
                _discard(activation.process)
            return response

        if request.method in _SAFE_METHODS:
            return run()
        check_pk(process_pk, task_pk)
        try:
            with node.flow_class.lock(process_pk):
                return run()
        except TransitionNotAllowed:
            task = get_task_or_404(node, process_pk, task_pk)
            return refuse_transition(request, node, task, transition)
        except FlowLockFailed:
            return refuse_busy(request, node)
        except ObjectDoesNotExist as error:
            if isinstance(error, node.flow_class.process_class.DoesNotExist):
                raise Http404 from error
            raise

    return wrapper


def wrap_start_view(node: Any, view: View) -> View:
    """Serve ``view`` as the page that starts a process, with an unsaved ``request.activation``.

    Nothing is written before the view executes the activation; what it writes is one transaction.
    People without the right are refused; anonymous people are sent to the login page.
    """

    @functools.wraps(view)
    def wrapper(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        recall_person(request)
        if not node.can_execute(request.user):
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            raise PermissionDenied
        activation = node.activation_class.create(node, None, None)
        request.activation = activation  # type: ignore[attr-defined]
        if request.method in _SAFE_METHODS:
            activation.start(request)
            return view(request, **kwargs)
        with unit_of_work(router.db_for_write(node.flow_class.process_class)):
            activation.start(request)
            return view(request, **kwargs)

    return wrapper
