"""What the template adds to Jinja: where the template lies, and how an answer is written into a file.

Free-text answers may hold quotes, braces, dollars and umlauts. Each kind of file has one filter
that writes such a text so that it reads back unchanged: ``python``, ``toml``, ``html``,
``markdown`` and ``dockerfile``.

``cruft update`` renders two versions of the template in one process and imports this module once:
when a filter or a global is added here, give the module a new name (and ``_extensions`` with it).
"""

from __future__ import annotations

import html
import importlib.util
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cookiecutter.exceptions import FailedHookException
from jinja2.ext import Extension

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["TemplateExtension", "dockerfile", "html_text", "markdown", "python", "toml"]


def python(text: str) -> str:
    """A Python string literal, with the quotes that the formatter would choose."""
    text = text.replace("\\", "\\\\")
    if text.count('"') > text.count("'"):
        return "'" + text.replace("'", "\\'") + "'"
    return '"' + text.replace('"', '\\"') + '"'


def toml(text: str) -> str:
    """A TOML basic string. JSON's escapes are TOML's, as long as other letters stay as they are."""
    return json.dumps(text, ensure_ascii=False)


def html_text(text: str) -> str:
    """Text for a Django template: neither HTML nor the template language finds anything in it."""
    text = html.escape(text)
    return re.sub(r"[{}%]", lambda match: f"&#{ord(match[0])};", text)


def markdown(text: str) -> str:
    """Text for Markdown, with every character that could start markup escaped."""
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_{}\[\]()#+\-!|>~])", r"\\\1", text)


def dockerfile(text: str) -> str:
    """A quoted word of a Dockerfile, in which no variable is looked up."""
    return '"' + re.sub(r'([\\"$])', r"\\\1", text) + '"'


def refuse_bad_answers(answers: dict[str, Any]) -> str:
    """Stop before anything is written when an answer cannot be used; the hook asks again.

    The rules live in the hook, because a replay file brings answers that were not asked for here.
    """
    path = Path(__file__).with_name("hooks") / "pre_gen_project.py"
    spec = importlib.util.spec_from_file_location("viewflow_template_pre_gen", path)
    if spec is None or spec.loader is None:
        raise FailedHookException(f"The template is incomplete: {path} is missing.")
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    if refusal := hook.refusal(answers):
        raise FailedHookException(refusal)
    return ""


class TemplateExtension(Extension):
    """Registers the filters, ``template_root()`` and ``refuse_bad_answers()``."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        # Hooks are rendered with the template's root as the current directory, by cookiecutter
        # and by cruft; no variable of either tells it in every case.
        environment.globals["template_root"] = os.getcwd
        environment.globals["refuse_bad_answers"] = refuse_bad_answers
        environment.filters.update(
            python=python,
            toml=toml,
            html=html_text,
            markdown=markdown,
            dockerfile=dockerfile,
        )
