"""Parts for model viewsets: ``import/`` and ``action/export/``."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from viewflow.descriptors import DEFAULT, viewprop
from viewflow.urls import ViewsetMeta, current_viewset_reverse
from viewflow.utils import first_not_default, has_object_perm
from viewflow.views import Action

from .export_view import ExportView
from .import_view import ImportView

__all__ = ["ExportViewsetMixin", "ImportViewsetMixin"]


class _ResourceOptions(metaclass=ViewsetMeta):
    """What import and export share."""

    #: A resource of django-import-export; without one, a column is what a form edits.
    resource_class: Any = DEFAULT
    #: Formats of ``import_export.formats.base_formats``; CSV and, with openpyxl, XLSX.
    import_export_formats: Any = DEFAULT


class ExportViewsetMixin(_ResourceOptions):
    """The ticked rows, or all that the list shows, in a file: ``action/export/``."""

    export_view_class: Any = ExportView
    export_resource_class: Any = DEFAULT

    def _export_offered(self, request: HttpRequest) -> bool:
        return bool(self.export_view_class) and self.has_view_permission(request.user)  # type: ignore[attr-defined]

    def get_list_page_actions(self, request: HttpRequest, *actions: Action) -> list[Action]:
        if self._export_offered(request):
            state = request.GET.copy()
            for name in ("page", "_orderby"):
                state.pop(name, None)
            url = current_viewset_reverse(request, self, "export")
            url = f"{url}?{state.urlencode()}" if state else url
            actions = (*actions, Action(_("Export"), url=url, icon="download"))
        return super().get_list_page_actions(request, *actions)  # type: ignore[misc,no-any-return]

    def get_list_bulk_actions(self, request: HttpRequest, *actions: Action) -> list[Action]:
        if self._export_offered(request):
            actions = (*actions, Action(_("Export"), viewname="export", icon="download"))
        hook = getattr(super(), "get_list_bulk_actions", None)
        return hook(request, *actions) if hook else list(actions)

    def get_export_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Arguments of the page's ``as_view``: the list's filter and search hold for it too."""
        defaults = {
            "viewset": self,
            "model": self.model,  # type: ignore[attr-defined]
            "resource_class": first_not_default(self.export_resource_class, self.resource_class),
            "formats": self.import_export_formats,
            "filterset_class": self.list_filterset_class,  # type: ignore[attr-defined]
            "filterset_initial": self.list_filterset_initial,  # type: ignore[attr-defined]
            "filter_fields": self.list_filter_fields,  # type: ignore[attr-defined]
            "search_fields": self.list_search_fields,  # type: ignore[attr-defined]
        }
        return self.filter_kwargs(self.export_view_class, **{**defaults, **kwargs})  # type: ignore[attr-defined,no-any-return]

    @viewprop
    def export_view_kwargs(self) -> dict[str, Any]:
        return self.get_export_view_kwargs()

    @viewprop
    def export_view(self) -> Any:
        return self.export_view_class.as_view(**self.export_view_kwargs)

    @property
    def export_path(self) -> URLPattern | None:
        if not self.export_view_class:
            return None
        return path("action/export/", self.export_view, name="export")


class ImportViewsetMixin(_ResourceOptions):
    """A page that adds and changes rows from a file: ``import/``."""

    import_view_class: Any = ImportView
    import_resource_class: Any = DEFAULT

    def has_import_permission(self, user: Any) -> bool:
        """May this person import? Whoever may add or change all; each row is asked for again."""
        rights = ("add", "change")
        for right in rights:
            ask = getattr(self, f"has_{right}_permission", None)
            if ask(user) if ask else has_object_perm(user, right, self.model):  # type: ignore[attr-defined]
                return True
        return False

    def get_list_page_actions(self, request: HttpRequest, *actions: Action) -> list[Action]:
        if self.import_view_class and self.has_import_permission(request.user):
            url = current_viewset_reverse(request, self, "import")
            actions = (*actions, Action(_("Import"), url=url, icon="upload"))
        return super().get_list_page_actions(request, *actions)  # type: ignore[misc,no-any-return]

    def get_import_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Arguments of the page's ``as_view``."""
        defaults = {
            "viewset": self,
            "model": self.model,  # type: ignore[attr-defined]
            "resource_class": first_not_default(self.import_resource_class, self.resource_class),
            "formats": self.import_export_formats,
        }
        return self.filter_kwargs(self.import_view_class, **{**defaults, **kwargs})  # type: ignore[attr-defined,no-any-return]

    @viewprop
    def import_view_kwargs(self) -> dict[str, Any]:
        return self.get_import_view_kwargs()

    @viewprop
    def import_view(self) -> Any:
        return self.import_view_class.as_view(**self.import_view_kwargs)

    @property
    def import_path(self) -> URLPattern | None:
        if not self.import_view_class:
            return None
        return path("import/", self.import_view, name="import")
