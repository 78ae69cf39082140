"""The fields of a form view, taken from the layout in which they are to stand."""

from __future__ import annotations

from typing import Any

from ..descriptors import viewprop

__all__ = ["FormLayoutMixin", "HasLayout"]


class HasLayout:
    """``layout`` falls back to that of the form class; ``fields`` to those of the layout."""

    form_class: Any = None

    @viewprop
    def layout(self) -> Any:
        """Layout of the form; ``None`` puts every field on a line of its own."""
        return getattr(self.form_class, "layout", None)

    @viewprop
    def fields(self) -> Any:
        """Fields of a generated form; ``None`` where a form class says it."""
        if self.form_class is not None:
            return None
        names = getattr(self.layout, "field_names", None)
        return list(dict.fromkeys(names())) if names is not None else "__all__"


class FormLayoutMixin(HasLayout):
    """The same for views of a project; it may stand before those that have it already."""
