"""
Where the fields of a form stand: rows, columns and spans on a grid of 12, 8 and 4 columns.

A layout is made once, usually as a class attribute, and draws any number of forms. Sizes are
checked when it is made, names when it draws. The three grids are for a wide, a middle and a
narrow *container*, so the same form fits a page, a side column, a dialog and a phone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django import forms
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from .field import render_field, render_hidden
from .html import text
from .summary import error_summary

__all__ = [
    "AUTO",
    "Caption",
    "Column",
    "FieldSet",
    "FormLayout",
    "Fragment",
    "Layout",
    "LayoutNode",
    "Row",
    "Span",
]

AUTO = None
_SEND = (
    '<noscript><button type="submit" class="visually-hidden" tabindex="-1" aria-hidden="true">'
    "</button></noscript>"
)
GRIDS = (("desktop", 12, "col"), ("tablet", 8, "tab"), ("mobile", 4, "mob"))


class Fragment(list[Any]):
    """
    A piece of the page being drawn: strings, escaped unless safe.

    ``cell`` holds the classes that put the next element in its place on the grid, with a leading
    space; ``mark_optional`` tells whether optional fields are marked.
    """

    def __init__(self, cell: str = "", *, mark_optional: bool = False) -> None:
        super().__init__()
        self.cell = cell
        self.mark_optional = mark_optional

    def child(self, cell: str = "") -> Fragment:
        """An empty fragment of the same form, for what goes inside."""
        return Fragment(cell, mark_optional=self.mark_optional)

    def __str__(self) -> str:
        return "".join(conditional_escape(item) for item in self)


class LayoutNode:
    """
    One element of a layout; ``desktop``, ``tablet`` and ``mobile`` are its width in columns.

    ``AUTO`` (the default) shares what the others in the row leave. A width outside the grid
    (1 to 12, 8 or 4) raises ``ValueError``. Subclasses say in ``append()`` what they draw.
    """

    def __init__(
        self,
        desktop: int | None = AUTO,
        tablet: int | None = AUTO,
        mobile: int | None = AUTO,
    ) -> None:
        self.sizes = (desktop, tablet, mobile)
        for (name, columns, _css), size in zip(GRIDS, self.sizes, strict=True):
            whole = isinstance(size, int) and not isinstance(size, bool)
            if size is not AUTO and not (whole and 1 <= size <= columns):
                raise ValueError(
                    f"{type(self).__name__}: {name}={size!r}; use a whole number "
                    f"from 1 to {columns}."
                )
        self.desktop, self.tablet, self.mobile = self.sizes

    def append(self, layout: FormLayout, form: forms.BaseForm, root: Fragment) -> None:
        """Add the markup of this element to ``root``."""
        raise NotImplementedError(f"{type(self).__name__} must implement append()")

    def field_names(self) -> Iterator[str]:
        """Names of the fields below this element, in order."""
        return iter(())


def _nodes(owner: object, elements: tuple[Any, ...]) -> list[LayoutNode]:
    nodes: list[LayoutNode] = []
    for element in elements:
        if isinstance(element, str):
            nodes.append(Span(element))
        elif isinstance(element, LayoutNode):
            nodes.append(element)
        else:
            raise ValueError(
                f"{type(owner).__name__}: {element!r} is neither a field name nor a layout element."
            )
    return nodes


class Span(LayoutNode):
    """One field. A name that the form does not have raises ``ValueError`` when drawn."""

    def __init__(self, field_name: str, **sizes: Any) -> None:
        super().__init__(**sizes)
        self.field_name = field_name

    def __repr__(self) -> str:
        return f"Span({self.field_name!r})"

    def field_names(self) -> Iterator[str]:
        yield self.field_name

    def append(self, layout: FormLayout, form: forms.BaseForm, root: Fragment) -> None:
        try:
            bound = form[self.field_name]
        except KeyError:
            raise ValueError(
                f"The layout of {type(form).__name__} names the field {self.field_name!r}; "
                f"the form has {', '.join(form.fields) or 'none'}."
            ) from None
        if not bound.is_hidden:  # hidden ones have been drawn with all others of their kind
            root.append(self.draw(bound, root))

    def draw(self, bound: Any, root: Fragment) -> SafeString:
        """The field's markup."""
        return render_field(bound, root.cell, mark_optional=root.mark_optional)


class _Container(LayoutNode):
    def __init__(self, *elements: Any, id_: str | None = None, **sizes: Any) -> None:
        super().__init__(**sizes)
        self.elements = _nodes(self, elements)
        self.id_ = id_

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.elements))})"

    def field_names(self) -> Iterator[str]:
        for element in self.elements:
            yield from element.field_names()

    def _inside(self, layout: FormLayout, form: forms.BaseForm, root: Fragment) -> str:
        inner = root.child()
        for element in self.elements:
            element.append(layout, form, inner)
        return str(inner)

    def _open(self, tag: str, css: str, root: Fragment) -> str:
        id_ = f' id="{text(self.id_)}"' if self.id_ else ""
        return f'<{tag} class="{css}{root.cell}"{id_}>'


class Row(_Container):
    """
    Elements side by side.

    Widths given are kept, ``AUTO`` ones share what is left in equal parts. Too wide a row, or a
    rest that cannot be shared evenly, raises ``ValueError`` at once, rather than leaving a gap.
    On tablet and mobile a row of ``AUTO`` elements only puts each on a line of its own, and
    widths given may fill several lines.
    """

    def __init__(self, *elements: Any, id_: str | None = None, **sizes: Any) -> None:
        super().__init__(*elements, id_=id_, **sizes)
        widths = [self._share(index) for index in range(3)]
        self._cells = [
            "".join(
                # A whole line is what the stylesheet gives without being asked.
                "" if size == columns else f" {css}-{size}"
                for (_name, columns, css), size in zip(GRIDS, of_one, strict=True)
            )
            for of_one in zip(*widths, strict=True)
        ]

    def _share(self, index: int) -> list[int]:
        name, columns, _css = GRIDS[index]
        wanted = [element.sizes[index] for element in self.elements]
        autos = wanted.count(AUTO)
        fixed = sum(size for size in wanted if size is not AUTO)
        if index and (autos == len(wanted) or fixed >= columns):
            share = columns  # each on a line of its own
        elif fixed > columns or (autos and fixed == columns):
            raise ValueError(
                f"{self!r}: the widths given for {name} add up to {fixed}"
                f"{' and leave nothing for the others' if autos else ''}; "
                f"a row has {columns} columns."
            )
        elif autos and (columns - fixed) % autos:
            raise ValueError(
                f"{self!r}: {columns - fixed} columns are left for {autos} elements on {name}, "
                "which cannot be shared evenly; give their widths."
            )
        else:
            share = (columns - fixed) // autos if autos else 0
        return [share if size is AUTO else size for size in wanted]

    def append(self, layout: FormLayout, form: forms.BaseForm, root: Fragment) -> None:
        inner = []
        for element, cell in zip(self.elements, self._cells, strict=True):
            part = root.child(cell)
            element.append(layout, form, part)
            inner.append(str(part))
        html = "".join(inner)
        if html:
            root.append(mark_safe(f"{self._open('div', 'form-row', root)}{html}</div>"))  # noqa: S308


class Column(_Container):
    """Elements one below the other, as one cell of a row. An empty column draws nothing."""

    def append(self, layout: FormLayout, form: forms.BaseForm, root: Fragment) -> None:
        html = self._inside(layout, form, root)
        if html:
            root.append(mark_safe(f"{self._open('div', 'form-col', root)}{html}</div>"))  # noqa: S308


class FieldSet(_Container):
    """A titled column: a real fieldset whose legend is the title."""

    def __init__(self, title: Any, *elements: Any, id_: str | None = None, **sizes: Any) -> None:
        super().__init__(*elements, id_=id_, **sizes)
        self.title = title

    def append(self, layout: FormLayout, form: forms.BaseForm, root: Fragment) -> None:
        html = self._inside(layout, form, root)
        if html:
            head = self._open("fieldset", "section full", root)
            root.append(
                mark_safe(  # noqa: S308
                    f"{head}<legend>{text(self.title)}</legend>"
                    f'<div class="section-body"><div class="form">{html}</div></div></fieldset>'
                )
            )


class Caption(LayoutNode):
    """A small heading between fields."""

    def __init__(self, text: Any, **sizes: Any) -> None:
        super().__init__(**sizes)
        self.text = text

    def append(self, layout: FormLayout, form: forms.BaseForm, root: Fragment) -> None:
        root.append(
            mark_safe(f'<p class="form-caption{root.cell}">{text(self.text)}</p>')  # noqa: S308
        )


class FormLayout:
    """
    The layout of a form that has none: every visible field in order, one per line.

    Above them stand the summary of errors (those of the form itself, of hidden fields and a link
    to each wrong field) and the hidden inputs.
    """

    def render(self, form: forms.BaseForm) -> SafeString:
        """The whole inside of ``<form>``, except the CSRF token and the buttons."""
        bounds = [form[name] for name in form.fields]
        visible = [bound for bound in bounds if not bound.is_hidden]
        hidden = "".join(render_hidden(bound) for bound in bounds if bound.is_hidden)
        # "Optional" is worth saying only where something else is required.
        mark_optional = getattr(form, "mark_optional", True) and any(
            bound.field.required for bound in visible
        )
        root = Fragment(mark_optional=mark_optional)
        shown = self.fill(form, visible, root)
        summary = error_summary(form, shown)
        # Enter in a text field presses the first button: not one that adds a line or looks for
        # something, but one that says nothing else than "send".
        first = _SEND if any(hasattr(b.field.widget, "owns_button") for b in visible) else ""
        return mark_safe(f'<div class="form-body">{first}{summary}{hidden}{root}</div>')  # noqa: S308

    def fill(self, form: forms.BaseForm, visible: list[Any], root: Fragment) -> set[str]:
        """Draw the fields into ``root``; returns the names of those that were drawn."""
        cells = "".join(render_field(bound, mark_optional=root.mark_optional) for bound in visible)
        root.append(mark_safe(f'<div class="form">{cells}</div>'))  # noqa: S308
        return {bound.name for bound in visible}


class Layout(FormLayout):
    """
    A stack of elements: field names, :class:`Row`, :class:`Column`, :class:`FieldSet`, …

    Only the fields named are drawn, and the hidden ones always. Anything else than a string or
    a layout element, or a field named twice, raises ``ValueError`` at once.
    """

    def __init__(self, *elements: Any) -> None:
        self.elements = _nodes(self, elements)
        twice = [name for name, count in Counter(self.field_names()).items() if count > 1]
        if twice:
            raise ValueError(f"Layout: {', '.join(twice)} would be asked for twice.")

    def field_names(self) -> Iterator[str]:
        """Names of the fields in the layout, in order."""
        for element in self.elements:
            yield from element.field_names()

    def fill(self, form: forms.BaseForm, visible: list[Any], root: Fragment) -> set[str]:
        # Fieldsets are sections of the page; what stands between them forms grids of its own.
        for is_section, run in groupby(self.elements, lambda node: isinstance(node, FieldSet)):
            part = root.child()
            for node in run:
                node.append(self, form, part)
            if part:
                html = str(part)
                root.append(
                    mark_safe(html if is_section else f'<div class="form">{html}</div>')  # noqa: S308
                )
        return set(self.field_names())
