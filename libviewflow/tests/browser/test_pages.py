"""Each page, both colour schemes, on a phone and on a desk: nothing is wrong with any of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .pages import PAGES

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390)

#: Runs before the page's own scripts, and is not a part of it.
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", event =>
    violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""

#: All rules in the first scheme. The second changes colours alone, so there the rules about these.
RULES = {
    "light": "{resultTypes: ['violations']}",
    "dark": "{resultTypes: ['violations'], runOnly: ['color-contrast', 'link-in-text-block']}",
}

WIDER = """() => {
    const page = document.documentElement, width = page.clientWidth;
    if (page.scrollWidth <= width) return [];
    const wide = [...document.body.querySelectorAll("*")].filter(element =>
        element.getBoundingClientRect().right > width + 0.5);
    return [`${page.scrollWidth} > ${width}`, ...wide.slice(-3).map(element => element.outerHTML.slice(0, 120))];
}"""


@pytest.fixture(scope="module")
def axe():
    return pytest.importorskip("axe_playwright_python.sync_playwright").Axe().axe_script


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_is_sound(page, forno, axe, pytestconfig):
    """No console error, no violation of the policy or of axe, nothing wider than the window."""
    for width in WIDTHS:
        look_at(page, width, forno, axe, pytestconfig.getoption("screenshots", None))


def look_at(page, width, forno, axe, folder):
    errors, at = [], forno.at
    if page.leaves:
        viewport = {"width": width, "height": 800}
        context = forno.context(getattr(at, page.person, None), viewport=viewport)
    else:
        context = forno.shared(page.person, width)
    tab = context.new_page()
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    try:
        tab.add_init_script(LISTEN)
        tab.emulate_media(color_scheme="light", reduced_motion="reduce")
        answer = tab.goto(page.url(at))
        if page.act:
            page.act(tab, at)
        else:
            assert answer.status == page.status
        html = tab.locator(":root")
        is_html = html.evaluate("root => root.localName") == "html"
        if is_html:
            assert page.says in tab.locator("body").inner_text()
            assert tab.title().strip(" ·")
        told = f"the server responded with a status of {page.status}"
        errors = [error for error in errors if page.status == 200 or told not in error]
        assert errors == []
        assert tab.evaluate("window.violations") == []
        tab.evaluate(axe) if is_html else None
        for scheme in RULES:
            tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            if folder:
                name = f"{page.name}-{width}-{scheme}.png"
                tab.screenshot(path=Path(folder) / name, full_page="-full" in folder)
            if is_html:
                assert tab.evaluate(WIDER) == []
                found = tab.evaluate(f"axe.run({RULES[scheme]})")["violations"]
                assert [
                    (rule["id"], scheme, width, [node["html"] for node in rule["nodes"]])
                    for rule in found
                ] == []
    finally:
        tab.close()
        if page.leaves:
            context.close()
