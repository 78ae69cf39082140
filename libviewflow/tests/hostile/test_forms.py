"""Forms: what was typed comes back with the reason; what was sent twice is said to be done."""

from __future__ import annotations

from html import unescape

import pytest
from django.db import connection

from viewflow.workflow.models import Process, Task

from .attack import BREAKOUT, snapshot
from .surface import PAGES
from .test_rights import STARTS, VALID

pytestmark = pytest.mark.django_db

#: Per form and field: values that it must refuse.
REFUSE = {
    "order:start:execute": {
        "name": ["", "   ", "x" * 61, "a\x00b"],
        "note": ["a\x00b"],
        "amount": ["", "x", "1.5", "1e3", "NaN", "9" * 5000, "\x00", "١x", "0x1"],
        "price": ["x", "NaN", "Infinity", "1e400", "1e999999999", "123456789", "1.234", "-" * 50],
        "due": ["x", "2026-02-30", "0000-01-01", "99999-01-01", "1/1/1", "\x00", BREAKOUT],
    },
    "workflow:flows:case:start:execute": {
        "text": ["", "x" * 61, "\x00"],
        "comment": ["a\x00b"],
        "number": [str(2**63), str(-(2**63) - 1), str(10**30), "x"],
        "big": [str(2**63), str(-(2**63) - 1), str(10**30), "9" * 5000],
        "ratio": ["x", "nan", "inf", "-inf", "1e", "\x00"],
        "day": ["x", "2026-02-30", "0000-00-00"],
        "moment": ["x", "2026-02-30 10:00", "10000-01-01 00:00", "2026-01-01T99:00"],
    },
    "workflow:flows:paper:start:execute": {"title": ["", "x" * 61, "\x00"], "body": ["\x00"]},
}

#: Values that are odd and still somebody's honest answer.
ACCEPT = {
    "order:start:execute": {
        "name": ["😀", BREAKOUT[:60], "\u202ename", "Null", "0", "'; DROP TABLE viewflow_task; --"],
        "note": ["x" * 100_000, "\r\n", "\u2028", "\ud7ff\ufffd"],
        "amount": ["0", "-1", " 7 "],
        "price": ["0", "0.00", "-999999.99", "1E+2"],
        "due": ["0001-01-01", "9999-12-31"],
    },
    "workflow:flows:case:start:execute": {
        "number": [str(2**31 - 1), "-1"],
        "big": [str(2**63 - 1), str(-(2**63))],
        "ratio": ["1e300", "-0"],
        "day": ["9999-12-31"],
        "moment": ["9999-12-31 23:59:59", "1000-01-01 00:00"],
    },
    "workflow:flows:paper:start:execute": {"title": ["😀"], "body": [BREAKOUT, "x" * 60_000]},
}


def forms():
    for page in PAGES:
        if page.name in REFUSE:
            yield page, STARTS[page.flow]


def test_numbers_that_a_column_cannot_hold_are_refused(attacker):
    """SQLite can hold them: there they are honest numbers."""
    page, valid = next((page, valid) for page, valid in forms() if page.flow == "case")
    for value in (str(2**31), str(-(2**31) - 1)):
        response = attacker.send("superuser", "POST", page.url(), data={**valid, "number": value})
        holds = connection.vendor == "sqlite"
        attacker.expect(f"number {value}", response, 302 if holds else 200, changed=holds)
    attacker.verdict()


def test_a_refused_form_keeps_what_was_typed_and_changes_nothing(attacker):
    typed = "kept <as typed> & safe"
    for page, valid in forms():
        for field, values in REFUSE[page.name].items():
            for value in values:
                keep = next(
                    name for name in ("note", "comment", "body", "name", "title", "text")
                    if name in valid and name != field
                )  # fmt: skip
                data = {**valid, keep: typed, field: value}
                response = attacker.send("superuser", "POST", page.url(), data=data)
                what = f"{page.name} {field}={value[:30]!r}"
                attacker.expect(what, response, 200)
                if response is None:
                    continue
                body = unescape(response.content.decode())
                if typed not in body:
                    attacker.fault(f"{what} | lost what was typed in {keep}")
                if value.strip() and "\x00" not in value and value.strip() not in body:
                    attacker.fault(f"{what} | lost the refused value itself")
                if 'aria-invalid="true"' not in body:
                    attacker.fault(f"{what} | does not say which field is wrong")
    attacker.verdict()


def test_odd_but_honest_answers_are_kept_exactly(attacker):
    for page, valid in forms():
        for field, values in ACCEPT[page.name].items():
            for number, value in enumerate(values):
                what = f"{page.name} {field}={value[:30]!r}"
                with attacker.undone():
                    data = {**valid, field: value}
                    response = attacker.clients["superuser"].post(page.url(), data)
                    if response.status_code != 302:
                        attacker.fault(f"{what} | expected 302, got {response.status_code}")
                        continue
                    process = Process.objects.latest("pk").coerced
                    holder = process.artifact or process
                    kept = getattr(holder, field)
                    if isinstance(kept, str) and kept != value.strip():
                        attacker.fault(f"{what} | kept {kept[:40]!r}")
                    if isinstance(kept, int) and kept != int(value):
                        attacker.fault(f"{what} | kept {kept!r}")
                    # Every page that prints it still works.
                    client = attacker.clients["superuser"]
                    pages = [process.reverse("process_detail"), "/order/queue/", "/workflow/inbox/"]
                    if number % 3 == 0:
                        pages.append(process.flow_class.instance.reverse("process_list"))
                        pages.append(f"/admin/viewflow/process/{process.pk}/change/")
                        pages += ["/admin/viewflow/process/", "/admin/viewflow/task/"]
                    for url in pages:
                        answer = client.get(url)
                        if answer.status_code != 200:
                            attacker.fault(f"{what} | {url} gives {answer.status_code}")
                        attacker._audit(f"{what} at {url}", "POST", _unchanged(answer))
    attacker.verdict()


def _unchanged(response):
    response.changed, response.writes = False, []
    return response


ACCOUNT = {
    "login": {"username": ["", "\x00", "x" * 5000, BREAKOUT, "plain\x00"], "password": ["\x00", "x" * 5000]},
    "password_reset": {"email": ["", "\x00@x.de", "x" * 5000, BREAKOUT, "a@b\r\nBcc: c@d.de"]},
    "password_change": {"old_password": ["", "\x00", "x" * 5000], "new_password1": ["\x00", "😀"]},
}  # fmt: skip


def test_account_forms_refuse_odd_values(attacker):
    for page in PAGES:
        for field, values in ACCOUNT.get(page.name, {}).items():
            for value in values:
                role = "plain" if page.name == "password_change" else "anonymous"
                response = attacker.send(role, "POST", page.url(), data={field: value})
                what = f"{page.name} {field}={value[:20]!r}"
                attacker.expect(what, response, 200)
                shown = field in {"username", "email"} and value and "\x00" not in value
                typed = value.split("\r")[0]
                answer = unescape(response.content.decode()) if response is not None else typed
                if shown and typed not in answer:
                    attacker.fault(f"{what} | lost what was typed")
    attacker.verdict()


# Stale and repeated submits


def test_a_repeated_submit_gets_the_state_of_the_task(world, attacker):
    """B325"""
    client = attacker.clients["owner"]
    task = world.task("mine", "bake")
    url, data = task.reverse("execute"), {"note": "typed twice", "amount": "7"}
    assert client.post(url, data).status_code == 302
    once = list(Task.objects.order_by("pk").values_list("pk", "status", "owner"))
    for method in (client.post, client.get):
        response = method(url, data)
        assert response.status_code == 403
        body = unescape(response.content.decode())
        assert "This step is already done" in body
        assert task.reverse("detail") in body
    assert "typed twice" in unescape(client.post(url, data).content.decode())
    assert list(Task.objects.order_by("pk").values_list("pk", "status", "owner")) == once
    assert Process.objects.get(pk=task.process_id).coerced.amount == 7


STALE = [
    ("others", "bake", "assign", "worker", None),
    ("mine", "bake", "assign", "owner", "This task is yours"),
    ("begun", "bake", "unassign", "owner", "This task is yours"),
    ("done", "bake", "execute", "owner", "This step is already done"),
    ("done", "bake", "cancel", "manager", "This step is already done"),
    ("canceled", "bake", "cancel", "manager", "This step was cancelled"),
    ("canceled", "bake", "assign", "superuser", "This step was cancelled"),
    ("free", "bake", "execute", "worker", "Nobody has taken this task yet"),
    ("others", "bake", "execute", "manager", "Somebody else has this task"),
    ("boom", "risky", "undo", "manager", "This step is not possible now"),
    ("done", "end", "cancel", "manager", "This step is already done"),
]


def test_a_stale_link_says_how_things_stand(world, attacker):
    for key, node, page, role, words in STALE:
        url = world.task(key, node).reverse(page)
        for method in ("GET", "POST"):
            data = {"note": "x"} if method == "POST" else ""
            response = attacker.send(role, method, url, data=data)
            what = f"{role} {method} {key} {node} {page}"
            attacker.expect(what, response, 403)
            if words and response is not None and words not in unescape(response.content.decode()):
                attacker.fault(f"{what} | does not say: {words}")
    attacker.verdict()


TWICE = {
    "assign": ("free", "superuser"),
    "unassign": ("mine", "owner"),
    "cancel": ("free", "manager"),
    "undo": ("deliver", "superuser"),
    "revive": ("canceled", "manager"),
}


def test_pressing_a_button_twice_acts_once(world, attacker):
    for page, (key, role) in TWICE.items():
        client = attacker.clients[role]
        with attacker.undone():
            if page == "undo":
                client.post(world.task("deliver", "deliver").reverse("cancel"))
            url = world.task(key, "bake").reverse(page)
            assert client.post(url).status_code == 302, page
            once = snapshot()
            assert client.post(url).status_code == 403, page
            assert snapshot() == once, page


def test_a_process_is_cancelled_once(world, attacker):
    process = world.processes["free"]
    client, url = attacker.clients["manager"], process.reverse("process_cancel")
    for _turn in range(2):
        response = client.post(url, {"_cancel_process": "1"})
        assert response["Location"] == process.reverse("process_detail")
    page = client.get(process.reverse("process_detail")).content.decode()
    assert "cannot be cancelled" in unescape(page)


def test_what_fails_again_when_it_is_tried_again_is_shown_and_kept(world, attacker):
    client = attacker.clients["manager"]
    response = client.post(world.task("boom", "risky").reverse("revive"), follow=True)
    assert response.status_code == 200
    assert "has failed again" in unescape(response.content.decode())
    assert b"<script>vf</script>" not in response.content
    assert world.task("boom", "risky").status == "ERROR"


def test_select_all_takes_only_what_is_in_the_list(world, attacker):
    """B401"""
    client = attacker.clients["worker"]
    url = "/order/queue/assign/"
    others = world.task("others", "bake").pk
    assert client.post(url, {"select_all": "on", "_confirm": "1"}).status_code == 302
    assert Task.objects.get(pk=world.task("free", "bake").pk).owner == world.users["worker"]
    assert Task.objects.get(pk=others).owner == world.users["other"]
    data = {"pk": [others, world.task("mine", "bake").pk], "_confirm": "1"}
    assert client.post("/order/inbox/unassign/", data).status_code == 200
    assert Task.objects.get(pk=others).owner == world.users["other"]


def test_valid_data_is_what_the_other_tests_think(world, attacker):
    """The matrix of rights would prove nothing with forms that are always refused."""
    for node, data in VALID.items():
        if node == "first":
            continue
        key = {"bake": "mine", "deliver": "deliver", "decide": "decided", "edit": "my_paper"}[node]
        task = world.task(key, node)
        assert attacker.clients["owner"].post(task.reverse("execute"), data).status_code == 302
