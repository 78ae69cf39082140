"""The documentation is true: its examples run, its links lead somewhere, its names exist."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs_project import examples

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "viewflow"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# In a generated project the folder above holds a README of its own.
if (ROOT.parent / "cookiecutter.json").exists():
    PAGES.append(ROOT.parent / "README.md")

CODE = re.compile(r"[\"'`]((?:viewflow|jsonstore)\.[EWIC]\d{3})[\"'`]")
LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"")


def named(page: Path) -> str:
    return str(page.relative_to(ROOT.parent))


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of the page's headings."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


@pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")),
    reason="examples run once, on SQLite, without DATABASE_URL",
)
@pytest.mark.parametrize("page", [page for page in PAGES if examples(page)], ids=named)
def test_the_examples_of_a_page_run(page):
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-m", "tests.docs_project", str(page)],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_can_be_read_in_one_go(page):
    assert len(page.read_text(encoding="utf-8").splitlines()) <= 250


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_files_and_headings_that_exist(page):
    broken = []
    for groups in LINK.findall(prose(page)):
        target = groups[0] or groups[1]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        if not found.exists() or (anchor and anchor not in anchors(found)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pictures_are_small(page):
    for groups in LINK.findall(prose(page)):
        picture = page.parent / (groups[0] or groups[1])
        if picture.suffix == ".png":
            assert picture.stat().st_size < 150_000, picture.name


def test_checks_has_a_paragraph_for_each_code_of_the_code_and_for_no_other():
    in_code = set()
    for source in PACKAGE.rglob("*.py"):
        in_code |= set(re.findall(r"id=\"([a-z_]+\.[EWIC]\d{3})\"", source.read_text("utf-8")))
    headings = re.findall(r"^### ([a-z_]+\.[EWIC]\d{3})$", prose(ROOT / "docs/checks.md"), re.M)
    assert in_code
    assert sorted(headings) == sorted(in_code)


def test_codes_named_anywhere_in_the_documentation_are_in_checks():
    known = set(re.findall(r"^### (\S+)$", prose(ROOT / "docs/checks.md"), re.M))
    for page in PAGES:
        assert set(CODE.findall(prose(page))) <= known, page.name


def test_templates_lists_each_template_of_the_package_with_its_blocks():
    rows = re.findall(
        r"^\| `([\w./]+)` \|[^|]*\|([^|]*)\|$", prose(ROOT / "docs/templates.md"), re.M
    )
    listed = {name: set(re.findall(r"`([\w-]+)`", blocks)) for name, blocks in rows}
    shipped = {
        str(path.relative_to(PACKAGE / "templates")): path.read_text(encoding="utf-8")
        for path in (PACKAGE / "templates").rglob("*.html")
    }
    internal = {name for name in shipped if name.startswith("viewflow/workflow/includes/")}
    assert set(listed) == set(shipped) - internal
    for name, blocks in listed.items():
        assert blocks == set(re.findall(r"{% block ([\w-]+)", shipped[name])), name


NAME = re.compile(r"`(viewflow(?:\.\w+)+)`")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_dotted_names_can_be_imported(page):
    for dotted in sorted(set(NAME.findall(prose(page)))):
        if CODE.fullmatch(f'"{dotted}"') or dotted in {"viewflow.css", "viewflow.js"}:
            continue
        module, _, name = dotted.rpartition(".")
        try:
            importlib.import_module(dotted)
        except ModuleNotFoundError:
            assert hasattr(importlib.import_module(module), name), dotted


def test_styling_names_only_tokens_and_classes_of_the_stylesheet():
    css = (PACKAGE / "static/viewflow/viewflow.css").read_text(encoding="utf-8")
    page = prose(ROOT / "docs/styling.md")
    for token in set(re.findall(r"`(--[\w-]+)`", page)):
        assert f"{token}:" in css, token
    for css_class in set(re.findall(r"`\.([\w-]+)`", page)):
        assert re.search(rf"\.{css_class}(?![\w-])", css), css_class
