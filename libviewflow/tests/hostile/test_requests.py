"""Requests that no browser sends: wrong methods, missing tokens, odd bytes, broken bodies."""

from __future__ import annotations

import json

import pytest

from .attack import BREAKOUT, REFUSED
from .surface import DISTINCT, PAGES, kind_of

pytestmark = pytest.mark.django_db

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "VF", "get")


@pytest.mark.parametrize("role", ["superuser", "anonymous"])
def test_a_method_that_a_page_does_not_know_changes_nothing(world, attacker, role):
    for number, page in enumerate(DISTINCT):
        url = world.address(page)
        if page.page == "logout":
            continue  # PUT and the like sign out nobody; a rollback would hide it if they did
        odd = METHODS[3:]
        if role == "anonymous":
            odd = (odd[number % len(odd)],)
        elif kind_of(page) == "task" and page.node not in {"bake", "sign"}:
            odd = (odd[number % len(odd)], odd[(number + 3) % len(odd)])
        for method in odd:
            response = attacker.send(role, method, url)
            attacker.expect(f"{role} {method} {page.name}", response, 200, 302, *REFUSED)
    attacker.verdict()


def test_head_answers_as_get_without_a_body(world, attacker):
    for number, page in enumerate(DISTINCT):
        if kind_of(page) == "task" and number % 4:
            continue
        if page.name == "admin:login":
            continue  # Django's own: a HEAD does not redirect who is signed in
        url = world.address(page)
        get, head = (attacker.send("superuser", method, url) for method in ("GET", "HEAD"))
        if get is None or head is None:
            continue
        if head.status_code != get.status_code:
            attacker.fault(f"{page.name} | HEAD {head.status_code}, GET {get.status_code}")
    attacker.verdict()


def test_a_post_without_its_token_is_refused_everywhere(world, attacker):
    for number, page in enumerate(PAGES):
        url = world.address(page)
        for method in ("POST", ("PUT", "PATCH", "DELETE")[number % 3]):
            response = attacker.send("superuser", method, url, client=attacker.strict["superuser"])
            attacker.expect(f"{method} {page.name} without a token", response, 403)
    attacker.verdict()


def test_a_foreign_token_is_refused(world, attacker):
    page = next(page for page in PAGES if page.name == "order:bake:execute")
    url = world.address(page)
    for token in ("", "x", "a" * 32, "a" * 64, "\x00" * 64, "é" * 64, "a" * 100_000):
        client = attacker.strict["owner"]
        client.cookies["csrftoken"] = "b" * 32
        data = {"csrfmiddlewaretoken": token, "note": "x", "amount": "1"}
        response = attacker.send("owner", "POST", url, client=client, data=data)
        attacker.expect(f"token {token[:10]!r}", response, 403)
    client.cookies["csrftoken"] = "a" * 32
    for origin in ("https://evil.example", "null", "http://testserver.evil.example"):
        response = attacker.send(
            "owner", "POST", url, client=client, HTTP_ORIGIN=origin, HTTP_X_CSRFTOKEN="a" * 32
        )
        attacker.expect(f"origin {origin}", response, 403)
    attacker.verdict()


HEADERS = [
    {"HTTP_REFERER": "http://evil.example/" + BREAKOUT},
    {"HTTP_REFERER": "\xff\xfe\x00", "HTTP_ACCEPT_LANGUAGE": "\xff;q=\x00"},
    {"HTTP_ACCEPT_LANGUAGE": "../../etc/passwd;q=1e999," * 500},
    {"HTTP_ACCEPT_LANGUAGE": "de" + "-de" * 300 + ";q=nan"},
    {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "javascript:alert(1)//" + BREAKOUT},
    {"HTTP_HX_REQUEST": "\xff", "HTTP_HX_CURRENT_URL": "http://[", "HTTP_HX_TARGET": BREAKOUT},
    {"HTTP_HX_REQUEST": "true", "HTTP_HX_PROMPT": "%ff%00", "HTTP_HX_TRIGGER": "\x00" * 50},
    {"HTTP_HX_BOOSTED": "true", "HTTP_HX_HISTORY_RESTORE_REQUEST": "true"},
    {"HTTP_X_REQUEST_FRAMEWORK": "Turbo", "HTTP_TURBO_FRAME": BREAKOUT},
    {"HTTP_X_REQUEST_FRAMEWORK": "\xff" * 100},
    {
        "HTTP_IF_NONE_MATCH": '"\xff',
        "HTTP_IF_MODIFIED_SINCE": "yesterday",
        "HTTP_RANGE": "bytes=-1",
    },
    {"HTTP_COOKIE_2": "x", "HTTP_X_FORWARDED_FOR": BREAKOUT, "HTTP_ACCEPT": "\x00/\xff;q=-1"},
    {"HTTP_USER_AGENT": BREAKOUT * 100, "HTTP_ACCEPT_ENCODING": "\xff, gzip;q=x"},
    {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest", "HTTP_ACCEPT": "application/json"},
]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_odd_headers_do_no_harm(world, attacker, method):
    for number, page in enumerate(PAGES):
        url = world.address(page)
        odd = {**HEADERS[number % len(HEADERS)], **HEADERS[(number * 5 + 3) % len(HEADERS)]}
        for role in ("superuser", "anonymous")[: 1 if number % 3 else 2]:
            response = attacker.send(role, method, url, **odd)
            if response is not None and response.status_code not in (200, 302, 422, 303, *REFUSED):
                attacker.fault(f"{role} {method} {page.name} {odd} | {response.status_code}")
    attacker.verdict()


COOKIES = {
    "vf_theme": [BREAKOUT, "\xff\x00", "dark\r\nX: y", "a" * 3000, '"></html><html class="'],
    "vf_rail": [BREAKOUT, "\xff", "2"],
    "messages": [BREAKOUT, "\x00", '[["__json_message",0,20,"x"]]', "e30:" + "a" * 300],
    "sessionid": [BREAKOUT, "\x00\xff", "a" * 3000, "../../x"],
    "csrftoken": [BREAKOUT, "\x00", "a" * 3000],
    "django_language": ["../../etc", "\xff\x00", "a" * 1000],
}


def test_odd_cookies_do_no_harm(world, attacker):
    probes = [page for page in PAGES if page.name in {
        "order:index", "order:inbox", "order:bake:detail", "login", "profile", "site_theme", "index",
        "admin:index", "order:start:execute", "workflow:queue", "logout", "admin:catch_all",
    }]  # fmt: skip
    session = attacker.clients["superuser"].cookies["sessionid"].value
    for page in probes:
        url = world.address(page)
        for name, values in COOKIES.items():
            for value in values:
                for signed_in in (True, False):
                    if signed_in and name == "sessionid":
                        continue
                    raw = f"{name}={value}"
                    raw = f"sessionid={session}; {raw}" if signed_in else raw
                    client = attacker.clients["anonymous"]
                    response = attacker.send(
                        "anonymous", "GET", url, client=client, HTTP_COOKIE=raw
                    )
                    attacker.expect(f"{page.name} cookie {raw[:60]}", response, 200, 302, 404)
    attacker.verdict()


BODIES = [
    ("application/json", json.dumps({"_confirm": "1", "pk": [1, 2], "name": "x"})),
    ("application/json", b"\xff\x00{"),
    ("application/json; charset=nope", b"{}"),
    ("text/plain", b"\x00" * 1000),
    ("text/xml", '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    ("application/x-www-form-urlencoded; charset=utf-16", "name=%ff%fe&note=%00"),
    ("application/x-www-form-urlencoded; charset=no-such-charset", "name=x"),
    ("application/x-www-form-urlencoded", b"name=%ff%fe%00&%00=%ff&note=\xff\x00&amount=%00"),
    ("application/x-www-form-urlencoded", b"&&&===&;;%&%zz=%u0000"),
    ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % i for i in range(1100))),
    ("application/x-www-form-urlencoded", b"pk=" + b"9" * 3_000_000),
    ("application/x-www-form-urlencoded", b"_confirm=1&select_all=%00&pk=%00&pk=-1&pk=1e9&pk=" + b"9" * 200),
    ("multipart/form-data", b"no boundary at all"),
    ("multipart/form-data; boundary=", b"--\r\n\r\n"),
    ("multipart/form-data; boundary=\xff", b"--\xff\r\n\r\n"),
    ("multipart/form-data; boundary=" + "b" * 5000, b"--x"),
    ("multipart/form-data; boundary=vf", b"--vf\r\nContent-Disposition: form-data; name=\"na"),
    ("multipart/form-data; boundary=vf", b"--vf\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx"),
    (
        "multipart/form-data; boundary=vf",
        (b'--vf\r\nContent-Disposition: form-data; name="avatar"; filename="\x00../../\xff<script>vf</script>.png"\r\n'
        b"Content-Type: image/png\xff\x00\r\n\r\n\x89PNG\r\n\x1a\n\x00\r\n--vf--\r\n"),
    ),
    (
        "multipart/form-data; boundary=vf",
        (b'--vf\r\nContent-Disposition: form-data; name="note"; filename=""\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!\xff\r\n--vf--\r\n"),
    ),
    (
        "multipart/form-data; boundary=vf",
        (b'--vf\r\nContent-Disposition: form-data; name="\xff\x00"\r\n\r\n\xff\x00\r\n'
        b'--vf\r\nContent-Disposition: form-data; name="amount"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--vf--\r\n"),
    ),
    ("", b"name=x"),
    ("\xff\x00", b"name=x"),
]  # fmt: skip


def test_bodies_that_are_no_form_do_no_harm(world, attacker):
    for number, page in enumerate(DISTINCT):
        if page.page == "logout":
            continue
        url = world.address(page)
        # Pages that read a body get all of them, the others some.
        reads = page.page in {"tasks_assign", "profile", "login", "site_preferences"}
        reads = reads or (page.page == "execute" and page.node in {"start", "bake", "sign"})
        for turn in range(len(BODIES)):
            if (turn + number) % 16 and not reads:
                continue
            content_type, body = BODIES[turn]
            role = "owner" if page.page == "execute" else "superuser"
            response = attacker.send(role, "POST", url, content_type=content_type, data=body)
            attacker.expect(
                f"{page.name} {content_type[:40]} {body[:40]!r}",
                response, 200, 302, *REFUSED, changed=kind_of(page) in {"task", "admin"},
            )  # fmt: skip
    attacker.verdict()
