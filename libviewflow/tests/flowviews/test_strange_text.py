"""Text with signs of HTML, on every page that a person can click to."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import pytest

from viewflow.workflow.models import Process, Task

from .conftest import newest, task_url, url
from .flows import ErrandFlow, ReviewFlow

pytestmark = pytest.mark.django_db

STRANGE = "O'Neil & <b>Sons</b>"
TWICE = re.compile(r".{0,60}&amp;(?:#x27|#39|lt|gt|quot|amp);.{0,20}", re.DOTALL)
LINK = re.compile(r'<a\b[^>]*\bhref="([^"]+)"')
MOST = 150


def pages(client, start):
    """Every page that links lead to, one of each kind: ``(address, text)``."""
    kinds, ahead = set(), [start]
    while ahead and len(kinds) < MOST:
        address = ahead.pop(0)
        kind = re.sub(r"\d+", "n", urlsplit(address).path)
        if kind in kinds:
            continue
        kinds.add(kind)
        response = client.get(address, follow=True)
        if "text/html" not in response.headers.get("Content-Type", ""):
            continue
        text = response.content.decode()
        yield address, response.status_code, text
        for href in LINK.findall(text):
            found = urljoin(address, href.replace("&amp;", "&"))
            if found.startswith("/") and "logout" not in found and "/admin" not in found:
                ahead.append(found)


@pytest.fixture
def strange(browser, boss):
    boss.first_name = boss.last_name = STRANGE
    boss.save()
    for taken in (False, True):
        data = {"customer_name": STRANGE, "address": STRANGE, "toppings": STRANGE}
        assert browser.post(url("pizza:start:execute"), data).status_code == 302
        bake = newest(Process.objects.latest("pk"), "bake")
        ReviewFlow.begin.run(text=STRANGE)
        decide = newest(Process.objects.latest("pk"), "decide")
        if taken:
            Task.objects.filter(pk__in=[bake.pk, decide.pk]).update(owner=boss, status="ASSIGNED")
    browser.post(task_url(bake, "execute"), {"baking_time": "5"})
    ErrandFlow.start.run(note=STRANGE)
    return browser


@pytest.mark.parametrize("start", ["pizza:index", "workflow:inbox"])
def test_no_page_shows_it_raw_or_escapes_it_twice(strange, start):
    seen = 0
    for address, status, text in pages(strange, url(start)):
        assert status in (200, 403, 404), address
        assert "<b>Sons" not in text, address
        twice = TWICE.search(text)
        assert twice is None, f"{address}: {twice and twice.group()}"
        seen += 1
    assert seen > 10, "links lead to many pages"
