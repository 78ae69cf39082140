"""Each page, both colour schemes, on a phone and on a desk: nothing is wrong with any of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .pages import PAGES

pytestmark = pytest.mark.browser

SIZES = ((1280, 800), (390, 844))

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
    errors, at = [], forno.at
    person = getattr(at, page.person, None)
    context = forno.context(person) if page.leaves else forno.shared(page.person)
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
        if tab.evaluate("document.documentElement.localName") == "html":
            assert page.says in tab.locator("body").inner_text()
            assert tab.title().strip(" ·")
            tab.evaluate(axe)
        for width, height in SIZES:
            tab.set_viewport_size({"width": width, "height": height})
            look_at(tab, page, width, pytestconfig.getoption("screenshots", None))
        assert tab.evaluate("window.violations") == []
        told = f"the server responded with a status of {page.status}"
        assert [error for error in errors if page.status == 200 or told not in error] == []
    finally:
        tab.close()
        if page.leaves:
            context.close()


def look_at(tab, page, width, folder):
    is_html = tab.evaluate("document.documentElement.localName") == "html"
    for scheme, rules in RULES.items():
        tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if folder:
            tab.screenshot(path=Path(folder) / f"{page.name}-{width}-{scheme}.png")
        if is_html:
            assert tab.evaluate(WIDER) == []
            found = tab.evaluate(f"axe.run({rules})")["violations"]
            assert [
                (rule["id"], scheme, width, [node["html"] for node in rule["nodes"]])
                for rule in found
            ] == []


def test_pages_load_on_a_phone_without_a_complaint(forno):
    """The pages above are loaded at 1280 px and made narrow; some scripts run on load alone."""
    context = forno.context(forno.at.ada, viewport={"width": 390, "height": 844})
    tab, errors = context.new_page(), []
    tab.add_init_script(LISTEN)
    tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    try:
        for page in PAGES:
            if page.person == "ada" and page.status == 200 and not page.act and not page.leaves:
                tab.goto(page.url(forno.at))
                assert tab.evaluate("window.violations") == []
    finally:
        context.close()
    assert errors == []
