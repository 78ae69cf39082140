"""Import and export of a model's rows, with django-import-export.

Mix ``ImportViewsetMixin`` and ``ExportViewsetMixin`` into a model viewset. Needs the extra
``libviewflow[import-export]``; nothing has to be listed in ``INSTALLED_APPS``.
"""

from __future__ import annotations

try:
    import import_export  # noqa: F401 - only to say clearly what is missing
except ImportError as error:
    raise ImportError(
        "viewflow.contrib.import_export needs django-import-export: "
        "pip install 'libviewflow[import-export]'."
    ) from error

from .export_view import ExportView
from .import_view import ImportView
from .viewset import ExportViewsetMixin, ImportViewsetMixin

__all__ = ["ExportView", "ExportViewsetMixin", "ImportView", "ImportViewsetMixin"]
