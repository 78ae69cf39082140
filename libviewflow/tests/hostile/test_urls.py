"""Addresses that nobody was given: other people's, other flows', impossible numbers, raw bytes."""

from __future__ import annotations

import pytest

from viewflow.workflow.models import Process

from .surface import DISTINCT, PAGES, PROCESS, TASK, kind_of

pytestmark = pytest.mark.django_db

#: What people and programs write where a number should be.
NOT_A_ROW = [
    "0", str(2**31), str(2**63 - 1), str(2**63), str(10**30), "9" * 5000, "-1", "+1", "1.0", "1e3",
    "0x1", "%31%00", "%00", "%D9%A3", "%EF%BC%91", "%20" + "1", "1%0a", "1%0d%0aX-Vf:%201", "%ff",
    "%2e%2e", "null", "1;DROP", "<script>vf</script>", "%3Cscript%3Evf%3C/script%3E",
]  # fmt: skip

RAW_PATHS = [
    "/%00", "/%ff%fe/", "/order/%00/", "/order/%c0%ae%c0%ae/", "/%2e%2e/%2e%2e/etc/passwd",
    "//evil.example/", "///evil.example", "/%5cevil.example/", "/order//start//", "/order/start%00/",
    "/order/start/%0d%0aSet-Cookie:%20vf=1/", "/accounts/reset/%00/%ff/", "/accounts/reset/MQ/%00/",
    "/accounts/reset/" + "A" * 5000 + "/x-y/", "/admin/%00/", "/admin/viewflow/task/%00/change/",
    "/admin/viewflow/process/%ff/change/", "/admin/viewflow/task/_5F/change/",
    "/admin/viewflow/process/" + "9" * 400 + "/history/", "/admin/viewflow/task/" + "9" * 30 + "/delete/",
    "/admin/r/1/%00/", "/admin/r/%00/1/", "/admin/r/" + "9" * 30 + "/1/", "/" + "a" * 100_000,
    "/<script>vf</script>/", "/%3Cscript%3Evf%3C/script%3E/", "/_/theme.css/", "/_/preferences",
    "/admin/viewflow/process/1_2/change/", "/order/١/", "/order/１/",
]  # fmt: skip


def test_numbers_that_no_row_has_are_not_found(world, attacker):
    """B398"""
    for page in DISTINCT:
        if page.parameters not in (TASK, PROCESS):
            continue
        rows = world.addresses(page)
        row = rows[0][1]
        good = (
            {"process_pk": row.process_id, "task_pk": row.pk}
            if page.parameters == TASK
            else {"process_pk": row.pk}
        )
        for number, wrong in enumerate(NOT_A_ROW, len(page.name)):
            # Every value on every page, in turns as the process and as the task. What is no
            # number at all is sorted out before any page is asked: a fifth of those will do.
            name = page.parameters[number % len(page.parameters)]
            if not wrong.isdecimal() and number % 5:
                continue
            url = page.url(**{**good, name: wrong})
            method = ("GET", "POST")[(number // 2) % 2]
            response = attacker.send("superuser", method, url)
            allowed = (404,) if method == "GET" else (404, 405)
            attacker.expect(f"superuser {method} {page.name} {wrong[:40]}", response, *allowed)
    attacker.verdict()


def test_a_task_has_one_address_only(world, attacker):
    """B397 B398"""
    tried = 0
    pages = [page for page in DISTINCT if page.parameters == TASK]
    tasks = {(world.flow_name(task.process), task.flow_task.name): task for task in world.tasks}
    others = Process.objects.order_by("pk")
    for number, page in enumerate(pages):
        for turn, ((flow, node), task) in enumerate(tasks.items()):
            if flow == page.flow and node == page.node.replace("obsolete", "gone"):
                continue
            if (turn + number) % (5 if flow == page.flow else 13):
                continue  # each page with some, each task with many
            url = page.url(process_pk=task.process_id, task_pk=task.pk)
            response = attacker.send("superuser", ("GET", "POST")[(turn + number) % 2], url)
            attacker.expect(f"{page.name} for {task.flow_task}", response, 404)
            tried += 1
        for task in world.tasks_of(page)[:1]:
            for process in (p for p in others if p.pk != task.process_id):
                if (process.pk + number) % 9:
                    continue
                for method in ("GET", "POST"):
                    url = page.url(process_pk=process.pk, task_pk=task.pk)
                    response = attacker.send("superuser", method, url)
                    attacker.expect(f"{page.name} under process {process}", response, 404)
    attacker.verdict()
    assert tried > 200


def test_a_process_has_the_addresses_of_its_flow_only(world, attacker):
    """B396"""
    for page in PAGES:
        if page.parameters != PROCESS:
            continue
        own = {process.pk for process in world.processes_of(page)}
        for process in world.processes.values():
            if process.pk in own or world.flow_name(process) == page.flow:
                continue
            url = page.url(process_pk=process.pk)
            for method in ("GET", "POST"):
                data = {"data": {"_cancel_process": "1"}} if method == "POST" else {}
                response = attacker.send("superuser", method, url, **data)
                allowed = (404,) if method == "GET" else (404, 405)
                attacker.expect(f"{method} {page.name} {process}", response, *allowed)
    attacker.verdict()


def test_raw_bytes_in_the_path_are_not_found(world, attacker):
    for path in RAW_PATHS:
        for role in ("anonymous", "superuser"):
            for method in ("GET", "POST"):
                response = attacker.send(role, method, path)
                attacker.expect(
                    f"{role} {method} {path[:60]}", response, 200, 301, 302, 400, 403, 404, 405
                )
    attacker.verdict()


def test_every_url_survives_a_suffix_of_bytes(world, attacker):
    for number, page in enumerate(PAGES):
        suffix = ("%00", "%ff", "%0d%0aX:y", "<script>vf</script>")[number % 4]
        url = world.address(page) + suffix
        response = attacker.send("superuser", "GET", url)
        if kind_of(page) != "admin":
            # Without the last slash the address of a page with text in it is another such.
            attacker.expect(f"{page.name}{suffix}", response, 404, 301)
    attacker.verdict()
