"""More elements of a layout: formsets as cards, and any element of HTML."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.safestring import SafeString, mark_safe

from .html import attributes, text
from .layout import AUTO, GRIDS, FormLayout, Fragment, LayoutNode, Span

__all__ = ["FormSet", "Tag"]

_VOID = frozenset({"br", "hr", "img", "wbr"})


class Tag(LayoutNode):
    """
    Any element with a text, as ``Tag("hr")`` or ``Tag("p", text="Please note", class_="small")``.

    ``text`` is escaped unless it is declared safe. Other arguments are attributes of the element.
    A name that is none raises ``ValueError``.
    """

    def __init__(self, tag_name: str, text: Any = "", class_: str = "", **attrs: Any) -> None:
        sizes = {name: attrs.pop(name) for name, _columns, _css in GRIDS if name in attrs}
        super().__init__(**sizes)
        if not (
            tag_name.isascii() and tag_name.replace("-", "").isalnum() and tag_name[0].isalpha()
        ):
            raise ValueError(f"Tag: {tag_name!r} is not a name of an element.")
        self.tag_name, self.text, self.class_ = tag_name.lower(), text, class_
        self.attrs = {name.rstrip("_").replace("_", "-"): value for name, value in attrs.items()}
        attributes(self.attrs)  # raises for a name that is none

    def append(self, layout: FormLayout, form: forms.BaseForm, root: Fragment) -> None:
        css = f"{self.class_}{root.cell}".strip()
        head = f' class="{text(css)}"' if css else ""
        end = "" if self.tag_name in _VOID else f"{text(self.text)}</{self.tag_name}>"
        root.append(
            mark_safe(f"<{self.tag_name}{head}{attributes(self.attrs)}>{end}")  # noqa: S308
        )


class FormSet(Span):
    """
    A formset field whose lines are cards; ``card_desktop``, ``card_tablet`` and ``card_mobile``
    are the width of one card in columns, of 12, 8 and 4. ``Span`` draws a formset line by line.
    """

    def __init__(
        self,
        formset_field_name: str,
        card_desktop: int = 12,
        card_tablet: int = 8,
        card_mobile: int = 4,
        **sizes: Any,
    ) -> None:
        super().__init__(formset_field_name, **sizes)
        card = LayoutNode(card_desktop, card_tablet, card_mobile)
        self.card = "".join(
            f" {css}-{size}"
            for (_name, columns, css), size in zip(GRIDS, card.sizes, strict=True)
            if size not in (AUTO, columns)
        )

    def __repr__(self) -> str:
        return f"FormSet({self.field_name!r})"

    def draw(self, bound: Any, root: Fragment) -> SafeString:
        bound.field.widget.card = self.card
        return super().draw(bound, root)
