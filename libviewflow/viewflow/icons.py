"""Icons: inline SVG from Lucide, under Lucide's names or the Material names of older code.

A page prints dozens of icons, so each is built once and kept as a ``SafeString``. A name that
neither set knows shows a neutral mark; ``manage.py check`` reports it (``viewflow.W101``).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final
from zipfile import ZipFile

from django.utils.html import escape
from django.utils.safestring import SafeString

from .material_icons import MATERIAL

__all__ = ["Icon", "is_known", "lucide"]

NEUTRAL: Final = "circle-dashed"

_HEAD = (
    'width="16" height="16" aria-hidden="true" viewBox="0 0 24 24" fill="none" '
    'stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
)
_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


class Icon:
    """An icon of a menu entry or a button: ``Icon("local_pizza", class_="lg")``.

    ``str(icon)`` is an ``<svg>`` whose class list begins with ``class_`` and ends with ``icon``.
    """

    __slots__ = ("class_", "icon_name")

    def __init__(self, icon_name: str, class_: str | None = None) -> None:
        self.icon_name = icon_name
        self.class_ = class_

    def __str__(self) -> SafeString:
        return lucide(self.icon_name, f"{self.class_} icon" if self.class_ else "icon")

    __html__ = __str__

    def __repr__(self) -> str:
        return f"Icon({self.icon_name!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Icon):
            return NotImplemented
        return (self.icon_name, self.class_) == (other.icon_name, other.class_)

    def __hash__(self) -> int:
        return hash((self.icon_name, self.class_))


@lru_cache(maxsize=1024)
def lucide(name: str, class_: str = "icon") -> SafeString:
    """The SVG of a Lucide or Material icon, hidden from assistive technology.

    An unknown name gives the neutral icon with the name in ``data-icon``.
    """
    known = _lucide_name(name)
    mark = "" if known else f' data-icon="{escape(name)}"'
    body = _shapes(known or NEUTRAL)
    return SafeString(f'<svg class="{escape(class_)}" {_HEAD}{mark}>{body}</svg>')


def is_known(name: str) -> bool:
    """Can this name be drawn?"""
    return _lucide_name(name) is not None


def _lucide_name(name: str) -> str | None:
    # Where both sets have a name, Material's meaning holds: "delete" is a bin, not a key.
    name = str(name)
    translated = MATERIAL.get(name, name.replace("_", "-"))
    return translated if translated in _archive()[1] else None


@cache
def _archive() -> tuple[ZipFile, frozenset[str]]:
    # Opened once: reading the archive's directory costs more than a hundred icons. The bytes are
    # held in memory, so threads share no file position.
    archive = ZipFile(BytesIO((files("lucide") / "lucide.zip").read_bytes()))
    return archive, frozenset(name.removesuffix(".svg") for name in archive.namelist())


def _shapes(name: str) -> str:
    source = _archive()[0].read(f"{name}.svg").decode()
    found = _BODY.search(source)
    assert found is not None, f"lucide.zip: {name}.svg is not an SVG"
    return re.sub(r">\s+<", "><", re.sub(r"\s+", " ", found[1])).replace(" />", "/>").strip()


def icon_of(value: Any) -> Any:
    """Upgrade a plain name to :class:`Icon`; leave anything else as it is."""
    return Icon(value) if type(value) is str else value
