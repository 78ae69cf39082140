"""The files that every page loads: current, small, and nothing inline beside them."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from viewflow import assets

TEMPLATES = Path(assets.__file__).parent / "templates"


def test_bundles_are_what_their_sources_make():
    assert assets.stale() == [], "run: python -m viewflow.assets"


def test_every_source_is_in_a_bundle():
    css = {path.stem for path in (assets.STATIC / "css").glob("*.css")}
    js = {path.stem for path in (assets.STATIC / "js").glob("*.js")}
    assert css == set(assets.STYLES)
    assert js == set(assets.SCRIPTS)


def test_check_reports_a_bundle_that_is_not_current(tmp_path, monkeypatch, capsys):
    for folder, names, suffix in (("css", assets.STYLES, "css"), ("js", assets.SCRIPTS, "js")):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / f"{name}.{suffix}").write_text("/* nothing */\n")
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    assert assets.main(["--check"]) == 1
    assert "viewflow.css is not current" in capsys.readouterr().err
    assert assets.main([]) == 0
    assert assets.main(["--check"]) == 0


def test_joining_changes_no_rule():
    source = """
    /* a comment { with a brace */
    .a , .b:hover { margin: calc(1px + 2px) ; }
    @media (width >= 10rem) { .c > .d { --x: "a  b"; } }
    """
    assert assets.squeeze_css(source).startswith(".a,.b:hover{margin:calc(1px + 2px)")
    assert "@media (width >= 10rem){.c > .d{" in assets.squeeze_css(source)


def test_script_squeezer_keeps_texts_and_patterns():
    source = """
    // A comment.
    const a = { b: " = 1, { ", c: 'd : e' };
    if (/was (a|b) , "c"/.test(a.b)) return `x  ${a.c}  y`;
    let d = 1
    d + +a
    """
    assert assets.squeeze_js(source) == (
        """const a={b:" = 1, { ",c:'d : e'};if(/was (a|b) , "c"/.test(a.b))return `x  ${a.c}  y`;"""
        "let d=1\nd + +a"
    )


def test_scripts_stay_within_15_kb():
    """What a page loads, before it is compressed."""
    assert (assets.STATIC / "viewflow.js").stat().st_size < 15 * 1024


def test_stylesheet_stays_within_12_kb_compressed():
    data = (assets.STATIC / "viewflow.css").read_bytes()
    assert len(gzip.compress(data, 9)) <= 12 * 1024


def test_scripts_neither_import_nor_evaluate():
    for path in (assets.STATIC / "js").glob("*.js"):
        source = path.read_text()
        assert not re.search(
            r"^\s*(import|export)\b|\beval\(|new Function|innerHTML", source, re.M
        ), path


def test_no_template_holds_inline_styles_or_scripts():
    """The pages run under ``default-src 'self'``."""
    inline = re.compile(
        r"""<style\b|<script(?![^>]*\bsrc=)[^>]*>|\sstyle=|\son[a-z]+=["']|\bhx-on[:-]|javascript:""",
        re.IGNORECASE,
    )
    for path in TEMPLATES.rglob("*.html"):
        if path.parts[-2] == "admin":
            continue  # Django's admin brings a policy of its own
        found = inline.search(path.read_text())
        assert not found, f"{path.relative_to(TEMPLATES)}: {found.group()}"


@pytest.mark.parametrize("name", ["favicon.svg", "viewflow.css", "viewflow.js"])
def test_staticfiles_finders_know_the_asset(name):
    from django.contrib.staticfiles import finders

    assert finders.find(f"viewflow/{name}")


def test_htmx_comes_along():
    from django.contrib.staticfiles import finders

    assert finders.find("django_htmx/htmx-4.min.js")
