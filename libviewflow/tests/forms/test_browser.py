"""The gallery of fields in a real browser: axe, no sideways scrolling, links that lead."""

from __future__ import annotations

import pytest
from django.test import override_settings

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("path", ["/gallery/", "/gallery/wrong/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1440])
@override_settings(ROOT_URLCONF="tests.forms.gallery")
def test_every_field_in_every_state_is_accessible(live_server, chromium, path, scheme, width):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    try:
        page.goto(live_server.url + path)
        violations = axe.run(page).response["violations"]
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        page.close()


@override_settings(ROOT_URLCONF="tests.forms.gallery")
def test_links_of_the_summary_lead_to_their_controls(live_server, chromium):
    page = chromium.new_page()
    try:
        page.goto(live_server.url + "/gallery/wrong/")
        links = page.locator(".alert a")
        assert links.count() > 10
        for index in range(links.count()):
            target = links.nth(index).get_attribute("href")
            assert page.locator(target).count() == 1, target
    finally:
        page.close()
