"""Pages of a state machine: list and object with its chart, and the page of one transition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError
from django.forms.models import modelform_factory
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views import generic

from ..descriptors import viewprop
from ..forms import ModelForm
from ..forms.options import AnswersOptions, AnswersSuggestions
from ..urls.resolver import current_viewset_reverse
from ..views.access import ViewPermissionMixin
from ..views.columns import Column, declared
from ..views.detail import DetailModelView
from ..views.form import ObjectPageMixin
from ..views.list import ListModelView
from ..views.update import ExistingObjectMixin, UpdateModelView
from .chart import chart, label_in, states_of
from .diagram import state_document, state_map
from .form import accept_error, trimmed
from .step import Refused, Step, find_step, locked
from .transition import DEFAULT

__all__ = [
    "FSMChartView",
    "FSMDetailModelView",
    "FSMListModelView",
    "FSMUpdateModelView",
    "ModelTransitionView",
]


class FSMListModelView(ListModelView):
    """The list, with the state chart at hand. States look as they do on the object's page."""

    @viewprop
    def list_columns(self) -> dict[str, Column]:
        """The columns by name; a field whose choices are the machine's states shows badges."""
        columns: dict[str, Column] = super().list_columns
        states = states_of(self.viewset.get_flow_state(self.request))
        for field in self.get_model()._meta.fields:
            choices = [value for value, _label in field.flatchoices]
            if field.name not in columns or not states or not all(s in choices for s in states):
                continue
            own = declared(self, field.name) or declared(self.viewset, field.name)
            if not callable(own):
                column = columns[field.name]
                column.value = _badges(column.value)
        return columns

    def get_template_names(self) -> list[str]:
        """The project's template for the model before the common one."""
        if self.template_name:
            return [self.template_name]
        meta = self.get_model()._meta
        return [f"{meta.app_label}/{meta.model_name}_list.html", "viewflow/fsm/list.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        flow_state = self.viewset.get_flow_state(self.request)
        return super().get_context_data(
            flow_chart=chart(flow_state),
            state_map=state_map(flow_state),
            chart_url=_chart_url(self),
            flow_export_name=_export_name(self.get_model()),
            **kwargs,
        )


def _badges(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def badge(obj: Any) -> Any:
        label = read(obj)
        return label and format_html('<span class="badge">{}</span>', label)

    return badge


def _export_name(model: Any) -> str:
    return f"{model._meta.model_name}-flow"


def _chart_url(view: Any) -> str | None:
    if not view.viewset.has_page("chart_path"):
        return None
    return current_viewset_reverse(view.request, view.viewset, "chart")


class FSMDetailModelView(DetailModelView):
    """The object: where it stands, what is known about it, what can be done, and why not more."""

    def get_template_names(self) -> list[str]:
        """The project's template for the model before the common one."""
        if self.template_name:
            return [self.template_name]
        meta = self.get_model()._meta
        return [f"{meta.app_label}/{meta.model_name}_detail.html", "viewflow/fsm/detail.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        flow_state = self.viewset.get_flow_state(self.request)
        state = flow_state.get(self.viewset.get_object_flow(self.request, self.object))
        steps = self.viewset.get_offered_steps(self.request, self.object)
        return super().get_context_data(
            state=state,
            state_label=label_in(flow_state, state),
            state_map=state_map(flow_state, state),
            blocked=[step for step in steps if not step.met],
            **kwargs,
        )


class FSMUpdateModelView(UpdateModelView):
    """The form of the object. Nobody makes a step while it is saved, so no step is overwritten."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with locked(self.get_queryset(), self.get_object().pk):
            return super().post(request, *args, **kwargs)


class FSMChartView(ViewPermissionMixin, generic.TemplateView):  # type: ignore[misc]
    """The state chart; ``?format=svg`` gives it as a file."""

    viewset: Any = None
    model: Any = None
    template_name = "viewflow/views/fsm_chart.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wanted = request.GET.get("format")
        if wanted is None:
            return super().get(request, *args, **kwargs)
        if wanted != "svg":
            raise Http404
        flow_state = self.viewset.get_flow_state(request)
        text = state_document(flow_state, self.get_title())
        response = HttpResponse(text, content_type="image/svg+xml")
        name = _export_name(self.get_model())
        response["Content-Disposition"] = f'attachment; filename="{name}.svg"'
        return response

    def get_model(self) -> Any:
        """The model whose states are drawn."""
        return self.model if self.model is not None else self.get_scope().model

    def get_title(self) -> str:
        """The heading: what the objects are called."""
        name = getattr(self.viewset, "title", None)
        return str(name or capfirst(self.get_model()._meta.verbose_name_plural))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        flow_state = self.viewset.get_flow_state(self.request)
        chart_title = _("State chart")
        index = current_viewset_reverse(self.request, self.viewset, "index")
        return super().get_context_data(
            title=chart_title,
            breadcrumbs=[(self.get_title(), index), (chart_title, None)],
            flow_chart=chart(flow_state),
            flow_export_name=_export_name(self.get_model()),
            state_map=state_map(flow_state),
            **kwargs,
        )


class ModelTransitionView(  # type: ignore[misc]
    AnswersSuggestions,
    AnswersOptions,
    ExistingObjectMixin,
    ObjectPageMixin,
    generic.base.TemplateResponseMixin,
    generic.base.ContextMixin,
    generic.View,
):
    """Asks for what a transition needs, and makes it.

    404 for an unknown or private name, 403 without the transition's permission. A step that is
    not possible (any more) is explained on a page with status 409: nothing is changed, and what
    was typed is shown again.
    """

    http_method_names = ["get", "post", "head", "options"]
    model: Any = None
    object: Any
    step: Step
    title: str

    def get_template_names(self) -> list[str]:
        """The project's template for the model before the common one."""
        if self.template_name:
            return [self.template_name]
        meta = self.get_model()._meta
        own = f"{meta.app_label}/{meta.model_name}_transition.html"
        return [own, "viewflow/views/transition.html"]

    def get_step(self) -> Step:
        """The step of the URL. ``Http404`` for a name that is none, ``PermissionDenied``."""
        flow_state = self.viewset.get_flow_state(self.request)
        machine = self.viewset.get_object_flow(self.request, self.object)
        self.state_label = label_in(flow_state, flow_state.get(machine))
        step = find_step(flow_state, machine, self.kwargs["slug"], self.request.user)
        if step is None:
            raise Http404(_("There is no such transition."))
        if not step.permitted:
            raise PermissionDenied
        return step

    def read(self, rows: Any = None) -> None:
        """Read the object and its step: as it is now."""
        self.object = self.get_object(rows)
        self.title = str(self.object)
        self.step = self.get_step()

    def get_title(self) -> str:
        return self.step.label

    def get_breadcrumbs(self) -> list[tuple[Any, str | None]]:
        crumbs = super().get_breadcrumbs()
        return [*crumbs[:-1], (self.title, self.get_object_url(self.object)), crumbs[-1]]

    def get_options_form(self) -> Any:
        """The form that is asked for choices: of the step, for whoever has a right to it."""
        self.read()
        return self.get_form()

    def get_form(self, data: Any = None, files: Any = None) -> Any:
        """The form with the fields of the transition, and no others."""
        names = list(
            self.viewset.get_transition_fields(self.request, self.object, self.step.slug) or ()
        )
        base = self.viewset.get_transition_form_class(self.request, self.object, self.step.slug)
        form_class = modelform_factory(self.get_model(), form=base or ModelForm, fields=names)
        return trimmed(form_class(data, files, instance=self.object), names)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            object=self.object,
            object_title=self.title,
            object_url=self.get_object_url(self.object),
            step=self.step,
            transition=self.step.transition,
            state_label=self.state_label,
            target_label=self.get_target_label(),
            **kwargs,
        )

    def get_target_label(self) -> str:
        """What the state after the step is called; empty where the step does not leave the state."""
        target = self.step.transition.target
        if target is DEFAULT:
            return ""
        label = label_in(self.viewset.get_flow_state(self.request), target)
        return "" if label == self.state_label else label

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.read()
        if not self.step.possible or not self.step.met:
            return self.refuse(self.step.reason)
        form = self.get_form()
        return self.render_to_response(self.get_context_data(form=form))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.read()
        form = None
        try:
            with locked(self.get_queryset(), self.object.pk) as rows:
                self.read(rows)
                form = self.get_form(request.POST, request.FILES)
                if not self.step.possible or not self.step.met:
                    raise Refused(self.step.reason)
                if not form.is_valid():
                    return self.render_to_response(self.get_context_data(form=form))
                self.make(form)
        except Refused as refusal:
            self.read()
            return self.refuse(str(refusal), form)
        except (ValidationError, IntegrityError, DataError) as error:
            accept_error(form, error)
            return self.render_to_response(self.get_context_data(form=form))
        self.say_done()
        return HttpResponseRedirect(self.get_success_url(self.object))

    def make(self, form: Any) -> None:
        """Save the form, make the step and store the state; one transaction is around it."""
        form.save()
        self.step.make()
        if self.object.pk is not None:
            self.object.save()

    def say_done(self) -> None:
        """Tell the person where the object stands now."""
        flow_state = self.viewset.get_flow_state(self.request)
        machine = self.viewset.get_object_flow(self.request, self.object)
        now = label_in(flow_state, flow_state.get(machine))
        text = _("“%(object)s” is now: %(state)s.") % {"object": self.title, "state": now}
        messages.success(self.request, text, fail_silently=True)

    def refuse(self, reason: str, form: Any = None) -> HttpResponse:
        """The page that says why not, with what was typed."""
        typed = []
        for name in form.fields if form is not None else ():
            value = form[name].data
            secret = getattr(form.fields[name].widget, "input_type", "") == "password"
            if value not in (None, "", []) and not secret:
                typed.append((form[name].label, str(value)[:10_000]))
        context = self.get_context_data(refused=True, reason=reason, unsaved=typed)
        return self.render_to_response(context, status=409)
