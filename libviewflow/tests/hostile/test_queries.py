"""What comes after the question mark: unknown, repeated, endless, or made to lead people away."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import pytest

from .attack import BREAKOUT, REFUSED
from .surface import DISTINCT, kind_of

pytestmark = pytest.mark.django_db

#: Values that no list offers.
BAD = [
    "", " ", "\x00", "a\x00b", "\x01\x1f\x7f", "-1", "0", "1.5", "1e400", "NaN", "Infinity",
    str(2**31), str(2**63), str(10**30), "9" * 400, "9" * 5000, "last", "None", "true", "٣", "１",
    "'", "''; DROP TABLE viewflow_task; --", '"', "%", "_", "\\", "\\\\%", "[]", "{}", "\u202e", "😀" * 20,
    "0001-01-01", "9999-12-31", "99999-01-01", "0000-00-00", "2026-02-30", "-0001-01-01", "x" * 100_000,
    BREAKOUT, "__class__", "process__data__icontains", "owner__password", "-owner__password", "?", "-",
    "--pk", "pk,pk,-pk", ",,,,", "created,-created,?,status" * 30, "-" + "a" * 500,
]  # fmt: skip

#: Parameters of the lists, with those of the filters and of the library's own making.
NAMES = [
    "_orderby", "_search", "page", "flow_task", "process", "created_min", "created_max", "created_after",
    "created_before", "finished_after", "finished_before", "status", "period", "show", "format", "v",
    "back", "next", "pk", "select_all", "_confirm", "created", "finished", "created_0", "page_size",
]  # fmt: skip

LISTS = {"inbox", "queue", "archive", "process_list", "task_list"}

ELSEWHERE = [
    "http://evil.example/", "https://evil.example", "//evil.example/", "///evil.example", "/\\evil.example",
    "\\\\evil.example", "http:///evil.example", "http:evil.example", "javascript:alert(1)",
    "JavaScript:alert(1)", "data:text/html,<script>vf</script>", " //evil.example", "\t//evil.example",
    "\n//evil.example", "/%5cevil.example/../\\evil", "http://testserver@evil.example/",
    "http://testserver.evil.example/", "//testserver:80@evil.example", "ftp://testserver/", "http://[",
    "http://[::1", "//[", "/\r\nX-Vf: 1", "\x00//evil.example", "/ok\x00", "https:/\\evil.example",
    "/" + "a" * 3000, "/?" + "😀" * 2040, "/" + "é" * 2040, "/[", "?", "#", "", "evil.example", BREAKOUT,
    "http://testserver:99999/", "http://testserver:x/", "//testserver\\@evil.example",
]  # fmt: skip


def test_every_list_survives_every_bad_value(world, attacker):
    for page in DISTINCT:
        if page.page not in LISTS or page.flow == "paper":
            continue
        url = world.address(page)
        for number, name in enumerate(NAMES):
            for turn, value in enumerate(BAD):
                # All values for the parameters that every list reads, some for the others.
                core = name in {"_orderby", "_search", "page"} and page.space != "workflow"
                if (turn + number + len(url)) % (9 if core else 31):
                    continue
                query = urlencode([(name, value), ("_search", "a")][: 1 + turn % 2])
                response = attacker.send("superuser", "GET", f"{url}?{query}")
                allowed = (200, 400, 404) if name == "page" else (200, 302, 400)
                attacker.expect(f"{page.name}?{name}={value[:30]!r}", response, *allowed)
    attacker.verdict()


def test_bulk_actions_survive_every_bad_value(world, attacker):
    for name in ("order:tasks_assign", "workflow:tasks_unassign"):
        url = world.address(next(page for page in DISTINCT if page.name == name))
        for turn, value in enumerate(BAD):
            data = {"pk": [value, "1"], "_confirm": "1"}
            if turn % 2:
                data = {"select_all": value, "pk": value, "_confirm": value}
            query = urlencode({NAMES[turn % len(NAMES)]: value[:2000]})
            response = attacker.send("plain", "POST", f"{url}?{query}", data=data)
            attacker.expect(f"{name} {value[:30]!r}", response, 200, 302, 400, changed=True)
    attacker.verdict()


def test_every_page_survives_odd_queries(world, attacker):
    for number, page in enumerate(DISTINCT):
        url = world.address(page)
        odd = [
            urlencode({"x" + BREAKOUT: BREAKOUT, "vf": "1"}),
            "%ff%fe=%00&=%ff&%00&&&;=%zz&%u0000",
            urlencode([(name, value) for name in NAMES for value in (BAD[number % len(BAD)][:90], "1")]),
            "page=1&" * 300,
            "a" * 100_000,
            "_search=" + "%F0%9F%98%80" * 8000,
            "&".join(f"f{i}=1" for i in range(1100)),
            "\xff\x00<script>vf</script>",
        ]  # fmt: skip
        picked = odd if kind_of(page) in {"own", "hall", "site"} else [odd[number % 8], odd[0]]
        for query in picked:
            for role in ("superuser", "anonymous")[: 1 + (number % 5 == 0)]:
                response = attacker.send(role, "GET", f"{url}?{query}")
                attacker.expect(f"{role} {page.name}?{query[:40]}", response, 200, 302, *REFUSED)
                location = response.get("Location", "") if response is not None else ""
                if len(location) > 16_384:
                    attacker.fault(f"{role} {page.name}?{query[:40]} | endless Location")
    attacker.verdict()


def test_nothing_leads_people_away(world, attacker):
    """B408"""
    steps = {
        "order:bake:execute": ("owner", {"note": "n", "amount": "1"}),
        "order:bake:assign": ("worker", {}),
        "order:bake:unassign": ("owner", {}),
        "order:bake:index": ("owner", None),
        "order:bake:cancel": ("manager", {}),
        "order:start:execute": ("plain", {"name": "n", "amount": "1"}),
        "order:process_cancel": ("manager", {"_cancel_process": "1"}),
        "order:tasks_unassign": ("owner", {"select_all": "on", "_confirm": "1"}),
        "site_preferences": ("anonymous", {"theme": "dark"}),
        "login": ("anonymous", {"username": "plain", "password": "secret"}),
        "logout": ("plain", {}),
        "password_change": ("plain", {}),
        "profile": ("plain", {}),
        "index": ("plain", None),
        "workflow:index": ("plain", None),
        "order:inbox": ("anonymous", None),
    }
    for page in DISTINCT:
        if page.name not in steps:
            continue
        role, data = steps[page.name]
        for url, row in world.addresses(page):
            status = getattr(row, "status", "")
            if page.node == "bake" and status != ("NEW" if role == "worker" else "ASSIGNED"):
                continue
            if page.name in {"login", "logout", "order:inbox"}:
                allowed = (200, 302, 400)  # Django itself refuses a way back of 16 kB
            else:
                allowed = (200, 302)
            for number, target in enumerate(ELSEWHERE):
                query = f"back={quote(target)}&next={quote(target)}"
                if data is None:
                    responses = [attacker.send(role, "GET", f"{url}?{query}")]
                elif number % 2 and len(target) < 2000:
                    more = {"back": target, "next": target, "_continue": "1"}
                    responses = [attacker.send(role, "POST", url, data={**data, **more},
                                               HTTP_REFERER="http://evil.example/")]  # fmt: skip
                else:
                    responses = [attacker.send(role, "POST", f"{url}?{query}", data=data)]
                for response in responses:
                    what = f"{role} {page.name} back={target[:40]!r}"
                    attacker.expect(what, response, *allowed, changed=True)
            break
    attacker.verdict()
