"""The pages of a state machine in a real browser: axe, the content policy, no sideways scrolling."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client, override_settings

from tests.browser.test_pages import LISTEN, SIZES, WIDER

from .models import Article

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

POLICY = ["tests.chromium.strict", *settings.MIDDLEWARE]


@pytest.fixture
def tab(live_server, chromium):
    user = get_user_model().objects.create_superuser("grace", first_name="Grace")
    client = Client()
    client.force_login(user)
    context = chromium.new_context(base_url=live_server.url, reduced_motion="reduce")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([{**cookie, "url": live_server.url}])
    page = context.new_page()
    page.add_init_script(LISTEN)
    yield page
    context.close()


def look_at(tab, name, folder):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for width, height in SIZES:
        tab.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            if folder:
                tab.screenshot(path=Path(folder) / f"fsm-{name}-{width}-{scheme}.png")
            violations = axe.run(tab).response["violations"]
            assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in violations] == []
            assert tab.evaluate(WIDER) == []
    assert tab.evaluate("window.violations") == []


@override_settings(ROOT_URLCONF="tests.fsm.pages", MIDDLEWARE=POLICY)
def test_pages_are_sound_and_the_way_through_them_works(tab, pytestconfig):
    """B269."""
    folder = pytestconfig.getoption("screenshots", None)
    for number, status in enumerate(("review", "draft", "published", "rejected")):
        Article.objects.create(title=f"Bread and butter {number}", text="Long.", status=status)
    tab.goto("/paper/article/")
    look_at(tab, "list", folder)
    tab.get_by_role("button", name="State chart").click()
    assert tab.get_by_role("dialog", name="State chart").is_visible()
    look_at(tab, "dialog", folder)
    tab.get_by_role("link", name="Open as a page").click()
    look_at(tab, "chart", folder)
    tab.go_back()
    tab.get_by_role("link", name="Bread and butter 0").click()
    look_at(tab, "detail", folder)
    tab.get_by_role("link", name="Approve").click()
    look_at(tab, "transition", folder)
    tab.get_by_label("Comment").fill("Well done")
    tab.get_by_role("button", name="Approve").click()
    assert "is now: Approved." in tab.locator("body").inner_text()
    other = Article.objects.get(status="rejected")
    tab.goto(f"/paper/article/{other.pk}/transition/reject/")
    assert "is not possible now" in tab.locator("h1").inner_text()
    look_at(tab, "refused", folder)
