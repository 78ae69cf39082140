"""A grid of twelve columns and cards, for layouts that look like the rest of the site."""

from __future__ import annotations

from functools import partial
from typing import Any

from dash import html

__all__ = [
    "Card",
    "InnerGrid",
    "InnerRow",
    "PageGrid",
    "Span",
    *(f"Span{n}" for n in range(2, 13)),
]


def _div(children: Any, css: str, options: dict[str, Any]) -> Any:
    extra = options.pop("className", "")
    return html.Div(children, className=f"{css} {extra}".strip(), **options)


def PageGrid(children: Any = None, **options: Any) -> Any:
    """The grid of a page: its spans share twelve columns."""
    return _div(children, "dash-grid", options)


def InnerGrid(children: Any = None, **options: Any) -> Any:
    """A grid inside of a span."""
    return _div(children, "dash-grid inner", options)


def InnerRow(children: Any = None, **options: Any) -> Any:
    """Things side by side, as wide as they are."""
    return _div(children, "cluster", options)


def Span(children: Any = None, columns: int = 12, **options: Any) -> Any:
    """A part of the grid, ``columns`` of twelve wide; all of them on a phone."""
    if columns not in range(1, 13):
        raise ValueError(f"Span(columns={columns!r}): expected 1 to 12.")
    return _div(children, f"dash-span dash-span{columns}", options)


def Card(children: Any = None, title: Any = None, **options: Any) -> Any:
    """A card, with a heading if there is a title."""
    head = [html.Div(html.H2(title), className="card-head")] if title else []
    return _div([*head, html.Div(children, className="card-body")], "card", options)


Span2, Span3, Span4, Span5, Span6, Span7, Span8, Span9, Span10, Span11, Span12 = (
    partial(Span, columns=columns) for columns in range(2, 13)
)
