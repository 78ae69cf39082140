"""How a class name becomes a title, a URL part or a namespace."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = [
    "camel_case_to_title",
    "camel_case_to_underscore",
    "list_path_components",
    "strip_suffixes",
]

# "HTTPServer2Go" -> HTTP Server2 Go: an acronym ends before its last capital.
_WORD = re.compile(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+")
_PARAMETER = re.compile(r"<(?:[^>:\s]+:)?(?P<name>[^>\s]+)>")


def camel_case_to_underscore(name: str) -> str:
    """``SomeString`` → ``some_string``."""
    return "_".join(word.lower() for word in _WORD.findall(name))


def camel_case_to_title(name: str) -> str:
    """``SomeString`` → ``Some string``; an acronym keeps its capitals."""
    words = [
        word if len(word) > 1 and word.isupper() else word.lower() for word in _WORD.findall(name)
    ]
    title = " ".join(words)
    return title[:1].upper() + title[1:]


def strip_suffixes(word: str, suffixes: Iterable[str]) -> str:
    """Remove every suffix in the order given, but never the whole word."""
    for suffix in suffixes:
        if suffix and word != suffix and word.endswith(suffix):
            word = word[: -len(suffix)]
    return word


def list_path_components(route: str) -> list[str]:
    """Names of the parameters of a ``path()`` route: ``"d/<int:pk>/"`` → ``["pk"]``."""
    return [match["name"] for match in _PARAMETER.finditer(str(route))]
