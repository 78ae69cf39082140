"""Shared behaviour of workflow views: templates, messages, who may come in, where to go next."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.urls import NoReverseMatch
from django.utils.functional import cached_property
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from viewflow.template_choice import ChosenTemplateResponse
from viewflow.visitor import recall_person

from ..navigation import next_page

__all__ = [
    "FlowAccessMixin",
    "ProcessViewTemplateNames",
    "StoreRequestPathMixin",
    "SuccessMessage",
    "SuccessMessageMixin",
    "TaskSuccessUrl",
    "TaskSuccessUrlMixin",
    "TaskTemplates",
    "TaskViewMixin",
    "TaskViewTemplateNames",
]


class FlowAccessMixin:
    """A page about a whole flow: for people who may view the flow, wherever the view is mounted.

    ``flow_class`` is given to ``as_view`` or taken from ``viewset``.
    """

    flow_class: Any = None
    viewset: Any = None
    request: HttpRequest

    def get_flow_class(self) -> Any:
        flow_class = self.flow_class or getattr(self.viewset, "flow_class", None)
        if flow_class is None:
            raise ImproperlyConfigured(
                f"{type(self).__name__} needs to know its flow: {type(self).__name__}"
                ".as_view(flow_class=MyFlow)."
            )
        return flow_class

    def has_access(self, user: Any) -> bool:
        """Return whether this person may see the page; asked for each request."""
        return bool(self.get_flow_class().instance.has_view_permission(user))

    def refuse(self) -> HttpResponseBase:
        """Answer people without the right; they have done nothing wrong, so show them their way."""
        raise PermissionDenied

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        recall_person(request)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not self.has_access(request.user):
            return self.refuse()
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


class TaskViewMixin:
    """A page about one task. Reaches the task only through the wrapper that checked it."""

    request: HttpRequest

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)  # type: ignore[misc]
        # Whoever calls the page without a browser wants to have its form, and nothing drawn.
        take = getattr(request, "take_view", None)
        if take is not None:
            take(self)

    @cached_property
    def activation(self) -> Any:
        """The activation that the node's wrapper checked and put on the request."""
        activation = getattr(self.request, "activation", None)
        if activation is None:
            raise ImproperlyConfigured(
                f"{type(self).__name__} works on a task: give it to a node of a flow, as in"
                " flow.View(UpdateProcessView.as_view(…)), or wrap it with wrap_task_view(node, view)."
            )
        return activation

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        activation = self.activation
        context = {
            "activation": activation,
            "flow_class": activation.flow_class,
            "process": activation.process,
            "task": activation.task,
            "view": self,
            **kwargs,
        }
        return super().get_context_data(**context)  # type: ignore[misc,no-any-return]


class TaskTemplates:
    """Finds a task page's template: per node, per flow, built in."""

    template_filename: str = ""
    template_name: str | None = None
    response_class = ChosenTemplateResponse
    request: HttpRequest

    def get_template_names(self) -> list[str]:
        if self.template_name is not None:
            return [self.template_name]
        node = self.request.activation.flow_task  # type: ignore[attr-defined]
        flow = node.flow_class.instance
        app, label, file = flow.app_label, flow.flow_label, self.template_filename
        return [
            f"{app}/{label}/{node.name}_{file}",
            f"{app}/{app}/{node.name}_{file}",
            f"{app}/{label}/{file}",
            f"viewflow/workflow/{file}",
        ]


class ProcessViewTemplateNames:
    """Finds a process page's template: per flow, built in."""

    template_filename: str = ""
    template_name: str | None = None
    response_class = ChosenTemplateResponse

    def get_template_names(self) -> list[str]:
        if self.template_name is not None:
            return [self.template_name]
        flow = self.get_flow_class().instance  # type: ignore[attr-defined]
        return [
            f"{flow.app_label}/{flow.flow_label}/{self.template_filename}",
            f"viewflow/workflow/{self.template_filename}",
        ]


class TaskSuccessUrl:
    """Goes on where the flow's viewset says, unless the view has a ``success_url`` of its own."""

    request: HttpRequest
    success_url: str | None = None

    def get_success_url(self) -> str:
        if self.success_url:
            return str(self.success_url).format(**vars(self.request.activation.process))  # type: ignore[attr-defined]
        return next_page(self.request)


class SuccessMessage:
    """Tells the person what happened, after a valid form.

    ``success_message`` may contain ``{process}`` and ``{task}``, printed as links.
    """

    success_message: Any = ""
    request: HttpRequest

    def get_success_message(self, cleaned_data: dict[str, Any]) -> SafeString | str:
        """Return the text of the message; an empty one is not shown."""
        message = str(self.success_message)
        if not message:
            return ""
        activation = self.request.activation  # type: ignore[attr-defined]
        return format_html(
            mark_safe(conditional_escape(message)),  # noqa: S308 - escaped one line above
            process=_link(activation.process, "process_detail"),
            task=_link(activation.task, "detail", activation.task.title),
        )

    def form_valid(self, form: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().form_valid(form)  # type: ignore[misc]
        message = self.get_success_message(getattr(form, "cleaned_data", {}))
        if message:
            messages.success(self.request, message, fail_silently=True)
        return response


# The views of the library have the classes above among their bases, and not these: so a project
# may put the names that it knows before any view, also where they are not needed.


class TaskViewTemplateNames(TaskTemplates):
    """Mixin of a project's page of a task, with the templates of the flow."""


class TaskSuccessUrlMixin(TaskSuccessUrl):
    """Mixin of a project's page of a task that leads on as the others do."""


class SuccessMessageMixin(SuccessMessage):
    """Mixin of a project's form of a task: ``success_message`` with ``{process}`` and ``{task}``."""


class StoreRequestPathMixin:
    """A list that people return to. Rows link with the list's own address, see ``navigation``.

    Kept as a name to inherit from; nothing is stored in the session any more.
    """


def _link(obj: Any, page: str, text: Any = None) -> SafeString:
    label = str(text if text is not None else obj)
    try:
        return format_html('<a href="{}">{}</a>', obj.reverse(page), label)
    except NoReverseMatch:
        return format_html("{}", label)
