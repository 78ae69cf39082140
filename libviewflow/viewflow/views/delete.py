"""Pages that delete: one object, or those that are ticked in a list.

What would be deleted with it is shown before, and what stands in the way is said in words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import ProtectedError, QuerySet, RestrictedError
from django.db.models.deletion import Collector
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import generic

from ..utils import has_object_perm
from .access import asks_for_each_row
from .actions import BaseBulkActionView
from .form import ObjectPageMixin
from .update import ExistingObjectMixin

__all__ = ["DeleteBulkActionView", "DeleteModelView"]

#: More objects of one model than this are counted, not named.
NAMED = 20
#: Keys in one statement; SQLite takes no more than 32,766 parameters by default.
BATCH = 10_000


@dataclass(slots=True, frozen=True)
class Doomed:
    """Objects of one model that go together: some of them by name, and how many there are."""

    name: str
    objects: list[Any]
    count: int

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.objects)


class Deletion:
    """What Django would delete together with ``rows``, and what forbids it."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows if isinstance(rows, QuerySet) else [rows]
        self.obstacles: list[Any] = []
        sample = rows if isinstance(rows, QuerySet) else rows._state
        self.collector = Collector(using=sample.db, origin=rows)
        try:
            self.collector.collect(self.rows)
        except ProtectedError as error:
            self.obstacles = list(error.protected_objects)
        except RestrictedError as error:
            self.obstacles = list(error.restricted_objects)

    def groups(self) -> Iterator[tuple[Any, list[Any], int]]:
        """Yield ``(model, objects, count)``; links of many-to-many relations are left out."""
        for model, instances in self.collector.data.items():
            if not model._meta.auto_created:
                found = sorted(instances, key=lambda obj: obj.pk)
                yield model, found[:NAMED], len(found)
        for rows in self.collector.fast_deletes:
            if isinstance(rows, QuerySet) and not rows.model._meta.auto_created:
                named = list(rows[: NAMED + 1])
                if named:
                    count = len(named) if len(named) <= NAMED else rows.count()
                    yield rows.model, named[:NAMED], count

    def doomed(self, without: Any = None) -> list[Doomed]:
        """Return what goes with it, by model; ``without`` the object itself."""
        found: dict[str, Doomed] = {}
        for model, objects, count in self.groups():
            if without is not None and without in objects:
                objects = [obj for obj in objects if obj != without]
                count -= 1
            if count:
                name = capfirst(str(model._meta.verbose_name_plural))
                known = found.get(name)
                if known is not None:
                    objects, count = [*known.objects, *objects][:NAMED], known.count + count
                found[name] = Doomed(name, objects, count)
        return list(found.values())

    def in_the_way(self) -> list[Doomed]:
        """Return what refers to the objects and does not let them go, by model."""
        found: dict[str, list[Any]] = {}
        for obj in self.obstacles:
            found.setdefault(capfirst(str(obj._meta.verbose_name_plural)), []).append(obj)
        return [Doomed(name, objs[:NAMED], len(objs)) for name, objs in found.items()]


class DeleteModelView(ExistingObjectMixin, ObjectPageMixin, generic.DeleteView):  # type: ignore[misc]
    """Asks whether an object shall be deleted, for people with the ``delete`` permission on it."""

    right = "delete"
    template_name_suffix = "_confirm_delete"
    page_actions_hook = "get_delete_page_actions"

    def get_template_names(self) -> list[str]:
        """The project's template for the model before the common one."""
        if self.template_name:
            return [self.template_name]
        meta = self.get_model()._meta
        own = f"{meta.app_label}/{meta.model_name}{self.template_name_suffix}.html"
        return [own, "viewflow/views/confirm_delete.html"]

    def get_title(self) -> str:
        return _("Delete “%(object)s”?") % {"object": self.object}

    def get_deleted_objects(self) -> Iterator[tuple[Any, list[Any]]]:
        """Yield ``(model, objects)`` for what goes, the object itself included."""
        for model, objects, _count in self.deletion.groups():
            yield model, objects

    def get_object(self, queryset: Any = None) -> Any:
        found = super().get_object(queryset)
        self.deletion = Deletion(found)
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            doomed=self.deletion.doomed(without=self.object),
            in_the_way=self.deletion.in_the_way(),
            cancel_url=self.get_object_url(self.object) or self.get_list_url() or "../",
            **kwargs,
        )

    def form_valid(self, form: Any) -> HttpResponse:
        """Delete, say so, and go on; when something stands in the way, show it and delete nothing."""
        name, text = self.object._meta.verbose_name, str(self.object)
        try:
            with transaction.atomic(using=self.object._state.db):
                self.object.delete()
        except (ProtectedError, RestrictedError):
            self.deletion = Deletion(self.object)
            return self.render_to_response(self.get_context_data(form=form), status=409)
        message = format_html(
            _("{name} “{object}” was deleted."), name=capfirst(str(name)), object=text
        )
        messages.success(self.request, message, fail_silently=True)
        return HttpResponseRedirect(self.get_success_url())


class DeleteBulkActionView(BaseBulkActionView):
    """Deletes the rows ticked in a list, all of them or none."""

    title: Any = None

    def has_view_permission(self, user: Any, obj: Any = None) -> bool:
        ask = getattr(self.viewset, "has_delete_permission", None)
        if ask is not None:
            return bool(ask(user))
        return has_object_perm(user, "delete", self.get_model())

    def get_model(self) -> Any:
        """The model whose rows are deleted."""
        return self.model if self.model is not None else self.queryset.model

    def get_form(self) -> Any:
        return self.form_class(self.request.POST, model=self.get_model())

    def get_template_names(self) -> list[str]:
        """The project's template for the model before the common one."""
        if self.template_name:
            return [self.template_name]
        meta = self.get_model()._meta
        own = f"{meta.app_label}/{meta.model_name}_delete_action.html"
        return [own, "viewflow/views/delete_action.html"]

    def get_forbidden(self) -> list[Doomed]:
        """Rows that this person may not delete, though others: one of them, and all stay."""
        if not asks_for_each_row(self.viewset, "delete"):
            return []
        ask, user = self.viewset.has_delete_permission, self.request.user
        found = [obj for obj in self.object_list.iterator(chunk_size=2000) if not ask(user, obj)]
        name = capfirst(str(self.get_model()._meta.verbose_name_plural))
        return [Doomed(name, found[:NAMED], len(found))] if found else []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        deletion = Deletion(self.object_list)
        meta = self.get_model()._meta
        name = getattr(self.viewset, "title", None) or capfirst(meta.verbose_name_plural)
        title = str(self.title or _("Delete selected objects"))
        return super().get_context_data(
            title=title,
            breadcrumbs=[(name, self.get_success_url()), (title, None)],
            doomed=deletion.doomed(),
            deleted_objects=[(model, objects) for model, objects, _count in deletion.groups()],
            in_the_way=deletion.in_the_way(),
            forbidden=self.get_forbidden(),
            chosen=[str(pk) for pk in self.form.cleaned_data["pk"]],
            select_all=self.form.cleaned_data["select_all"],
            cancel_url=self.get_success_url(),
            **kwargs,
        )

    def form_valid(self, form: Any) -> HttpResponse:
        model = self.get_model()
        if self.get_forbidden():
            return TemplateResponse(
                self.request,
                self.get_template_names(),
                self.get_context_data(form=form),
                status=403,
            )
        try:
            with transaction.atomic(using=self.object_list.db):
                # distinct() and joins of a search cannot be deleted from; keys can.
                rows = model._base_manager.using(self.object_list.db)
                keys = list(self.object_list.values_list("pk", flat=True))
                for start in range(0, len(keys), BATCH):
                    rows.filter(pk__in=keys[start : start + BATCH]).delete()
        except (ProtectedError, RestrictedError):
            return TemplateResponse(
                self.request,
                self.get_template_names(),
                self.get_context_data(form=form),
                status=409,
            )
        count = len(set(keys))
        text = ngettext("%(count)d entry was deleted.", "%(count)d entries were deleted.", count)
        messages.success(self.request, text % {"count": count}, fail_silently=True)
        return HttpResponseRedirect(self.get_success_url())
