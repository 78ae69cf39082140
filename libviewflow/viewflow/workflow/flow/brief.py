"""One line that says what a task or process is about, for rows of lists.

A flow with a summary template is quoted. A flow without one (the shortest way to write a flow)
still has data: the first things that its form asked for say more than "Pizza - In progress".
"""

from __future__ import annotations

from html import escape, unescape
from typing import Any

from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from viewflow.workflow.templatetags.workflow import own_fields

from .story import title_of

__all__ = ["as_html", "as_text", "process_line", "task_line"]

_PARTS = 2
_PART_LENGTH = 60


def task_line(task: Any) -> str:
    """Return what is to be done: the task's summary, else the title of its step."""
    node = task.flow_task
    if node is None:
        return title_of(task)
    template = (task.finished and node.task_result_template) or node.task_summary_template
    return one_line(task.brief) if template else title_of(task)


def process_line(process: Any) -> str:
    """Return for whom or what: the process's summary, else its first data, else nothing."""
    flow = process.flow_class
    if flow is None:
        return ""
    if (process.finished and flow.process_result_template) or flow.process_summary_template:
        return one_line(process.brief)
    process = process.coerced
    parts: list[str] = []
    for field in own_fields(type(process)):
        value = getattr(process, field.attname, None)
        if isinstance(value, str) and value.strip():
            shown = getattr(process, f"get_{field.name}_display", None) if field.choices else None
            text = " ".join(str(shown() if shown else value).split())
            parts.append(text if len(text) <= _PART_LENGTH else f"{text[: _PART_LENGTH - 1]}…")
            if len(parts) == _PARTS:
                break
    return " · ".join(parts)


def as_html(line: str) -> str:
    """Return a line for a page: what a summary template made is escaped already."""
    return line if isinstance(line, SafeString) else escape(line)


def as_text(line: str) -> str:
    """Return a line for readers that know no HTML."""
    return unescape(line) if isinstance(line, SafeString) else line


def one_line(text: Any) -> str:
    """Return text that a template made as plain text on one line."""
    if text is None:
        return ""
    if isinstance(text, SafeString) and ("<" in text or "\n" in text):
        return SafeString(" ".join(strip_tags(text).split()))
    return text if isinstance(text, str) else str(text)
