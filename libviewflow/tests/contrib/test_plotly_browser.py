"""A page of Dash in a real browser, under the policy that it needs and no wider one."""

from __future__ import annotations

import shutil

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings
from django.test.client import Client
from django.test.testcases import LiveServerThread

from tests.browser.conftest import Assets, database
from tests.browser.conftest import empty_database as empty_database  # a fixture
from tests.kit.models import Customer

from .test_plotly import Urls

pytestmark = pytest.mark.browser

POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:"


@pytest.fixture
def tab(chromium, empty_database, django_db_blocker, tmp_path):
    # A file of its own, in which each thread has its connection: Dash asks for many things at once.
    shutil.copy(empty_database, tmp_path / "db.sqlite3")
    changed = override_settings(ROOT_URLCONF=Urls, CSRF_COOKIE_HTTPONLY=True)
    with django_db_blocker.unblock(), database(tmp_path / "db.sqlite3"), changed:
        user = get_user_model().objects.create_user("marta", email="m@x.example")
        for kind in ("REG", "REG", "NEW"):
            Customer.objects.create(name="x", kind=kind, email="m@x.example")
        client = Client()
        client.force_login(user)
        server = LiveServerThread("localhost", static_handler=Assets)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        url = f"http://localhost:{server.port}"
        window = chromium.new_context(base_url=url, color_scheme="dark")
        key = client.cookies["sessionid"].value
        window.add_cookies([{"name": "sessionid", "value": key, "url": url}])

        def guard(route):
            answer = route.fetch()
            headers = {**answer.headers, "content-security-policy": POLICY}
            route.fulfill(response=answer, headers=headers)

        window.route("**/site/sales/", guard)
        yield window.new_page()
        window.close()
        server.terminate()


def test_callbacks_draw(tab):
    errors = []
    tab.on("console", lambda message: message.type == "error" and errors.append(message.text))
    tab.on("pageerror", lambda error: errors.append(str(error)))
    assert tab.goto("/site/sales/").headers["content-security-policy"] == POLICY
    tab.wait_for_selector(".js-plotly-plot .ytick")
    top = "[...document.querySelectorAll('.ytick')].at(-1).textContent"
    assert tab.evaluate(top) == "2"
    with tab.expect_response("**/_dash-update-component*") as answer:
        tab.fill("#kind", "NEW")
    assert answer.value.status == 200
    tab.wait_for_function(f"{top} === '1'")
    ink = "e => getComputedStyle(e).fill"
    assert tab.eval_on_selector(".ytick text", ink) != "rgb(42, 63, 95)"  # Plotly's own, for white
    assert errors == []
