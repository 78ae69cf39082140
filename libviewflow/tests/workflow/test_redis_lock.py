"""RedisLock: held as long as the step lasts, and never somebody else's."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from django.core.cache.backends.redis import RedisCache
from redis import Redis

from viewflow import this
from viewflow.contrib.redis import RedisLock
from viewflow.workflow import Flow, FlowLockFailed, nodes
from viewflow.workflow.lock import owner_mark

from .steps import fresh, last

#: Tests side by side have processes with the same keys: a database of Redis for each.
NUMBER = 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 14
URL = os.environ.get("REDIS_URL", f"redis://127.0.0.1:6379/{NUMBER}")


def answers() -> bool:
    try:
        return bool(Redis.from_url(URL, socket_connect_timeout=1).ping())
    except Exception:
        return False


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not answers(), reason=f"no Redis answers at {URL}"),
]


class RedisLockFlow(Flow):
    lock_impl = RedisLock(cache=Redis.from_url(URL), attempts=2, expires=3)

    start = nodes.StartHandle().Next(this.wait)
    wait = nodes.Handle(this.do_wait).Next(this.end)
    end = nodes.End()

    def do_wait(self, activation, seconds=0.0):
        time.sleep(seconds)


@pytest.fixture
def process():
    return RedisLockFlow.start.run()


@pytest.fixture
def client():
    return Redis.from_url(URL)


def key_of(process) -> str:
    return RedisLockFlow.lock_impl.key(RedisLockFlow, process.pk)


def test_it_is_renewed_while_the_step_lasts(process, client):
    """B466: held longer than its time to live."""
    with RedisLockFlow.lock(process.pk):
        mark = client.get(key_of(process))
        time.sleep(4)
        assert client.get(key_of(process)) == mark
        assert 0 < client.pttl(key_of(process)) <= 3000


def test_the_holder_may_take_it_again_and_a_release_frees_it(process, client, transactional_db):
    with RedisLockFlow.lock(process.pk), RedisLockFlow.lock(process.pk):
        assert client.exists(key_of(process))
    assert not client.exists(key_of(process))
    RedisLockFlow.wait.run(last(process, "wait"))
    assert fresh(process).status == "DONE"


def test_who_does_not_get_it_changes_nothing(process, client):
    client.set(key_of(process), "somebody on another machine", px=60_000)
    try:
        with pytest.raises(FlowLockFailed, match="2 attempts"):
            RedisLockFlow.wait.run(last(process, "wait"))
        assert fresh(process).status == "NEW"
    finally:
        client.delete(key_of(process))


def test_releasing_an_expired_lock_does_not_raise(process, client, transactional_db):
    """B466, B309: nor does it remove that of whoever came after."""
    with RedisLockFlow.lock(process.pk):
        client.set(key_of(process), "the next one", px=60_000)
    assert client.get(key_of(process)) == b"the next one"
    client.delete(key_of(process))


def test_the_lock_of_a_killed_process_is_taken_over_at_once(process, client):
    if not owner_mark():
        pytest.skip("this system does not tell which processes run")
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    mark = owner_mark().replace(f"|{os.getpid()}|", f"|{dead.pid}|")
    client.set(key_of(process), f"{mark}0000", px=60_000)
    RedisLockFlow.wait.run(last(process, "wait"))
    assert fresh(process).status == "DONE"
    client.delete(key_of(process))


def test_djangos_cache_in_redis_will_do(process):
    lock = RedisLock(cache=RedisCache(URL, {}))
    assert lock.client.ping()
    with lock(RedisLockFlow, process.pk):
        pass
    with pytest.raises(TypeError, match="neither a cache"):
        RedisLock(cache=object())(RedisLockFlow, process.pk).__enter__()
