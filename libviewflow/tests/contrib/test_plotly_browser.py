"""A page of Dash in a real browser, under the policy that it needs and no wider one."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from tests.browser.conftest import Forno, served, site_of
from tests.browser.conftest import empty_database as empty_database  # a fixture
from tests.chromium import listen
from tests.kit.models import Customer

from .test_plotly import Urls

expect = pytest.importorskip("playwright.sync_api").expect

pytestmark = pytest.mark.browser

POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:"


@pytest.fixture
def tab(chromium, empty_database, django_db_blocker, tmp_path):
    # A file of its own, in which each thread has its connection: Dash asks for many things at once.
    changes = {"ROOT_URLCONF": Urls, "CSRF_COOKIE_HTTPONLY": True}
    with site_of(empty_database, tmp_path, django_db_blocker, **changes):
        user = get_user_model().objects.create_user("marta", email="m@x.example")
        for kind in ("REG", "REG", "NEW"):
            Customer.objects.create(name="x", kind=kind, email="m@x.example")
        with served() as url:
            window = Forno(url, None, chromium).context(user, color_scheme="dark")

            def guard(route):
                answer = route.fetch()
                headers = {**answer.headers, "content-security-policy": POLICY}
                route.fulfill(response=answer, headers=headers)

            window.route("**/site/sales/", guard)
            yield window.new_page()
            window.close()


def test_callbacks_draw(tab):
    errors = []
    listen(tab, errors)
    assert tab.goto("/site/sales/").headers["content-security-policy"] == POLICY
    tab.wait_for_selector(".js-plotly-plot .ytick")
    expect(tab.locator(".ytick").last).to_have_text("2")
    with tab.expect_response("**/_dash-update-component*") as answer:
        tab.fill("#kind", "NEW")
    assert answer.value.status == 200
    # Not wait_for_function(): it evaluates text, which the policy forbids, whenever it has to wait.
    expect(tab.locator(".ytick").last).to_have_text("1")
    ink = "e => getComputedStyle(e).fill"
    assert tab.eval_on_selector(".ytick text", ink) != "rgb(42, 63, 95)"  # Plotly's own, for white
    assert errors == []
