"""Any printable text comes back from any kind of file as it was."""

from __future__ import annotations

import ast
import html
import re
import sys
import tomllib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import viewflow_template as filters

TEXTS = [
    "plain",
    'Müller\'s "Pizza"',
    'only "double" quotes',
    "back\\slash\\",
    "{{ braces }} {% tag %} {# note #}",
    "$HOME ${HOME} `id` %s #",
    "🍕 Пицца",
    "<script>alert('&')</script>",
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_python(text: str) -> None:
    assert ast.literal_eval(filters.python(text)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_toml(text: str) -> None:
    assert tomllib.loads(f"a = {filters.toml(text)}")["a"] == text


@pytest.mark.parametrize("text", TEXTS)
def test_html_for_a_django_template(text: str) -> None:
    written = filters.html_text(text)
    assert not re.search(r"[<>{}%\"']", written)
    assert html.unescape(written) == text


@pytest.mark.parametrize("text", TEXTS)
def test_dockerfile(text: str) -> None:
    written = filters.dockerfile(text)
    assert written[0] == written[-1] == '"'
    assert re.sub(r"\\(.)", r"\1", written[1:-1]) == text
    assert not re.search(r'(?<!\\)(\\\\)*[$"]', written[1:-1])


@pytest.mark.parametrize("text", TEXTS)
def test_markdown(text: str) -> None:
    from markdown_it import MarkdownIt

    page = MarkdownIt("commonmark").render(f"# {filters.markdown(text)}")
    assert html.unescape(page) == (f"<h1>{text}</h1>\n" if text else "<h1></h1>\n")
