"""Lists of the pages of tasks and processes, printed in Python.

What repeats (entries of the story, labels with values, links of a menu) costs the template engine
several times what it costs here (measured: 0.9 ms of a page of 6 ms), so templates print each of
them as one piece: ``{% timeline story %}``, ``{% fact_list facts %}``, ``{% task_menu … %}``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from viewflow.icons import lucide
from viewflow.templatetags.viewflow import draw

__all__ = [
    "data_list",
    "fact_list",
    "finished_tickets",
    "side_of_task",
    "task_menu",
    "tickets",
    "timeline",
]


def timeline(entries: Iterable[Any], kind: str = "") -> SafeString:
    """Return the story as a list; ``kind`` is one more class for it."""
    parts = [f'<ol class="timeline {kind}">' if kind else '<ol class="timeline">']
    for entry in entries:
        note = f"<small>{conditional_escape(entry.note)}</small>" if entry.note else ""
        parts.append(
            f'<li><span class="mark {entry.tone}">{entry.icon}</span>'
            f"<div><p>{conditional_escape(entry.text)}</p>{note}</div>{entry.time}</li>"
        )
    parts.append("</ol>")
    return SafeString("".join(parts))


def fact_list(facts: Iterable[tuple[Any, Any, Any]]) -> SafeString:
    """Return ``(label, value, title)`` as rows of labels and values."""
    parts = ['<dl class="dl rows">']
    for label, value, hint in facts:
        title = f' title="{escape(hint)}"' if hint else ""
        parts.append(
            f"<div><dt>{conditional_escape(label)}</dt>"
            f"<dd{title}>{conditional_escape(value)}</dd></div>"
        )
    parts.append("</dl>")
    return SafeString("".join(parts))


def data_list(facts: list[Any], layout: str) -> SafeString:
    """Return data as labels and values, in a well of its own when it is a ``grid``."""
    if not facts:
        return SafeString("")
    parts = [f'<dl class="dl {escape(layout)}">']
    for fact in facts:
        half = ' class="half"' if fact.wide else ""
        muted = ' class="muted"' if fact.empty else ""
        parts.append(
            f"<div{half}><dt>{conditional_escape(fact.label)}</dt>"
            f"<dd{muted}>{conditional_escape(fact.value)}</dd></div>"
        )
    parts.append("</dl>")
    html = "".join(parts)
    return SafeString(f'<div class="well">{html}</div>' if layout == "grid" else html)


@lru_cache(maxsize=64)
def _words(language: str | None) -> dict[str, str]:
    """Return the words of the cards and menus, escaped: a page prints them all."""
    return {
        name: escape(word)
        for name, word in (
            ("whole", _("Whole process")),
            ("history", _("History")),
            ("more", _("More actions")),
            ("where", _("Where it stands")),
            ("everything", _("Everything")),
            ("details", _("Details")),
        )
    }


def task_menu(actions: list[Any], process_url: str | None) -> SafeString:
    """Return the actions of a task's page: the first as a button, the others in a menu."""
    if not actions and not process_url:
        return SafeString("")
    words = _words(get_language())
    button = ""
    items = []
    for index, action in enumerate(actions):
        if not action.url:
            continue
        face = f"{draw(action.icon)}{conditional_escape(action.name)}"
        if index == 0 and not action.danger:
            button = f'<a class="btn" href="{escape(action.url)}">{face}</a>'
        else:
            mark = ' class="danger"' if action.danger else ""
            items.append(f'<a{mark} href="{escape(action.url)}">{face}</a>')
    history = "#history"
    if process_url:
        url = escape(process_url)
        history = f"{url}#story"
        items.append(f'<a href="{url}">{lucide("workflow")}{words["whole"]}</a>')
    items.append(f'<a href="{history}">{lucide("history")}{words["history"]}</a>')
    return SafeString(
        f'<div class="page-actions">{button}<button class="btn icon-only" type="button"'
        f' popovertarget="more" aria-label="{words["more"]}">{lucide("ellipsis")}'
        f'</button></div><div class="menu" id="more" popover>{"".join(items)}</div>'
    )


def tickets(entries: Iterable[Any]) -> SafeString:
    """Return the open tasks of a lane of the board, one card each."""
    parts = []
    for entry in entries:
        bad, tone = (" bad", "late") if entry.failed else ("", "muted")
        foot = f'{entry.avatar}<span class="{tone}">{escape(entry.age)}</span>'
        parts.append(_ticket(bad, entry.url, entry.title, entry.note, foot))
    return SafeString("".join(parts))


def finished_tickets(rows: Iterable[dict[str, Any]]) -> SafeString:
    """Return the processes of the last lane of the board, one card each."""
    done = f'<span class="status done">{escape(_("Done"))}</span>'
    cancelled = f'<span class="status cancelled">{escape(_("Cancelled"))}</span>'
    parts = []
    for row in rows:
        state = cancelled if row["cancelled"] else done
        foot = f'{state}<span class="muted">{escape(row["age"])}</span>'
        parts.append(_ticket("", row["url"], row["title"], row["note"], foot))
    return SafeString("".join(parts))


def _ticket(css: str, url: str, title: Any, note: Any, foot: str) -> str:
    text = conditional_escape(title)
    head = f'<a href="{escape(url)}">{text}</a>' if url else f"<b>{text}</b>"
    about = f'<p class="small muted">{conditional_escape(note)}</p>' if note else ""
    return (
        f'<article class="ticket{css}">{head}{about}'
        f'<footer class="cluster between small">{foot}</footer></article>\n'
    )


def side_of_task(
    map_: Any, story: list[Any], facts: list[tuple[Any, Any, Any]], process_url: str | None
) -> SafeString:
    """Return the cards beside a task: where it stands, the latest of its story, its details."""
    words = _words(get_language())
    url = escape(process_url) if process_url else ""
    parts = []
    if map_:
        whole = f'<a href="{url}">{words["whole"]}</a>' if url else ""
        parts.append(_card("where", words["where"], whole, conditional_escape(map_)))
    if story:
        everything = f'<a href="{url}#story">{words["everything"]}</a>' if url else ""
        latest = f'<div class="card-body">{timeline(story[:8], "tight")}</div>'
        parts.append(_card("history", words["history"], everything, latest))
    details = f'<div class="card-body">{fact_list(facts)}</div>'
    parts.append(_card("details", words["details"], "", details))
    return SafeString("".join(parts))


def _card(id_: str, title: str, link: str, body: str) -> str:
    return (
        f'<section class="card" aria-labelledby="{id_}"><div class="card-head">'
        f'<h2 id="{id_}">{title}</h2>{link}</div>{body}</section>\n'
    )
