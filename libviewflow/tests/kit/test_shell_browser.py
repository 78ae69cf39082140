"""What only a browser can show: keys, drawer, palette, forms that lose and repeat nothing."""

from __future__ import annotations

from threading import Event

import pytest
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template import engines
from django.urls import path

from tests.chromium import listen
from viewflow.urls import Application, AppMenuMixin, Site, Viewset

pytestmark = [
    pytest.mark.browser,
    pytest.mark.urls("tests.kit.test_shell_browser"),
]

PAGE = """{% extends 'viewflow/base_page.html' %}{% block content %}
<h1>Tasks</h1>
<form class="picks" method="get"><ul class="list">{% for n in '123' %}
<li class="row"><label class="row-check"><input type="checkbox" name="pk" value="{{ n }}"><span class="visually-hidden">Select {{ n }}</span></label><a class="row-title" href="/kitchen/rows/?task={{ n }}">Bake {{ n }}</a></li>{% endfor %}
</ul><div class="bulk"><span class="n">selected</span></div></form>
<form method="post" action="/post/" class="form">{% csrf_token %}<div class="field"><label class="label" for="note">Note</label><input class="input" id="note" name="note"></div>
<button class="btn primary" name="_continue" value="1">Complete</button></form>
<button class="btn" id="part" hx-get="/part/" hx-target="#box">Part</button>
<button class="btn" id="fail" hx-get="/fail/" hx-target="#box">Fail</button>
<button class="btn" id="away" hx-get="/away/" hx-target="#box">Away</button>
<button class="btn" id="send" hx-post="/post/" hx-target="#box">Send</button>
<div id="box">old</div><a id="other" href="/kitchen/rows/?other">Other page</a>
<time datetime="2001-01-01T00:00:00Z" data-rel id="when">some day</time>
<button class="btn" type="button" command="show-modal" commandfor="sure">Ask</button>
<dialog class="dialog" id="sure"><header><h2>Sure?</h2></header></dialog>
{% endblock %}"""

posted: list[dict[str, str]] = []
gate = Event()


def page(request):
    return HttpResponse(engines["django"].from_string(PAGE).render({}, request))


def receive(request):
    posted.append(request.POST.dict())
    if request.headers.get("HX-Request"):
        return HttpResponse("sent")
    gate.wait(5)
    return HttpResponseRedirect("/kitchen/rows/?sent")


def fail(request):
    return HttpResponse("<p>a page of the server</p>", status=500)


class Rows(AppMenuMixin, Viewset):
    title = "Rows"
    index_path = path("", page, name="index")


class Kitchen(Application):
    icon = "local_pizza"
    viewsets = [Rows()]


urlpatterns = [
    path("post/", receive),
    path("part/", lambda request: HttpResponse("<b>new</b>")),
    path("fail/", fail),
    path("away/", lambda request: HttpResponseRedirect("/kitchen/rows/?signed-out")),
    path("lock/", lambda request: render(request, "viewflow/base_lockscreen.html")),
    path("", Site(title="Forno", viewsets=[Kitchen()]).urls),
]


@pytest.fixture
def open_page(chromium, live_server, settings):
    """Open a page; the test fails when the console reports an error."""
    settings.MIDDLEWARE = ["tests.chromium.strict", *settings.MIDDLEWARE]
    posted.clear()
    gate.set()
    contexts, errors = [], []

    def open_(url="/kitchen/rows/", **options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        tab = context.new_page()
        listen(tab, errors)
        tab.goto(live_server.url + url)
        tab.errors = errors
        return tab

    yield open_
    for context in contexts:
        context.close()
    assert errors == []


@pytest.mark.parametrize("url", ["/kitchen/rows/", "/lock/", "/nowhere/"])
def test_pages_run_under_the_strictest_policy(open_page, url):
    tab = open_page(url)
    tab.wait_for_load_state("networkidle")
    if url == "/nowhere/":
        tab.errors[:] = [error for error in tab.errors if "404" not in error]


def test_menu_is_a_drawer_on_a_phone(open_page):
    """B478: opened and closed by the browser alone."""
    tab = open_page(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    sidebar = tab.locator(".sidebar")
    assert not sidebar.is_visible()
    tab.get_by_role("button", name="Open menu").click()
    tab.wait_for_timeout(400)
    assert sidebar.is_visible()
    tab.keyboard.press("Escape")
    tab.wait_for_timeout(400)
    assert not sidebar.is_visible()


def test_nothing_is_wider_than_a_small_phone(open_page):
    tab = open_page(viewport={"width": 360, "height": 740})
    assert tab.evaluate("document.documentElement.scrollWidth") == 360


def test_theme_takes_effect_at_once_and_stays(open_page):
    tab = open_page()
    tab.get_by_role("button", name="Theme").click()
    with tab.expect_response("**/_/preferences/"):
        tab.get_by_role("button", name="Dark").click()
    assert tab.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    tab.reload()
    assert tab.locator("html").get_attribute("data-theme") == "dark"


def test_sidebar_folds_and_names_its_icons(open_page):
    tab = open_page()
    for folded in (True, False):
        with tab.expect_response("**/_/preferences/"):
            tab.get_by_role("button", name="Collapse sidebar").click()
        link = tab.locator(".sidebar a.nav-link").first
        assert (link.get_attribute("title") == "Kitchen") is folded
        tab.reload()
        assert tab.evaluate("document.documentElement.matches('[data-rail]')") is folded


def test_palette_finds_pages_and_rows(open_page):
    tab = open_page()
    tab.keyboard.press("Control+k")
    tab.keyboard.type("bake 2")
    options = tab.locator("#palette [role=option]")
    assert options.count() == 1
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/?task=2")
    tab.keyboard.press("Control+k")
    tab.keyboard.type("no such thing")
    assert tab.get_by_text("Nothing by that name").is_visible()
    tab.keyboard.press("Escape")
    assert not tab.locator("#palette").is_visible()


def test_rows_are_walked_and_ticked_by_keys(open_page):
    tab = open_page()
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("x")
    assert tab.locator("input[value='2']").is_checked()
    assert tab.locator(".bulk").is_visible()
    tab.keyboard.press("k")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/?task=1")


def test_keys_are_letters_while_one_types(open_page):
    tab = open_page()
    tab.locator("#note").fill("")
    tab.locator("#note").press_sequentially("jkx")
    assert tab.locator("#note").input_value() == "jkx"
    assert tab.locator("input:checked").count() == 0


def test_a_double_click_sends_once_and_the_buttons_name_arrives(open_page):
    """B157"""
    tab = open_page()
    gate.clear()
    tab.locator("#note").fill("well done")
    tab.locator("button[name=_continue]").dblclick(no_wait_after=True)
    tab.wait_for_timeout(300)
    gate.set()
    tab.wait_for_url("**/?sent")
    assert len(posted) == 1
    assert posted[0]["_continue"] == "1"
    assert posted[0]["note"] == "well done"


def test_buttons_work_again_after_going_back(open_page):
    """B156"""
    tab = open_page()
    for times in (1, 2):
        tab.get_by_role("button", name="Complete").click()
        tab.wait_for_url("**/?sent")
        assert len(posted) == times
        tab.go_back()
        assert tab.get_by_role("button", name="Complete").get_attribute("aria-busy") is None


def test_leaving_with_unsaved_words_asks_first(open_page):
    tab = open_page()
    asked = []
    tab.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    tab.locator("#other").click()
    tab.wait_for_url("**/?other")
    assert asked == []
    tab.locator("#note").press_sequentially("half a sen")
    tab.locator("#other").click()
    tab.wait_for_timeout(300)
    tab.goto("about:blank")
    assert "beforeunload" in asked


def test_a_part_is_replaced_without_a_new_page(open_page):
    tab = open_page()
    tab.locator("#part").click()
    tab.wait_for_function("document.querySelector('#box b')")
    assert tab.locator("#box").inner_text() == "new"


def test_a_failed_part_is_told_and_spares_the_page(open_page):
    """B158"""
    tab = open_page()
    tab.locator("#fail").click()
    toast = tab.locator(".toast.error")
    toast.wait_for()
    assert "(500)" in toast.inner_text()
    assert tab.locator("#box").inner_text() == "old"
    toast.get_by_role("button", name="Close").click()
    assert tab.locator(".toast").count() == 0
    tab.errors[:] = [error for error in tab.errors if "500" not in error]


def test_a_lost_server_is_told_and_what_was_typed_stays(open_page):
    tab = open_page()
    tab.locator("#note").fill("important")
    tab.context.set_offline(True)
    tab.locator("#part").click()
    tab.locator(".toast.error").wait_for()
    assert tab.locator("#note").input_value() == "important"
    tab.errors.clear()


def test_an_answer_that_leads_elsewhere_moves_the_window(open_page):
    """A session that ended must not show the login page inside of a box."""
    tab = open_page()
    tab.locator("#away").click()
    tab.wait_for_url("**/?signed-out")


def test_parts_may_post(open_page):
    tab = open_page()
    tab.locator("#send").click()
    tab.wait_for_function("document.querySelector('#box').textContent === 'sent'")


def test_listeners_do_not_accumulate(open_page):
    """B159: parts come and go, and the number of listeners on the document stays."""
    tab = open_page()
    session = tab.context.new_cdp_session(tab)

    def listeners():
        total = 0
        for target in ("document", "window"):
            found = session.send("Runtime.evaluate", {"expression": target})["result"]["objectId"]
            total += len(
                session.send("DOMDebugger.getEventListeners", {"objectId": found})["listeners"]
            )
        return total

    before = listeners()
    for _ in range(5):
        with tab.expect_response("**/part/"):
            tab.locator("#part").click()
        tab.keyboard.press("Control+k")
        tab.keyboard.press("Escape")
    assert listeners() == before


def test_times_are_told_from_now(open_page):
    tab = open_page()
    assert "ago" in tab.locator("#when").inner_text()


def test_dialog_opens_in_a_browser_without_invoker_commands(open_page):
    tab = open_page("/lock/")
    tab.context.add_init_script("delete HTMLButtonElement.prototype.commandForElement")
    tab.goto(tab.url.replace("/lock/", "/kitchen/rows/"))
    tab.get_by_role("button", name="Ask").click()
    assert tab.locator("#sure").is_visible()


def test_without_script_there_is_no_button_that_does_nothing(open_page):
    tab = open_page(java_script_enabled=False)
    assert not tab.locator(".search-trigger").is_visible()
    tab.get_by_role("button", name="Theme").click()
    tab.get_by_role("button", name="Dark").click()
    assert tab.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("url", ["/kitchen/rows/", "/nowhere/"])
def test_axe_finds_nothing(open_page, url, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for width in (360, 1280):
        tab = open_page(
            url, viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True
        )
        found = axe.run(tab).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []
    tab.errors[:] = [error for error in tab.errors if "404" not in error]
