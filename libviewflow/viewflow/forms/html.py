"""
Markup built in Python: escaping of text and of attributes.

A form is drawn from strings, not from one template per widget, because the template engine
would cost ten times the widget itself. Everything that goes into the markup passes through
:func:`text` or :func:`attributes`; there is no third way in.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils.html import conditional_escape

__all__ = ["attributes", "text"]

# Widget attributes that speak to the renderer and mean nothing to a browser.
OURS = frozenset({"leading-icon", "suffix", "inline", "columns", "boxed"})

_NAME = re.compile(r"[^\s\"'<>/=\x00-\x1f\x7f-\x9f]+")


@lru_cache(maxsize=512)
def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a possible name of an HTML attribute.")
    return str(name)


def text(value: Any) -> str:
    """Escape a value for an element or a quoted attribute; markup declared safe stays as it is."""
    if type(value) is str:
        return html.escape(value)
    return str(conditional_escape(value))


def attributes(attrs: Mapping[str, Any]) -> str:
    """
    Attributes ready to stand in a tag, each with a leading space.

    ``True`` makes a boolean attribute; ``False`` and ``None`` are left out. A name that could
    end the attribute or the tag raises ``ValueError``.
    """
    parts = []
    for name, value in attrs.items():
        if value is None or value is False or name in OURS:
            continue
        if value is True:
            parts.append(f" {_checked_name(name)}")
        else:
            parts.append(f' {_checked_name(name)}="{text(value)}"')
    return "".join(parts)
