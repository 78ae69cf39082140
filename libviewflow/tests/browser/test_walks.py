"""A day's work as people do it: with the mouse, without script, with the keyboard alone."""

from __future__ import annotations

import itertools

import pytest

from tests.chart.graphs import FakeNode, fake_flow
from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.chart import NodeState, flow_map
from viewflow.workflow.models import Process, Task

from .fill import newest, order, take

pytestmark = pytest.mark.browser


def fill_order(tab, name="Hedy Lamarr"):
    tab.get_by_label("Customer name").fill(name)
    tab.get_by_label("Address").fill("1 Sunset Boulevard")
    tab.get_by_label("Toppings").fill("Olives")


def sign_in(tab):
    tab.get_by_label("Username").fill("ada")
    tab.get_by_label("Password", exact=True).fill("quattro")
    tab.get_by_role("button", name="Sign in").click()


def heading(tab):
    return tab.locator("h1").first.inner_text()


def test_whole_walk_without_script(window, forno):
    tab = window("/", person=None, java_script_enabled=False)
    sign_in(tab)
    assert tab.get_by_role("link", name="Inbox").first.is_visible()

    # Start an order; the first try lacks the address.
    tab.get_by_role("link", name="Start", exact=True).first.click()
    tab.get_by_label("Customer name").fill("Hedy Lamarr")
    tab.get_by_label("Toppings").fill("Olives & <b>capers</b>")
    tab.get_by_role("button", name="Start", exact=True).click()
    assert tab.get_by_label("Customer name").input_value() == "Hedy Lamarr"
    assert tab.get_by_label("Toppings").input_value() == "Olives & <b>capers</b>"
    assert tab.locator("main .alert a").first.inner_text()
    tab.get_by_label("Address").fill("1 Sunset Boulevard")
    tab.get_by_role("button", name="Start", exact=True).click()
    assert "has been started" in tab.locator("#toasts").inner_text()
    process = Process.objects.latest("pk")

    # Find it in the queue, take it, do it wrong, do it.
    tab.get_by_role("link", name="Queue").first.click()
    tab.get_by_label("Search this list").fill("Hedy")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**_search=Hedy**")
    rows = tab.locator("main .list .row")
    assert rows.count() == 1
    rows.locator("a.row-title").click()  # without script a row is a link
    tab.get_by_role("button", name="Take this task").click()
    assert newest(process, "bake").status == STATUS.ASSIGNED
    tab.get_by_label("Baking time").fill("")
    tab.get_by_role("button", name="Complete", exact=True).click()
    assert "required" in tab.locator("main .alert").inner_text()
    assert tab.get_by_label("Baking time").get_attribute("aria-invalid") == "true"
    tab.get_by_label("Baking time").fill("14")
    tab.get_by_role("button", name="Complete", exact=True).click()
    assert "has been completed" in tab.locator("#toasts").inner_text()
    assert newest(process, "bake").status == STATUS.DONE

    # Log out.
    tab.get_by_role("button", name="Marta Rossi").click()
    tab.get_by_role("button", name="Sign out").click()
    assert heading(tab) == "You are signed out"
    tab.goto("/pizza/inbox/")
    assert heading(tab) == "Sign in to Forno"


def test_lists_without_script(window, forno):
    for index in range(25):
        order(forno.at.ada, f"Guest {index:02}", "Here", "Basil")
    tab = window("/pizza/queue/", java_script_enabled=False)
    rows = tab.locator("main .list .row")
    first = rows.first.inner_text()

    tab.get_by_role("link", name="Next page").click()
    assert rows.first.inner_text() != first
    tab.get_by_role("link", name="Previous page").click()
    assert rows.first.inner_text() == first

    tab.get_by_role("button", name="Sort").click()
    sort = tab.locator("#list-sort a").first
    wanted = sort.get_attribute("href")
    sort.click()
    assert tab.url.endswith(wanted)

    tab.get_by_role("button", name="Filter").click()
    tab.locator("#list-filter select").first.select_option(label="Bake")
    tab.get_by_role("button", name="Apply").click()
    assert tab.get_by_role("link", name="Remove filter").count() == 1
    assert set(rows.locator("a.row-title").all_inner_texts()) == {"Bake"}
    tab.get_by_role("link", name="Clear").click()
    assert tab.get_by_role("link", name="Remove filter").count() == 0


def test_bulk_assign_without_script(window, forno):
    for name in ("Emmy", "Sofja"):
        order(forno.at.ada, f"{name} Noether", "Here", "Basil")
    tab = window("/pizza/queue/?_search=Noether", java_script_enabled=False)
    before = Task.objects.filter(owner=forno.at.ada, status=STATUS.ASSIGNED).count()
    for box in tab.locator("main .row-check input").all():
        box.check()
    tab.get_by_role("button", name="Take", exact=True).click()
    tab.get_by_role("button", name="Take 2 tasks").click()
    assert "2 tasks are yours now" in tab.locator("#toasts").inner_text()
    after = Task.objects.filter(owner=forno.at.ada, status=STATUS.ASSIGNED).count()
    assert after == before + 2


def test_theme_without_script(window):
    tab = window("/pizza/inbox/", java_script_enabled=False, color_scheme="light")
    tab.get_by_role("button", name="Theme").click()
    tab.get_by_role("button", name="Dark").click()
    assert tab.url.endswith("/pizza/inbox/")
    assert tab.locator("html").get_attribute("data-theme") == "dark"


def tab_to(tab, name, most=40):
    """Press Tab until the focus is on the control with this text or name."""
    script = """() => {
        const on = document.activeElement;
        return [on.innerText, on.getAttribute("aria-label"), on.name, on.title].join("|");
    }"""
    for _step in range(most):
        tab.keyboard.press("Tab")
        if name in tab.evaluate(script).split("|"):
            outline = tab.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"the focus on {name} cannot be seen"
            return
    raise AssertionError(f"{name} is not reached with Tab")


def test_whole_walk_with_the_keyboard(window, forno):
    tab = window("/", person=None)
    keys = tab.keyboard
    # The first field has the focus by itself.
    tab.locator("[name=username]:focus").wait_for()
    keys.type("ada")
    tab_to(tab, "password")
    keys.type("quattro")
    keys.press("Enter")
    tab.wait_for_url(f"{forno.url}/pizza/")

    # The first stop of each page leads past the menu.
    keys.press("Tab")
    assert tab.evaluate("document.activeElement.innerText") == "Skip to content"
    keys.press("Enter")
    tab_to(tab, "Start")
    keys.press("Enter")
    tab.wait_for_url("**/pizza/start/**")
    for name, text in (
        ("customer_name", "Tab Hunter"),
        ("address", "1 Key Street"),
        ("toppings", "Olives"),
    ):
        tab_to(tab, name)
        keys.type(text)
    tab_to(tab, "Start")
    keys.press("Enter")
    tab.get_by_text("has been started").first.wait_for()
    tab.wait_for_load_state()  # the keys below are the script's
    process = Process.objects.latest("pk")

    # Ctrl-K leads to the queue, j to the row, Enter opens it.
    keys.press("Control+k")
    keys.type("queue")
    keys.press("Enter")
    tab.wait_for_url("**/pizza/queue/")
    tab_to(tab, "_search")
    keys.type("Tab Hunter")
    keys.press("Enter")
    tab.locator("main .list .row").nth(1).wait_for(state="detached")
    assert tab.locator("main .list .row").count() == 1
    tab.evaluate("document.activeElement.blur()")
    keys.press("j")
    keys.press("Enter")
    # It opens beside the list and has the focus.
    tab.locator(".split-body:focus").wait_for()
    tab_to(tab, "Take this task")
    keys.press("Enter")
    tab.wait_for_url("**/bake/*/execute/**")
    tab_to(tab, "baking_time")
    keys.press("Control+a")
    keys.type("11")
    tab_to(tab, "Complete")
    keys.press("Enter")
    tab.get_by_text("has been completed").first.wait_for()
    assert newest(process, "bake").status == STATUS.DONE


def test_what_is_typed_right_after_the_search_opens_is_kept(window):
    tab = window("/pizza/inbox/")
    # In one go, before the browser gets round to its own work.
    tab.evaluate("""() => {
        document.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true }));
        const input = document.querySelector("#palette input");
        input.value = "queue";
        input.dispatchEvent(new Event("input"));
    }""")
    tab.wait_for_timeout(200)
    assert tab.locator("#palette input").input_value() == "queue"
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/pizza/queue/")


def test_rows_are_ticked_with_keys_and_counted(window, forno):
    for name in ("Ada", "Mary"):
        process = order(forno.at.ada, f"{name} Somerville", "Here", "Basil")
        take(process, "bake", forno.at.ada)
    tab = window("/pizza/inbox/?_search=Somerville")
    for key in "jxjx":
        tab.keyboard.press(key)
    assert tab.locator("main .row-check input:checked").count() == 2
    assert tab.locator("#list-bulk").is_visible()
    tab.keyboard.press("k")
    tab.keyboard.press("Enter")
    tab.locator("#pane").get_by_label("Baking time").wait_for()


def test_going_back_after_a_refused_form_keeps_words_and_buttons(window, forno):
    """B156"""
    tab = window("/pizza/start/")
    fill_order(tab)
    tab.get_by_label("Address").fill("")
    tab.get_by_role("button", name="Start", exact=True).click()
    tab.locator("main .alert").wait_for()
    for turn in (lambda: None, tab.go_back, tab.go_forward):
        turn()
        assert tab.get_by_label("Customer name").input_value() == "Hedy Lamarr"
        assert tab.get_by_label("Toppings").input_value() == "Olives"
    start = tab.get_by_role("button", name="Start", exact=True)
    assert start.is_enabled()
    assert start.get_attribute("aria-busy") is None
    before = Process.objects.count()
    tab.get_by_label("Address").fill("1 Sunset Boulevard")
    start.click()
    tab.get_by_text("has been started").first.wait_for()
    assert Process.objects.count() == before + 1


def test_double_click_starts_one_process(window, forno):
    """B157"""
    tab = window("/pizza/start/")
    fill_order(tab, "Double Click")
    before = Process.objects.count()
    tab.get_by_role("button", name="Start", exact=True).dblclick(no_wait_after=True)
    tab.get_by_text("has been started").first.wait_for()
    tab.wait_for_load_state("networkidle")
    assert Process.objects.count() == before + 1


def test_double_click_completes_one_task(window, forno):
    """B157"""
    process = order(forno.at.ada, "Grete Hermann", "Here", "Basil")
    task = take(process, "bake", forno.at.ada)
    tab = window(task.reverse("execute"))
    tab.get_by_role("button", name="Complete", exact=True).dblclick(no_wait_after=True)
    tab.get_by_text("has been completed").first.wait_for()
    tab.wait_for_load_state("networkidle")
    assert process.task_set.filter(flow_task=newest(process, "deliver").flow_task).count() == 1


def test_pizza_is_delivered_with_the_mouse(window, forno):
    tab = window("/pizza/start/")
    fill_order(tab, "Rosalind Franklin")
    tab.get_by_role("button", name="Start", exact=True).click()
    tab.get_by_text("has been started").first.wait_for()
    process = Process.objects.latest("pk")
    for step in ("bake", "deliver"):
        tab.goto(newest(process, step).reverse("assign"))
        tab.get_by_role("button", name="Take this task").click()
        tab.get_by_role("button", name="Complete", exact=True).click()
        tab.get_by_text("has been completed").first.wait_for()
    tab.goto(process.reverse("process_detail"))
    assert "Done" in tab.locator(".page-head .status").inner_text()
    process.refresh_from_db()
    assert process.status == PROCESS.DONE


def test_a_task_opens_beside_the_list_and_leads_to_the_next(window, forno):
    for name in ("Rita", "Barbara", "Rosalyn"):
        take(order(forno.at.ada, f"{name} Levi", "Here", "Basil"), "bake", forno.at.ada)
    address = "/pizza/inbox/?_search=Levi"
    tab = window(address, reduced_motion="reduce")
    rows, pane = tab.locator("#list a.row-title"), tab.locator("#pane")
    assert pane.is_hidden()
    rows.nth(1).click()
    pane.get_by_label("Baking time").wait_for()
    assert tab.url.endswith(address)
    assert rows.nth(1).get_attribute("aria-current") == "true"
    assert "Barbara Levi" in pane.inner_text()

    # The keys go on from the chosen row; the pane follows, and is put away.
    tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    pane.get_by_text("Rosalyn Levi").first.wait_for()
    assert rows.nth(1).get_attribute("aria-current") is None
    tab.keyboard.press("Escape")
    assert pane.is_hidden()

    # What is typed stays: another row is a link then, and the browser asks.
    rows.first.click()
    pane.get_by_label("Baking time").fill("7")
    asked = []
    tab.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    rows.nth(2).click(no_wait_after=True)
    tab.wait_for_function("document.querySelector('#pane [name=baking_time]').value === '7'")
    assert "Rita Levi" in pane.inner_text()

    # Complete and next: back in the list, with its first row open.
    pane.get_by_role("button", name="Complete and next").click()
    pane.get_by_text("Barbara Levi").first.wait_for()
    assert tab.url.endswith(address)
    assert rows.count() == 2
    assert "has been completed" in tab.locator("#toasts").inner_text()
    assert Task.objects.filter(
        status=STATUS.DONE, process__data__customer_name="Rita Levi"
    ).exists()
    assert asked == ["beforeunload"]

    # A refused form is a page of its own, with the words in it.
    pane.get_by_label("Baking time").fill("")
    pane.get_by_role("button", name="Complete", exact=True).click()
    tab.locator("main .alert").wait_for()
    assert "/execute/" in tab.url


def test_a_row_is_a_link_on_a_phone(window, forno):
    tab = window("/pizza/inbox/", viewport={"width": 390, "height": 844})
    tab.locator("#list a.row-title").first.click()
    tab.wait_for_url("**/execute/**")


def test_a_long_map_opens_where_something_goes_on(window, forno):
    nodes = [FakeNode(f"step_{number}") for number in range(20)]
    for one, other in itertools.pairwise(nodes):
        one.to(other)
    tab = window(f"/pizza/{forno.at.done.pk}/")
    drawn = flow_map(fake_flow(nodes), {"step_12": NodeState("current")})
    tab.locator(".map").evaluate("(map, drawn) => { map.outerHTML = drawn }", drawn)
    box, node = tab.locator(".map.scrolls"), tab.locator(".wide .current .shape")
    tab.wait_for_function("document.querySelector('.map').scrollLeft > 0")
    outer, inner = box.bounding_box(), node.bounding_box()
    middle = outer["x"] + outer["width"] / 2
    assert abs(inner["x"] + inner["width"] / 2 - middle) < 10
    # From then on whoever looks at it moves it.
    tab.wait_for_timeout(200)
    box.evaluate("box => box.scrollTo({left: 40, behavior: 'instant'})")
    tab.wait_for_timeout(200)
    assert box.evaluate("box => box.scrollLeft") == 40


def test_the_numbers_of_the_menu_stay_true(window, forno):
    tab = window("/pizza/queue/?_search=Meitner")
    assert tab.locator("#list a.row-title").count() == 0
    count = tab.locator("[data-count=queue]")
    before = int(count.evaluate("box => box.firstChild.data"))
    order(forno.at.ada, "Lise Meitner", "Here", "Basil")
    tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    tab.locator("#list a.row-title").wait_for()
    assert int(count.evaluate("box => box.firstChild.data")) == before + 1

    # Nothing new: an answer without a body.
    with tab.expect_response("**/_/counts/") as told:
        tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert told.value.status in (200, 304)
