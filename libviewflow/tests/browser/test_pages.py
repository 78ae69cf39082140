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
    at = forno.at
    tab, errors = forno.tab(page.person, LISTEN, fresh=page.leaves)
    tab.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    tab.emulate_media(color_scheme="light")
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


def look_at(tab, page, width, folder):
    is_html = tab.evaluate("document.documentElement.localName") == "html"
    for scheme, rules in RULES.items():
        tab.emulate_media(color_scheme=scheme)
        if folder:
            tab.screenshot(path=Path(folder) / f"{page.name}-{width}-{scheme}.png")
        if is_html:
            assert tab.evaluate(WIDER) == []
            found = tab.evaluate(f"axe.run({rules})")["violations"]
            assert [
                (rule["id"], scheme, width, [node["html"] for node in rule["nodes"]])
                for rule in found
            ] == []


#: One page of each kind; their scripts are the same.
LOADED = ("home", "inbox", "queue", "process-list", "process-open", "start", "execute", "detail")


def test_pages_load_on_a_phone_without_a_complaint(forno):
    """The pages above are loaded at 1280 px and made narrow; some scripts run on load alone."""
    context = forno.context(forno.at.ada, viewport={"width": 390, "height": 844})
    tab, errors = context.new_page(), []
    tab.add_init_script(LISTEN)
    tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    try:
        for page in PAGES:
            if page.name in LOADED:
                tab.goto(page.url(forno.at))
                assert tab.evaluate("window.violations") == []
                assert tab.evaluate(WIDER) == []
    finally:
        context.close()
    assert errors == []


@pytest.mark.parametrize("width", [360, 768, 1024, 1440])
def test_nothing_is_wider_than_the_window(width, forno):
    """From the narrowest phone to a wide desk; the sizes above are two of them."""
    tab, _errors = forno.tab("ada", LISTEN)
    tab.set_viewport_size({"width": width, "height": 800})
    for page in PAGES:
        if page.name in {*LOADED, "dashboard-party", "process-party"}:
            tab.goto(page.url(forno.at))
            assert tab.evaluate(WIDER) == [], page.name
