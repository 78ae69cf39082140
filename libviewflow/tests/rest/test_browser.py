"""The page about the API in a real browser."""

from __future__ import annotations

import pytest
from django.test import override_settings

from tests.fsm.test_browser import POLICY, look_at
from tests.fsm.test_browser import tab as tab

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@override_settings(ROOT_URLCONF="tests.rest.urls", MIDDLEWARE=POLICY)
def test_the_page_about_the_api_is_sound(tab, pytestconfig):
    """B468."""
    tab.goto("/api/docs/")
    tab.get_by_text("/api/pizza/bake/{id}/execute/").first.click()
    tab.get_by_text("/api/pizza/start/").click()
    assert tab.get_by_text("customer_name").is_visible()
    look_at(tab, "api", pytestconfig.getoption("screenshots", None))
