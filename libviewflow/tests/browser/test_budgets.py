"""What a page may cost: bytes, requests, time to the first sight, movement after it."""

from __future__ import annotations

import time

import pytest

from viewflow.workflow.models import Task

pytestmark = pytest.mark.browser

KB = 1024


class Wire:
    """Counts what comes over the network of a tab, as it comes: compressed, with headers."""

    def __init__(self, tab):
        self.requests, self.sizes = [], {}
        session = tab.context.new_cdp_session(tab)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self.sent)
        session.on("Network.requestServedFromCache", self.cached)
        session.on("Network.loadingFinished", self.finished)

    def sent(self, event):
        self.requests.append((event["requestId"], event["request"]["url"]))

    def cached(self, event):
        self.requests = [item for item in self.requests if item[0] != event["requestId"]]

    def finished(self, event):
        self.sizes[event["requestId"]] = event["encodedDataLength"]

    @property
    def loaded(self):
        """Return the addresses that were asked for over the network, and their sizes."""
        return [
            (url, self.sizes.get(key, 0))
            for key, url in self.requests
            if not url.startswith("data:") and self.sizes.get(key, 0) > 0
        ]

    @property
    def total(self):
        return sum(size for _url, size in self.loaded)

    def told(self):
        return ", ".join(f"{url.rpartition('/static/')[2]} {size}" for url, size in self.loaded)


def test_first_visit_of_the_inbox_is_light(window):
    tab = window("about:blank")
    wire = Wire(tab)
    tab.goto("/pizza/inbox/", wait_until="networkidle")
    print(f"first visit: {wire.total / KB:.1f} KB in {len(wire.loaded)} requests: {wire.told()}")
    assert "Inbox" in tab.title()
    assert wire.total <= 60 * KB, wire.told()
    assert len(wire.loaded) <= 8, wire.told()


def test_next_pages_are_lighter(window):
    tab = window("/pizza/inbox/")
    tab.wait_for_load_state("networkidle")
    for path in ("/pizza/queue/", "/pizza/", "/pizza/inbox/"):
        wire = Wire(tab)
        tab.goto(path, wait_until="networkidle")
        print(f"next visit of {path}: {wire.total / KB:.1f} KB, {wire.told()}")
        assert wire.total <= 15 * KB, wire.told()


def test_a_page_is_fetched_while_the_button_goes_down(window, forno, prefetched):
    """The rules reach the browser under the strictest policy, and reading early changes nothing."""
    tab = window("/pizza/inbox/")
    rows = list(Task.objects.values().order_by("pk"))
    # The rules come after the page; a link pressed before that is fetched when it is opened.
    for _try in range(50):
        tab.get_by_role("link", name="Queue").first.hover()
        tab.mouse.down()
        tab.wait_for_timeout(100)
        if prefetched:
            break
        tab.mouse.move(0, 0)
        tab.mouse.up()
    assert prefetched == ["/pizza/queue/"]
    assert list(Task.objects.values().order_by("pk")) == rows
    tab.mouse.up()
    tab.wait_for_url("**/pizza/queue/")
    kind = tab.evaluate("performance.getEntriesByType('navigation')[0].deliveryType")
    assert kind == "navigational-prefetch"

    # What acts is left alone.
    tab.goto("/pizza/inbox/")
    tab.evaluate("""() => {
        const link = document.querySelector(".sidebar a[href='/pizza/queue/']");
        link.href = "/accounts/logout/";
        link.addEventListener("click", event => event.preventDefault());
    }""")
    prefetched.clear()
    tab.get_by_role("link", name="Queue").first.hover()
    tab.mouse.down()
    tab.wait_for_timeout(300)
    tab.mouse.up()
    assert prefetched == []


MEASURE = """() => new Promise(done => {
    const seen = {lcp: 0, cls: 0};
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) seen.lcp = entry.startTime;
    }).observe({type: "largest-contentful-paint", buffered: true});
    new PerformanceObserver(list => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.cls += entry.value;
    }).observe({type: "layout-shift", buffered: true});
    const end = performance.now() + 5000;
    const look = () => (seen.lcp || performance.now() > end ? done(seen) : setTimeout(look, 100));
    setTimeout(look, 300);
})"""


def crowd():
    """Return how many times slower than alone this process runs now: 1 on a quiet machine."""
    wall, mine = time.perf_counter(), time.thread_time()
    while (used := time.thread_time() - mine) < 0.03:
        pass
    return max(1.0, (time.perf_counter() - wall) / used)


@pytest.mark.parametrize("path", ["/pizza/inbox/", "/pizza/", "/accounts/login/"])
def test_pages_are_there_at_once_and_stand_still(window, path):
    """On a machine four times slower.

    Others may use this machine too, and a page that waits for them is not slow. So each visit is
    counted in the time that it would have taken alone, and the best of some visits is judged.
    """
    best, told = 10**6, []
    for _visit in range(8):
        tab = window("about:blank")
        tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        before = crowd()
        tab.goto(path)
        seen = tab.evaluate(MEASURE)
        shared = min(before, crowd())
        tab.context.close()
        assert seen["lcp"] > 0
        assert seen["cls"] < 0.02
        told.append(f"{seen['lcp']:.0f} ms / {shared:.1f}")
        best = min(best, seen["lcp"] / shared)
        if best < 400:
            break
    print(f"{path}: largest contentful paint {best:.0f} ms, the best of {', '.join(told)}")
    assert best < 500
