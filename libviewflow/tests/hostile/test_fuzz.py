"""Requests made up by the hundred: any URL, any row, any person, any method, any parameters."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples

from .attack import BREAKOUT, REFUSED, Attacker
from .surface import PAGES
from .test_queries import BAD, ELSEWHERE, NAMES
from .test_rights import STARTS, VALID
from .world import ROLES, World

pytestmark = pytest.mark.django_db

SECONDS = examples(60)
"""It ends after this time anyway, on however slow a machine."""

FIELDS = sorted({name for data in (*VALID.values(), *STARTS.values()) for name in data})
names = st.one_of(
    st.sampled_from(NAMES + FIELDS + ["_cancel_process", "_continue", "post", "theme", "rail"]),
    st.text(max_size=20),
)
values = st.one_of(
    st.sampled_from([value for value in BAD + ELSEWHERE if len(value) < 5000]),
    st.text(max_size=60),
    st.integers().map(str),
    st.floats().map(str),
    st.dates().map(str),
    st.datetimes().map(str),
    st.just(BREAKOUT),
)
pairs = st.lists(st.tuples(names, values), max_size=6)
header = st.text(st.characters(max_codepoint=255), max_size=40)


@st.composite
def requests(draw):
    """Page, row, role, method, keyword arguments for the client."""
    page = draw(st.sampled_from(PAGES))
    method = draw(
        st.sampled_from(["GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS"])
    )
    query = "&".join(
        f"{quote(name, errors='replace')}={quote(value, errors='replace')}"
        for name, value in draw(pairs)
    )
    kwargs = {}
    if draw(st.booleans()):
        query = query or quote(draw(st.binary(max_size=40)))
    if draw(st.integers(0, 4)) == 0:
        kwargs |= {"HTTP_REFERER": draw(header), "HTTP_ACCEPT_LANGUAGE": draw(header)}
    if draw(st.integers(0, 4)) == 0:
        kwargs |= {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": draw(header)}
    if draw(st.integers(0, 4)) == 0:
        kwargs["HTTP_X_REQUEST_FRAMEWORK"] = "Turbo"
    if method == "POST":
        data = {}
        if page.page == "execute" and draw(st.booleans()):
            data.update(STARTS[page.flow] if page.node == "start" else VALID.get(page.node, {}))
        data.update({name: value for name, value in draw(pairs) if name})
        kwargs["data"] = data
        if draw(st.integers(0, 5)) == 0:
            kwargs["data"] = draw(st.binary(max_size=80))
            kwargs["content_type"] = draw(
                st.sampled_from([
                    "application/x-www-form-urlencoded", "multipart/form-data; boundary=vf",
                    "application/json", "text/plain; charset=utf-7", "",
                ])
            )  # fmt: skip
    return page, draw(st.integers(0, 20)), draw(st.sampled_from(list(ROLES))), method, query, kwargs


@pytest.mark.hypothesis
def test_no_request_breaks_a_page(db):
    attacker = Attacker(World())
    until = time.monotonic() + SECONDS

    @settings(max_examples=examples(400), suppress_health_check=list(HealthCheck))
    @given(requests())
    def knock(request):
        if time.monotonic() > until:
            return
        page, row, role, method, query, kwargs = request
        rows = attacker.world.addresses(page)
        url = rows[row % len(rows)][0] if rows and row else page.url()
        response = attacker.send(role, method, f"{url}?{query}" if query else url, **kwargs)
        if response is not None and response.status_code not in (200, 301, 302, 303, 422, *REFUSED):
            attacker.fault(f"{role} {method} {page.name} | {response.status_code}")
        attacker.verdict()

    knock()
    assert attacker.requests.total() > 50
