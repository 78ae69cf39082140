"""Runs before the project is written: refuses answers that cannot work, protects existing files.

Cookiecutter renders this file and starts it in the new project's folder. Everything but
``main()`` is a plain function, tested in ``tests/test_hooks.py``.
"""
# ruff: noqa: F821 (the double braces are filled in by cookiecutter)

from __future__ import annotations

import json
import re
import shutil
import sys
import zoneinfo
from pathlib import Path

KEPT = ".kept-by-cookiecutter"
"""Where files of an existing project wait while the template is written over them."""

TAKEN = {
    "con", "prn", "aux", "nul",  # folder names that Windows refuses
    "celery", "django", "django-environ", "django-filter", "django-htmx", "django-tasks-db",
    "gunicorn", "libviewflow", "lucide", "pillow", "psycopg", "redis", "viewflow", "whitenoise",  # the project's own dependencies
}  # fmt: skip

LABELS = {
    "project_name": "project name",
    "description": "description",
    "author_name": "author name",
}
BACKGROUND = ("database", "celery")
LIMITS = {"project_name": 60, "description": 200, "author_name": 100}


def refuse_text(key: str, text: str) -> str:
    label, limit = LABELS[key], LIMITS[key]
    if not text.strip():
        return f"The {label} is empty: please give one."
    if not text.isprintable():
        return f"The {label} must be one line of printable characters."
    if len(text) > limit:
        return f"The {label} has {len(text)} characters: please use at most {limit}."
    return ""


def refuse_slug(slug: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9]*([_-][a-z0-9]+)*", slug) or len(slug) > 40:
        return (
            f"The project slug {slug!r} cannot be a folder and package name: use at most 40 small "
            "letters, digits, '_' and '-', starting with a letter."
        )
    if slug.replace("_", "-") in TAKEN:
        return f"The project slug {slug!r} is the name of something else: please choose another."
    return ""


def refuse_email(address: str) -> str:
    if len(address) > 254 or not re.fullmatch(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", address
    ):
        return f"The e-mail address {address!r} is not valid: write it like you@example.com."
    return ""


def refuse_domain(domain: str) -> str:
    label = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if len(domain) > 200 or not re.fullmatch(rf"{label}(\.{label})*", domain):
        return (
            f"The domain name {domain!r} is not valid: write it in small letters, without https:// "
            "or a path, like shop.example.com."
        )
    return ""


def refuse_timezone(name: str) -> str:
    known = zoneinfo.available_timezones()
    # Some systems have no time zone data; then Django will be the one to tell.
    if known and name not in known:
        return f"The time zone {name!r} is unknown: use a name such as UTC or Europe/Berlin."
    return ""


def refuse_background(name: str) -> str:
    if name not in BACKGROUND:
        return f"Work in the background cannot wait in {name!r}: use {' or '.join(BACKGROUND)}."
    return ""


def refusal(answers: dict[str, str]) -> str:
    """One sentence about the first answer that cannot be used, or an empty string."""
    for key in LABELS:
        if sentence := refuse_text(key, answers[key]):
            return sentence
    return (
        refuse_slug(answers["project_slug"])
        or refuse_email(answers["email"])
        or refuse_domain(answers["domain_name"])
        or refuse_timezone(answers["timezone"])
        or refuse_background(answers["background"])
    )


def keep_existing(template: Path, project: Path) -> list[str]:
    """Copy the files that the template would overwrite; the other hook puts them back.

    Raises ``FileExistsError`` when an interrupted run has left such copies: they are the only
    ones, so nothing may be written over them.
    """
    if (project / KEPT).exists():
        raise FileExistsError(
            f"An earlier run was interrupted: move the files in {project / KEPT} back to their "
            "places and remove that folder, then start again."
        )
    kept = []
    for source in sorted(template.rglob("*")):
        # The name of a file that one answer alone brings is a condition around the name.
        path = Path(re.sub(r"[{]%.*?%[}]", "", source.relative_to(template).as_posix()))
        if "__pycache__" in path.parts:
            continue
        if source.is_file() and (project / path).is_file():
            (project / KEPT / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(project / path, project / KEPT / path)
            kept.append(path.as_posix())
    return kept


def main() -> None:
    answers = json.loads({{cookiecutter | tojson | tojson}})
    root = Path(json.loads({{template_root() | tojson | tojson}}))
    if sentence := refusal(answers):
        sys.exit(sentence)
    try:
        keep_existing(root / ("{" * 2 + "cookiecutter.project_slug" + "}" * 2), Path.cwd())
    except OSError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
