"""One row of a list, written out in Python."""

from __future__ import annotations

from typing import Any

from django.utils.safestring import SafeString

__all__ = ["Row"]


class Row:
    """One row: ``html`` is all of its cells, ``cells`` the same one by one."""

    __slots__ = ("_attrs", "_cells", "_pick", "obj")

    def __init__(self, obj: Any, attrs: str, pick: str, cells: list[tuple[str, str]]) -> None:
        self.obj = obj
        self._attrs = attrs
        self._pick = pick
        self._cells = cells

    @property
    def attrs(self) -> SafeString:
        """Attributes of the ``<tr>``, with a leading space."""
        return SafeString(self._attrs)

    @property
    def pick(self) -> SafeString:
        """The cell with the box to tick; empty without bulk actions."""
        return SafeString(self._pick)

    @property
    def cells(self) -> list[dict[str, SafeString]]:
        """``{"attrs": …, "html": …}`` for a template that writes the cells itself."""
        return [
            {"attrs": SafeString(attrs), "html": SafeString(html)} for attrs, html in self._cells
        ]

    @property
    def html(self) -> SafeString:
        """Every cell, beginning with the box to tick."""
        cells = "".join([f"<td{attrs}>{html}</td>" for attrs, html in self._cells])
        return SafeString(self._pick + cells)
