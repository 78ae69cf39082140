"""The page of a node, called without a browser: its guards hold and its form is filled in."""

from __future__ import annotations

import inspect
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.generic import View
from django.views.generic.edit import BaseCreateView
from rest_framework.exceptions import APIException, MethodNotAllowed, PermissionDenied, Throttled
from rest_framework.exceptions import ValidationError as InvalidData

from viewflow.workflow.flow.views.mixins import TaskViewMixin
from viewflow.workflow.status import STATUS

from .answers import Busy, Conflict, NoForm
from .data import form_data
from .fields import serializer_of, shown_values

__all__ = ["NodePage", "body_class_of"]

#: What ``as_view`` returns, with nothing wrapped around it.
_PLAIN = View.as_view().__code__  # type: ignore[attr-defined]


class _Reached:
    """Lets a view that is no task view be reached as one."""

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)  # type: ignore[misc]
        take = getattr(request, "take_view", None)
        if take is not None:
            take(self)


def _view_class(view: Any) -> Any:
    found = getattr(view, "view_class", None)
    if found is None or not hasattr(found, "get_form_class") or inspect.iscoroutinefunction(view):
        raise NoForm
    return found


def _reachable(view: Any) -> Any:
    """The view with all that is wrapped around it. Raises ``NoForm`` where it cannot be reached."""
    view_class = _view_class(view)
    order = view_class.__mro__
    if TaskViewMixin in order and order.index(TaskViewMixin) < order.index(View):
        return view
    if getattr(view, "__code__", None) is not _PLAIN:
        raise NoForm  # what is around it would be lost
    made = type(view_class.__name__, (_Reached, view_class), {"__module__": view_class.__module__})
    return View.as_view.__func__(made, **view.view_initkwargs)  # type: ignore[attr-defined]


def _unfilled(view: Any) -> Any:
    """The view's form before anything is filled in, of what the view itself offers."""
    request = view.request
    method, request.method = request.method, "GET"
    try:
        if hasattr(view, "get_object"):
            view.object = None if isinstance(view, BaseCreateView) else view.get_object()
        return view.get_form()
    finally:
        request.method = method


def body_class_of(node: Any, request: Any, activation: Any, name: str) -> Any:
    """The serializer of what a node's page can be sent, without a person, for the schema."""
    view_class = _view_class(node.execute_view)
    request.activation = activation
    view = view_class(**node.execute_view.view_initkwargs)
    view.setup(request)
    own = getattr(view, "serializer_class", None)
    return own or serializer_of(_unfilled(view), name)


class _Accepted:
    """What a serializer has accepted, in place of a form."""

    errors: dict[str, Any] = {}

    def __init__(self, serializer: Any) -> None:
        self.serializer, self.instance = serializer, serializer.instance
        self.cleaned_data = serializer.validated_data

    def is_valid(self) -> bool:
        return True


class NodePage:
    """
    The page of a node for one request to the API.

    The view runs as for a browser, with the decorators around it, its ``dispatch``, ``get`` or
    ``post``, ``get_form`` and ``form_valid``: what would be refused there is refused here. Only
    what it would draw is left out. ``kwargs`` are those of the page's address.
    """

    def __init__(self, node: Any, request: Any, activation: Any, context: Any, kwargs: Any) -> None:
        self.call = _reachable(node.execute_view)
        self.request, self.activation = request, activation
        self.context, self.kwargs = context, kwargs
        self.view: Any = None
        self.accepted = False
        self.sent: Any = None
        self.found: dict[str, Any] | None = None

    def values(self) -> dict[str, Any]:
        """What the fields hold now."""
        response = self._run()
        if self.found is None:
            raise _refusal(response)
        return self.found

    def submit(self, sent: Any, files: Any) -> None:
        """Check, save and execute. Raises ``InvalidData``, and what the page refuses with."""
        self.sent, self.files = sent, files
        response = self._run()
        if self.view is None or response.status_code >= 400:
            raise _refusal(response)
        if self.activation.task.status not in {STATUS.DONE, STATUS.ERROR}:
            if self.accepted:
                raise Conflict(_("The step was not completed."))
            raise _refusal(response)

    def _run(self) -> Any:
        request = self.request
        request.activation, request.take_view = self.activation, self._take
        # How the person has signed in has been checked, also where no cookie is involved.
        request.csrf_processing_done = True
        try:
            return self.call(request, **self.kwargs)
        finally:
            del request.take_view

    def _take(self, view: Any) -> None:
        """Called by the view, once it knows its request: nothing of it is to be drawn."""
        if not hasattr(view, "get_form"):
            return
        self.view = view
        # Where a page leads next is nothing to an API, and the flow may have no pages.
        view.get_success_url = lambda *args, **kwargs: "/"
        view.get_context_data = lambda **kwargs: kwargs
        view.render_to_response = self._shown
        if not hasattr(view, "post"):
            return
        post, form_valid = view.post, view.form_valid

        def filled_post(*args: Any, **kwargs: Any) -> Any:
            self._fill(view)
            return post(*args, **kwargs)

        def checked_valid(form: Any) -> Any:
            self.accepted = True
            response = form_valid(form)
            if form.errors:  # found by the view, after the form
                raise InvalidData(_errors(form))
            return response

        view.post, view.form_valid, view.form_invalid = filled_post, checked_valid, _invalid

    def _shown(self, context: Any = None, **kwargs: Any) -> HttpResponse:
        form = context.get("form") if isinstance(context, dict) else None
        if self.request.method == "POST":
            if getattr(form, "errors", None):
                raise InvalidData(_errors(form))
            return HttpResponse()
        own = getattr(self.view, "serializer_class", None)
        if own:
            self.found = dict(own(self.activation.process, context=self.context).data)
        else:
            self.found = shown_values(_unfilled(self.view))
        return HttpResponse()

    def _fill(self, view: Any) -> None:
        """Put what was sent where the view looks for it."""
        own = getattr(view, "serializer_class", None)
        if own:
            serializer = own(self.activation.process, data=self.sent, context=self.context)
            serializer.is_valid(raise_exception=True)
            view.get_form = lambda *args, **kwargs: _Accepted(serializer)
            view.form_valid = self._save
            return
        form = _unfilled(view)
        checked = serializer_of(form, "Values")(data=self.sent, context=self.context)
        checked.is_valid(raise_exception=True)
        self.request._post = form_data(form, checked.validated_data, self.sent, self.files)
        self.request._files = self.files

    def _save(self, accepted: Any) -> HttpResponse:
        self.accepted = True
        accepted.serializer.save()
        self.activation.execute()
        return HttpResponse()


def _invalid(form: Any) -> Any:
    raise InvalidData(_errors(form))


def _errors(form: Any) -> dict[str, Any]:
    return {
        "non_field_errors" if name == "__all__" else name: [str(text) for text in errors]
        for name, errors in form.errors.items()
    }


def _refusal(response: Any) -> Exception:
    """The answer of the API where the page has sent the person elsewhere, or refused."""
    code = response.status_code
    if code == 404:
        return Http404()
    if code == 405:
        return MethodNotAllowed("POST")
    if code == 429:
        return Throttled()
    if code == 503:
        return Busy()
    if code >= 500:
        return APIException()
    return NoForm() if code < 300 else PermissionDenied()
