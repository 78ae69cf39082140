"""Who may open and do what: for each URL, row, role and method the one right outcome."""

from __future__ import annotations

import pytest

from viewflow.workflow import PROCESS

from .surface import PAGES, kind_of
from .world import ROLES

pytestmark = pytest.mark.django_db

SIGNED_IN = set(ROLES) - {"anonymous", "inactive"}
VIEWERS = {"viewer", "manager", "superuser"}
MANAGERS = {"manager", "superuser"}

#: Who may take or start, where not everybody may.
TAKERS = {"bake": {"worker", "superuser"}, "decide": {"worker", "superuser"}}
STARTERS = {"case": {"worker", "superuser"}}

#: From which states a task can be cancelled: a person's, and by node those of the machine.
CANCELLABLE = {
    "HUMAN": {"NEW", "ASSIGNED"},
    "risky": {"ERROR"},
    "wait": {"NEW", "ERROR"},
    "race": {"STARTED", "ERROR"},
    "join": {"NEW", "STARTED", "ERROR"},
}

#: What a valid submit sends.
VALID = {
    "bake": {"note": "crisp", "amount": "3"},
    "deliver": {"price": "9.50", "due": "2026-05-01"},
    "decide": {"comment": "good", "number": "1", "big": "1", "day": ""},
    "first": {"comment": "first"},
    "edit": {"title": "t", "body": "b"},
}
STARTS = {
    "order": {"name": "Ann", "note": "", "amount": "1", "price": "", "due": ""},
    "case": {"text": "t", "comment": "", "number": "1", "big": "1", "ratio": "1"},
    "paper": {"title": "t", "body": ""},
}

LOGIN, OK, GO, NO = "login", "ok", "redirect", "refused"


def may_take(role, task):
    return task.status == "NEW" and task.owner_id is None and role in TAKERS.get(
        task.flow_task.name, SIGNED_IN
    )  # fmt: skip


def may_view_task(world, role, task):
    if role in VIEWERS:
        return True
    mine = task.owner_id is not None and task.owner_id == world.users[role].pk
    return task.flow_task_type == "HUMAN" and task.flow_task.name != "gone" and (
        mine or may_take(role, task)
    )  # fmt: skip


def may_act(world, page, role, task):
    """Whether the task's page ``page`` is for this person now; rights and state by the book."""
    mine = task.owner_id is not None and task.owner_id == world.users[role].pk
    status, kind = task.status, task.flow_task_type
    activation = task.flow_task.activation_class(task)
    if page == "execute":
        return mine and status in ("ASSIGNED", "STARTED")
    if page == "assign":
        return may_take(role, task)
    if page == "unassign":
        return status == "ASSIGNED" and (mine or role in MANAGERS)
    if role not in MANAGERS:
        return False
    if page == "cancel":
        if task.flow_task.name == "gone":
            return activation.cancel.can_proceed()
        key = kind if kind == "HUMAN" else task.flow_task.name
        return status in CANCELLABLE.get(key, ())
    # Whether what follows is inactive is the engine's own business, tested elsewhere.
    if page == "undo":
        return status == "DONE" and activation.undo.can_proceed()
    assert page == "revive"
    return status in ("CANCELED", "ERROR") and activation.revive.can_proceed()


def expected(world, page, role, row, method):
    """``login``, ``ok`` (a page), ``redirect`` or ``refused``."""
    kind, name, post = kind_of(page), page.page, method == "POST"
    signed_in = role in SIGNED_IN
    if kind == "site":
        if page.name in {"site_theme", "site_speculation"}:
            return NO if post else OK
        return GO if page.name == "index" or post else NO
    if kind == "account":
        if name in {"password_change", "password_change_done", "profile"} and not signed_in:
            return LOGIN
        only_get = {"password_change_done", "password_reset_done", "password_reset_complete"}
        if name == "logout":
            return OK
        return NO if post and name in only_get else OK
    if not signed_in:
        return LOGIN
    if kind == "hall":
        if page.name == "workflow:index" or role in VIEWERS:
            return GO
        return NO
    if kind == "own":
        if name in {"tasks_assign", "tasks_unassign"}:
            return GO
        return NO if post else OK
    if kind == "flow":
        return OK if role in VIEWERS and not post else NO
    if kind == "start":
        if role not in STARTERS.get(page.flow, SIGNED_IN):
            return NO
        return GO if post else OK
    if kind == "process":
        if name == "process_cancel":
            if role not in MANAGERS:
                return NO
            return GO if post else OK
        return OK if role in VIEWERS and not post else NO
    assert kind == "task"
    if name in {"index", "detail"}:
        if not may_view_task(world, role, row) or post:
            return NO
        return GO if name == "index" else OK
    if not may_act(world, name, role, row):
        return NO
    if page.node == "edit" and name == "execute" and row.process.artifact is None:
        return NO  # there is nothing left to edit
    return GO if post else OK


def outcome(response):
    status = response.status_code
    if status == 302 and response["Location"].startswith("/accounts/login/?next="):
        return LOGIN
    if status in (301, 302):
        return GO
    return OK if status == 200 else NO if status in (403, 404, 405) else str(status)


def payload(page):
    if kind_of(page) == "start":
        return STARTS[page.flow]
    if page.page == "process_cancel":
        return {"_cancel_process": "1"}
    return VALID.get(page.node, {}) if page.page == "execute" else {}


#: Of the second mount of a flow: that it asks at all, and asks for the same rights.
SECOND = {"anonymous", "plain", "manager"}


def choose(world, page, role, turn, thorough):
    """All rows for the roles that the state matters to, one for the others, each time another."""
    rows = world.addresses(page)
    if page.space == "workflow:flows:order":
        return [rows[turn % len(rows)]] if role in SECOND else []
    if role in {"inactive", "staff", "other"} and turn % 3:
        return []  # no other rights than "anonymous" and "plain"; each has a third of the pages
    if role in thorough or (role == "worker" and page.page == "assign"):
        return rows
    return [rows[turn % len(rows)]]


WORK_PAGES = [page for page in PAGES if kind_of(page) != "admin"]


def test_every_url_is_known():
    kinds = {kind_of(page) for page in PAGES}
    assert kinds == {
        "task", "process", "flow", "start", "own", "hall", "site", "account", "admin",
    }  # fmt: skip
    assert len(PAGES) > 200


def test_every_page_of_a_task_is_tried_with_a_task(world):
    untried = {page.node for page in PAGES if kind_of(page) == "task" and not world.tasks_of(page)}
    assert untried == set()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_each_role_gets_what_it_may_have_and_nothing_else(world, attacker, method):
    """B48 B321 B325 B394 B395 B396 B399"""
    changes = 0
    thorough = {"owner", "manager"} if method == "POST" else set()
    for number, page in enumerate(WORK_PAGES):
        for turn, role in enumerate(ROLES, number):
            for url, row in choose(world, page, role, turn, thorough):
                data = {"data": payload(page)} if method == "POST" else {}
                response = attacker.send(role, method, url, **data)
                if response is None:
                    continue
                want, got = expected(world, page, role, row, method), outcome(response)
                state = getattr(row, "status", "")
                if want != got:
                    attacker.fault(
                        f"{role} {method} {page.name} {state} | expected {want}, got {got}"
                        f" ({response.status_code} {response.get('Location', '')})"
                    )
                may_change = method == "POST" and want == GO and kind_of(page) in {
                    "task", "start", "process",
                }  # fmt: skip
                if response.changed and not may_change:
                    attacker.fault(f"{role} {method} {page.name} {state} | rows changed")
                if may_change and not response.changed and state not in (
                    PROCESS.DONE, PROCESS.CANCELED,
                ) and page.page != "process_cancel":  # fmt: skip
                    attacker.fault(f"{role} {method} {page.name} {state} | nothing changed")
                changes += response.changed
    attacker.verdict()
    assert changes > 50 if method == "POST" else not changes


def test_the_admin_is_for_staff_with_the_right_only(world, attacker):
    """B50"""
    for page in PAGES:
        if kind_of(page) != "admin" or page.page in {"login", "logout"}:
            continue
        url = world.address(page)
        for role in ROLES:
            response = attacker.send(role, "GET", url)
            if response is None:
                continue
            where = f"{role} GET {page.name}"
            if role not in {"staff", "superuser"}:
                if page.page == "catch_all" and response.status_code == 302:
                    continue
                attacker.expect(where, response, 302)
                if not response.get("Location", "").startswith("/admin/login/?next="):
                    attacker.fault(f"{where} | not sent to the login page")
            elif (role == "staff" and "viewflow_" in page.name) or "_add" in page.name:
                attacker.expect(where, response, 403)
            else:
                attacker.expect(where, response, 200, 302, 403, 404)
    attacker.verdict()
