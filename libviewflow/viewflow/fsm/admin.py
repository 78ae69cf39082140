"""``FlowAdminMixin``: a state machine in Django's admin."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import helpers
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, connections, router, transaction
from django.forms.models import modelform_factory
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from .chart import chart, label_in
from .diagram import state_document
from .form import accept_error, trimmed
from .options import FlowOptions
from .step import Refused, Step, find_step, lock_row, locked, offered_steps

__all__ = ["FlowAdminMixin"]


class FlowAdminMixin(FlowOptions):
    """Transitions as buttons of the change page, each with a page of its own.

    ``class ArticleAdmin(FlowAdminMixin, admin.ModelAdmin)``, with ``flow_state``. Whoever may see
    an object and has the transition's permission may make it. The fields, the transition and the
    entry of the object's history are one transaction. Keep the field of the state out of the
    form, or in ``readonly_fields``: the form would change it without the machine.
    """

    change_list_template: Any = "admin/fsm_change_list.html"
    change_form_template: Any = "admin/fsm_change_form.html"
    #: The template of the transition's page; ``None`` looks for one of the model or application.
    transition_form_template: str | None = None

    # what the class stands before
    admin_site: Any
    model: Any
    opts: Any
    form: Any

    def create_revision(self, request: HttpRequest) -> AbstractContextManager[Any]:
        """A context around form and transition: where versions of the object are kept."""
        return nullcontext()

    def _url_name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "<path:object_id>/transition/<slug:slug>/",
                wrap(self.transition_view),
                name=self._url_name("transition"),
            ),
            path("state-chart/", wrap(self.state_chart_view), name=self._url_name("state_chart")),
            *super().get_urls(),  # type: ignore[misc]
        ]

    # the pages there are ------------------------------------------------------------------

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save; a new object begins in the machine's initial state, whatever the form says."""
        if not change:
            flow_state = self.get_flow_state(request)
            if flow_state.default is not None:
                flow_state.set(self.get_object_flow(request, obj), flow_state.default)
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Find the object; held for the whole request where it is to be saved.

        So the form never writes back a state that somebody has just left.
        """
        obj = super().get_object(request, object_id, from_field)  # type: ignore[misc]
        if obj is None or request.method != "POST":
            return obj
        using = obj._state.db
        if not connections[using].in_atomic_block:
            return obj
        lock_row(self.get_queryset(request), obj.pk, using)  # type: ignore[attr-defined]
        return super().get_object(request, object_id, from_field)  # type: ignore[misc]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj") or context.get("original")
        if obj is not None and obj.pk is not None:
            context["fsm_tools"] = self.get_transition_tools(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)  # type: ignore[misc, no-any-return]

    def get_transition_tools(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Context of the buttons: the transitions from the object's state that are permitted."""
        flow_state = self.get_flow_state(request)
        machine = self.get_object_flow(request, obj)
        steps = offered_steps(flow_state, machine, request.user)
        return {
            "state": label_in(flow_state, flow_state.get(machine)),
            "transitions": [(step.transition, step.met, step.permitted) for step in steps],
            "steps": [(step, self._transition_url(obj, step.slug)) for step in steps],
        }

    def _transition_url(self, obj: Any, slug: str) -> str:
        name = f"{self.admin_site.name}:{self._url_name('transition')}"
        return reverse(name, args=[quote(obj.pk), slug])

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        url = reverse(f"{self.admin_site.name}:{self._url_name('state_chart')}")
        flow_state = self.get_flow_state(request)
        extra = {"flow_chart": chart(flow_state), "state_chart_url": url, **(extra_context or {})}
        if "_save" not in request.POST:
            return super().changelist_view(request, extra)  # type: ignore[misc, no-any-return]
        with transaction.atomic(using=router.db_for_write(self.model)):
            return super().changelist_view(request, extra)  # type: ignore[misc, no-any-return]

    def get_changelist_formset(self, request: HttpRequest, **kwargs: Any) -> Any:
        """The lines of the list; what is saved is read while it is held, as on the change page."""
        base = super().get_changelist_formset(request, **kwargs)  # type: ignore[misc]
        return type(base.__name__, (_HeldLines, base), {})

    def state_chart_view(self, request: HttpRequest) -> HttpResponse:
        """The drawing of the machine, as a picture."""
        if not self.has_view_or_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        title = capfirst(str(self.opts.verbose_name_plural))
        text = state_document(self.get_flow_state(request), title)
        return HttpResponse(text, content_type="image/svg+xml")

    # the transition -----------------------------------------------------------------------

    def get_transition_form(self, request: HttpRequest, obj: Any, slug: str) -> Any:
        """The form class of a transition, with the widgets of the admin.

        Of its fields only those that :meth:`get_transition_fields` names are used.
        """
        return modelform_factory(
            self.model,
            form=self.form,
            fields=list(self.get_transition_fields(request, obj, slug) or ()),
            formfield_callback=partial(self.formfield_for_dbfield, request=request),  # type: ignore[attr-defined]
        )

    def _find(self, request: HttpRequest, rows: Any, object_id: str, slug: str) -> Any:
        obj = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if obj is None:
            return None
        if rows is not None:
            obj = rows.filter(pk=obj.pk).first()
            if obj is None:
                return None
        if not self.has_view_or_change_permission(request, obj):  # type: ignore[attr-defined]
            raise PermissionDenied
        flow_state = self.get_flow_state(request)
        machine = self.get_object_flow(request, obj)
        step = find_step(flow_state, machine, slug, request.user)
        if step is None:
            raise BadRequest(f"{self.opts.verbose_name} has no transition {slug!r}.")
        if not step.permitted:
            raise PermissionDenied
        return obj, step, flow_state.get(machine)

    def transition_view(self, request: HttpRequest, object_id: str, slug: str) -> HttpResponse:
        """Ask for the transition's fields, and make it.

        400 for an unknown or private name, 403 without the permission; a step that is not
        possible (any more) changes nothing and leads back with a message.
        """
        found = self._find(request, None, object_id, slug)
        if found is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined,no-any-return]
        obj, step, state = found
        title = str(obj)
        try:
            if request.method != "POST":
                _check(step)
                form = self._form(request, obj, slug)
                return self._transition_page(request, obj, title, step, state, form)
            with (
                self.create_revision(request),
                locked(self.get_queryset(request), obj.pk) as rows,  # type: ignore[attr-defined]
            ):
                found = self._find(request, rows, object_id, slug)
                if found is None:
                    raise Refused(_("It is gone."))
                obj, step, state = found
                _check(step)
                form = self._form(request, obj, slug, request.POST, request.FILES)
                if not form.is_valid():
                    return self._transition_page(request, obj, title, step, state, form)
                self.make_transition(request, obj, step, form)
        except Refused as refusal:
            self._say_refused(request, step, state, str(refusal))
            return HttpResponseRedirect(self._change_url(obj))
        except (ValidationError, IntegrityError, DataError) as error:
            accept_error(form, error)
            return self._transition_page(request, obj, title, step, state, form)
        now = self._label(request, obj)
        text = _("“%(object)s” is now: %(state)s.") % {"object": obj, "state": now}
        self.message_user(request, text, messages.SUCCESS)  # type: ignore[attr-defined]
        return HttpResponseRedirect(self._change_url(obj))

    def _form(self, request: HttpRequest, obj: Any, slug: str, *data: Any) -> Any:
        form = self.get_transition_form(request, obj, slug)(*data, instance=obj)
        return trimmed(form, self.get_transition_fields(request, obj, slug) or ())

    def _label(self, request: HttpRequest, obj: Any) -> str:
        flow_state = self.get_flow_state(request)
        return label_in(flow_state, flow_state.get(self.get_object_flow(request, obj)))

    def make_transition(self, request: HttpRequest, obj: Any, step: Step, form: Any) -> None:
        """Save the form, make the step, store the state and write the history; one transaction."""
        before = self._label(request, obj)
        self.save_model(request, obj, form, change=True)
        form.save_m2m() if hasattr(form, "save_m2m") else form._save_m2m()
        step.make()
        if obj.pk is None:
            return
        obj.save()
        fields = [str(form.fields[name].label or name) for name in form.changed_data]
        text = f"{step.label}: {before} → {self._label(request, obj)}"
        if fields:
            text += f" ({', '.join(fields)})"
        self.log_change(request, obj, text)  # type: ignore[attr-defined]

    def _change_url(self, obj: Any) -> str:
        name = f"{self.admin_site.name}:{self._url_name('change')}"
        return reverse(name, args=[quote(obj.pk)])

    def _say_refused(self, request: HttpRequest, step: Step, state: Any, reason: str) -> None:
        text = _("“%(title)s” is not possible now") % {"title": step.label}
        why = reason or label_in(self.get_flow_state(request), state)
        nothing = _("Nothing was changed.")
        self.message_user(request, f"{text}: {why}. {nothing}", messages.ERROR)  # type: ignore[attr-defined]

    def _transition_page(
        self, request: HttpRequest, obj: Any, title: str, step: Step, state: Any, form: Any
    ) -> HttpResponse:
        names: Sequence[str] = list(form.fields)
        fieldsets = [(None, {"fields": names})] if names else []
        adminform = helpers.AdminForm(form, fieldsets, {}, (), model_admin=self)  # type: ignore[arg-type]
        context = {
            **self.admin_site.each_context(request),
            "title": step.label,
            "subtitle": title,
            "opts": self.opts,
            "original": obj,
            "object_title": title,
            "change_url": self._change_url(obj),
            "adminform": adminform,
            "errors": helpers.AdminErrorList(form, []),
            "media": self.media + adminform.media,  # type: ignore[attr-defined]
            "has_file_field": form.is_multipart(),
            "has_view_permission": self.has_view_permission(request, obj),  # type: ignore[attr-defined]
            "state": state,
            "state_label": label_in(self.get_flow_state(request), state),
            "flow": step.call._instance,
            "transition": step.transition,
            "transition_fields": names,
        }
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        return TemplateResponse(request, self._transition_templates(), context)

    def _transition_templates(self) -> list[str]:
        if self.transition_form_template:
            return [self.transition_form_template]
        app, model, page = self.opts.app_label, self.opts.model_name, "fsm_transition_form.html"
        return [f"admin/{app}/{model}/{page}", f"admin/{app}/{page}", f"admin/{page}"]


class _HeldLines:
    """Holds the rows of a filled-in formset before they are read."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        rows = kwargs.get("queryset")
        if data is not None and rows is not None:
            using = router.db_for_write(rows.model)
            kwargs["queryset"] = rows = rows.using(using)
            # In one order, so that nobody waits for somebody who waits for them.
            for pk in sorted(rows.order_by().values_list("pk", flat=True)):
                lock_row(rows, pk, using)
        super().__init__(data, *args, **kwargs)  # type: ignore[call-arg]


def _check(step: Step) -> None:
    if not step.possible or not step.met:
        raise Refused(step.reason)
