"""Submitting a form keeps the process's lock until everybody can see what was written."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, connections

from tests.workflow.conftest import committed  # noqa: F401 - a fixture
from viewflow.workflow.models import Process, Task

from .conftest import client_of, newest, task_url, text_of
from .guarded import LockedFlow

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("committed"),
]


@pytest.fixture(autouse=True)
def urlconf(settings):
    settings.ROOT_URLCONF = "tests.flowviews.guarded"
    LockedFlow.lock_impl.cache.clear()


@pytest.fixture(params=[False, True], ids=["autocommit", "ATOMIC_REQUESTS"])
def requests(request, monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", request.param)


def seen_by_others(task):
    """What another connection reads."""
    found = []

    def look():
        try:
            found.append(Task.objects.get(pk=task.pk).status)
        finally:
            connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(20)
    return found[0] if found else None


@pytest.fixture
def releases(monkeypatch):
    """What others read at the very moment at which a lock is released."""
    cache, told = LockedFlow.lock_impl.cache, []
    delete = cache.delete

    def watched(key, *args, **kwargs):
        if told_task and key.startswith("django-viewflow-lock-"):
            told.append(seen_by_others(told_task[0]))
        return delete(key, *args, **kwargs)

    told_task = []
    monkeypatch.setattr(cache, "delete", watched)

    def of(task):
        told_task[:] = [task]
        told.clear()
        return told

    return of


def assigned(client):
    process = LockedFlow.start.run()
    task = newest(process, "work")
    assert client.post(task_url(task, "assign", "locked")).status_code == 302
    return task


def lock_of(task):
    return LockedFlow.lock_impl.cache.get(LockedFlow.lock_impl.key(LockedFlow, task.process_id))


def test_a_submit_releases_the_lock_after_its_commit(boss, requests, releases):
    """B310"""
    client = client_of(boss)
    task = assigned(client)
    told = releases(task)
    assert client.post(task_url(task, "execute", "locked"), {"note": "x"}).status_code == 302
    assert told == ["DONE"]
    assert lock_of(task) is None


def test_a_submit_that_fails_releases_the_lock_and_changes_nothing(boss, requests, releases):
    """B308, B310"""
    client = client_of(boss, raise_request_exception=False)
    task = assigned(client)
    releases(task)
    answer = client.post(task_url(task, "execute", "locked"), {"note": "boom"})
    assert answer.status_code == 500
    assert lock_of(task) is None
    assert seen_by_others(task) == "ASSIGNED"
    assert Process.objects.get(pk=task.process_id).data.get("note", "") == ""
    assert client.post(task_url(task, "execute", "locked"), {"note": "x"}).status_code == 302


def test_an_invalid_form_releases_the_lock(boss, requests):
    """B310"""
    client = client_of(boss)
    task = assigned(client)
    answer = client.post(task_url(task, "execute", "locked"), {"note": "x" * 101})
    assert answer.status_code == 200
    assert lock_of(task) is None
    assert seen_by_others(task) == "ASSIGNED"


def test_who_meets_a_lock_is_asked_to_try_again(boss, requests):
    """B307"""
    client = client_of(boss)
    task = assigned(client)
    lock = LockedFlow.lock_impl
    lock.cache.set(lock.key(LockedFlow, task.process_id), "somebody else")
    answer = client.post(task_url(task, "execute", "locked"), {"note": "typed"})
    assert answer.status_code == 503
    assert "working on this right now" in text_of(answer)
    assert seen_by_others(task) == "ASSIGNED"
    assert lock_of(task) == "somebody else"
    lock.cache.clear()
    assert client.post(task_url(task, "execute", "locked"), {"note": "typed"}).status_code == 302
