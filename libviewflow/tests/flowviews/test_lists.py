"""Inbox, queue, archive, processes, tasks: what is listed, found, filtered, and done in bulk."""

from __future__ import annotations

import gc
import re

import pytest
from django.urls import reverse
from django.utils import translation

from viewflow.workflow.models import Process, Task

from .conftest import baking, client_of, make_user, newest, start_pizza, task_url, text_of, url
from .flows import PizzaFlow, ReviewFlow

pytestmark = pytest.mark.django_db


def rows(response):
    return re.findall(r'<li class="row">(.*?)</li>', response.content.decode(), re.S)


def listed(response):
    return [int(pk) for pk in re.findall(r'name="pk" value="(\d+)"', response.content.decode())]


def test_rows_say_what_and_for_whom(browser):
    start_pizza(browser, customer_name="Hannah Meyer", toppings="2 Margherita")
    (row,) = rows(browser.get(url("pizza:queue")))
    assert "Bake" in row
    assert "Hannah Meyer" in row
    ReviewFlow.begin.run(text="Menu")
    text = text_of(browser.get(url("workflow:queue")))
    assert "Decide about Menu" in text
    assert "Review of Menu" in text


@pytest.mark.parametrize(("language", "word"), [("en", "Number"), ("de", "Nummer")])
def test_the_menu_of_orders_has_words(browser, language, word):
    start_pizza(browser)
    with translation.override(language):
        page = browser.get(url("pizza:task_list")).text
    (menu,) = re.findall(r'<div class="menu" id="list-sort".*?</div>', page, re.S)
    words = re.findall(r">([^<]+)</a>", menu)
    assert words[0] == word
    assert not any("#" in text for text in words)


def test_lists_hold_own_work_only(browser, vera):
    taken = baking(browser)
    free = newest(start_pizza(browser), "bake")
    assert listed(browser.get(url("pizza:inbox"))) == [taken.pk]
    assert listed(browser.get(url("pizza:queue"))) == [free.pk]
    client = client_of(vera)
    assert listed(client.get(url("pizza:inbox"))) == []
    assert listed(client.get(url("pizza:queue"))) == [free.pk]
    browser.post(task_url(taken, "execute"), {"baking_time": "5"})
    assert task_url(taken, "detail") in browser.get(url("pizza:archive")).content.decode()


def tasks_in_memory():
    return sum(issubclass(type(thing), Task) for thing in gc.get_objects())


def test_a_list_leaves_no_rows_to_the_garbage_collector(browser):
    for _ in range(3):
        baking(browser)

    def page():  # not by the test client itself, which keeps what was rendered
        request = browser._base_environ(PATH_INFO=url("pizza:inbox"))
        return browser.handler(request).content.decode()

    page()
    gc.collect()
    gc.disable()
    try:
        before = tasks_in_memory()
        assert page().count('<li class="row">') == 3
        assert tasks_in_memory() == before
    finally:
        gc.enable()


def test_a_list_is_asked_for_its_head_too(browser):
    response = browser.head(url("pizza:inbox"))
    assert response.status_code == 200 and not response.content


def test_menu_counts_match_the_lists(browser, vera):
    """B429"""
    for _ in range(3):
        baking(browser)
    for _ in range(2):
        start_pizza(browser)
    page = browser.get(url("pizza:inbox"))
    assert (page.context["user_inbox"].count(), page.context["user_queue"].count()) == (3, 2)
    counts = re.findall(r'class="count" data-count="(\w+)">(\d+)<', page.content.decode())
    assert counts == [("inbox", "3"), ("queue", "2")]
    page = client_of(vera).get(url("pizza:queue"))
    assert page.context["user_inbox"].count() == 0
    assert len(list(page.context["user_queue"])) == 2


def test_menu_asks_for_its_numbers_again(browser, vera, django_assert_max_num_queries):
    """B429: one statement besides session and user; nothing is sent while nothing has changed."""
    baking(browser)
    address = url("pizza:work_counts")
    assert f'data-counts="{address}"' in browser.get(url("pizza:index")).content.decode()
    with django_assert_max_num_queries(3):
        answer = browser.get(address)
    assert answer.json() == {"inbox": 1, "queue": 0}
    assert answer["Cache-Control"] == "private, no-cache"
    assert not answer.cookies
    same = browser.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (same.status_code, same.content) == (304, b"")

    start_pizza(browser)
    changed = browser.get(address, headers={"If-None-Match": answer["ETag"]})
    assert changed.json() == {"inbox": 1, "queue": 1}
    assert client_of(vera).get(url("workflow:work_counts")).json() == {"inbox": 0, "queue": 1}
    assert "/login/" in client_of().get(address)["Location"]
    assert browser.post(address).status_code == 405


def test_search_finds_data_and_numbers(browser):
    a = start_pizza(browser, customer_name="Zoë Müller")
    b = start_pizza(browser, customer_name="Olivia")
    for term, wanted in (("Müller", a), ("olivia", b), (f"#{a.pk}", a), ('"Zoë Müller"', a)):
        assert listed(browser.get(url("pizza:queue"), {"_search": term})) == [
            newest(wanted, "bake").pk
        ], term
    page = browser.get(url("pizza:queue"), {"_search": "nobody"})
    assert listed(page) == []
    assert "Nothing matches" in text_of(page)


def test_filters_offer_what_is_in_the_list(browser):
    """B421"""
    task = baking(browser)
    page = browser.get(url("pizza:inbox")).content.decode()
    assert '<option value="bake"' in page
    assert '<option value="deliver"' not in page
    assert listed(browser.get(url("pizza:inbox"), {"flow_task": "bake"})) == [task.pk]
    assert listed(browser.get(url("pizza:inbox"), {"process": task.process_id})) == [task.pk]
    assert listed(browser.get(url("pizza:inbox"), {"process": 10**25})) == []
    assert listed(browser.get(url("pizza:inbox"), {"created_before": "2020-01-01"})) == []


def test_the_count_of_a_filtered_list_is_that_of_the_list(browser):
    for _ in range(30):
        start_pizza(browser)
    for task in Task.objects.filter(status="NEW")[:3]:
        browser.post(task_url(task, "assign"))
    assert browser.get(url("pizza:queue")).context["total"] == 27
    page = browser.get(url("pizza:queue"), {"flow_task": "bake"})
    assert page.context["total"] == 27
    page = browser.get(url("pizza:queue"), {"flow_task": "deliver"})
    assert (page.context["total"], listed(page)) == (0, [])


@pytest.mark.parametrize(
    "query",
    [
        {"_search": "\x00"}, {"_search": "x" * 5000}, {"flow_task": "\x00"}, {"process": "\x00"},
        {"process": "9" * 60}, {"created_after": "0000-00-00"}, {"_orderby": "\x00,created"},
        {"back": "\x00"}, {"period": "\x00"}, {"status": "nothing"}, {"show": "\x00"},
    ],
)  # fmt: skip
def test_strange_queries_break_no_list(browser, query):
    baking(browser)
    for name in ("inbox", "queue", "archive", "process_list", "task_list", "index"):
        assert browser.get(url(f"pizza:{name}"), query).status_code == 200


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "\x00", "9" * 40])
def test_pages_that_do_not_exist_are_not_found(browser, page):
    assert browser.get(url("pizza:inbox"), {"page": page}).status_code == 404


def test_open_ones_are_listed_by_default(browser):
    """B422"""
    open_one, done = start_pizza(browser), start_pizza(browser)
    for node, field in (("bake", "baking_time"), ("deliver", "tips_received")):
        task = newest(done, node)
        browser.post(task_url(task, "assign"))
        browser.post(task_url(task, "execute"), {field: "1"})
    text = text_of(browser.get(url("pizza:process_list")), "main")
    assert str(open_one) in text
    assert str(done) not in text
    text = text_of(browser.get(url("pizza:process_list"), {"status": "DONE"}), "main")
    assert str(open_one) not in text
    assert str(done) in text
    assert f"#{newest(done, 'bake').pk} " not in text_of(browser.get(url("pizza:task_list")))
    assert f"#{newest(done, 'bake').pk} " in text_of(
        browser.get(url("pizza:task_list"), {"status": "DONE"})
    )


def test_tasks_are_taken_in_bulk_after_asking(browser, boss):
    tasks = [newest(start_pizza(browser), "bake") for _ in range(3)]
    pks = [task.pk for task in tasks]
    asked = browser.post(url("pizza:tasks_assign"), {"pk": pks})
    assert asked.status_code == 200
    assert "Take 3 tasks" in text_of(asked)
    assert not Task.objects.filter(owner=boss, status="ASSIGNED").exists()
    done = browser.post(url("pizza:tasks_assign"), {"pk": pks, "_confirm": "1"})
    assert done["Location"] == url("pizza:queue")
    assert Task.objects.filter(owner=boss, status="ASSIGNED").count() == 3
    browser.post(url("pizza:tasks_unassign"), {"pk": pks[:2], "_confirm": "1"})
    assert Task.objects.filter(owner=boss, status="ASSIGNED").count() == 1


def test_bulk_leaves_alone_what_is_not_allowed(browser, vera):
    """B401"""
    mine, free = baking(browser), newest(start_pizza(browser), "bake")
    client = client_of(vera)
    page = client.post(url("pizza:tasks_assign"), {"pk": [mine.pk, free.pk], "_confirm": "1"})
    assert page.status_code == 200
    assert "Berta Boss has it" in text_of(page)
    mine.refresh_from_db()
    free.refresh_from_db()
    assert (mine.owner.username, free.owner) == ("boss", vera)
    client.post(url("pizza:tasks_unassign"), {"pk": [mine.pk], "_confirm": "1"})
    mine.refresh_from_db()
    assert mine.owner.username == "boss"


def test_bulk_asks_for_the_tasks_own_permission():
    """B401"""
    ReviewFlow.begin.run()
    task = newest(Process.objects.latest("pk"), "decide")
    stranger = client_of(make_user("stranger"))
    stranger.post(url("workflow:tasks_assign"), {"pk": [task.pk], "_confirm": "1"})
    task.refresh_from_db()
    assert task.owner is None


@pytest.mark.parametrize("pks", [["x"], ["9" * 40], ["\x00"], []])
def test_bulk_with_strange_numbers_goes_back_to_the_list(browser, pks):
    page = browser.post(url("pizza:tasks_assign"), {"pk": pks, "_confirm": "1"})
    assert page["Location"] == url("pizza:queue")


def test_an_empty_inbox_leads_to_the_queue(browser):
    start_pizza(browser)
    page = browser.get(url("pizza:inbox"))
    assert "nothing is waiting for you" in text_of(page)
    assert f'href="{url("pizza:queue")}"' in page.content.decode()


def test_the_board_shows_each_step_and_what_failed(browser):
    """B416 B417"""
    process = start_pizza(browser, customer_name="Hannah")
    page = browser.get(url("pizza:index"))
    text = text_of(page)
    assert [column.title for column in page.context["columns"]] == ["Bake", "Deliver"]
    assert page.context["columns"][0].count == 1
    assert "Hannah" in text
    assert [node.name for node in page.context["start_nodes"]] == ["start"]
    assert url("pizza:start:execute") in page.content.decode()
    Task.objects.filter(process=process, status="NEW").update(
        status="ERROR", data={"_exception": {"title": "no bank"}}
    )
    assert "no bank" in text_of(browser.get(url("pizza:index")))


def test_a_lane_shows_26_tasks_and_how_many_more_there_are(browser):
    """B416"""
    for _ in range(30):
        start_pizza(browser)
    page = browser.get(url("pizza:index"))
    lane = page.context["columns"][0]
    assert (lane.count, len(lane.tickets), lane.more) == (30, 26, 4)
    assert "4 more" in text_of(page)


def test_root_of_the_workflow_application_leads_to_the_inbox(browser):
    """B393"""
    assert browser.get("/workflow/")["Location"] == url("workflow:inbox")
    assert browser.get("/workflow/flows/")["Location"] == url("workflow:flows:review:index")
    viewer = client_of(make_user("viewer", "flowviews.view_pizzaorder"))
    assert viewer.get("/workflow/flows/")["Location"] == url("workflow:flows:pizza:index")


def test_each_mount_links_within_itself(browser):
    """B428"""
    process = start_pizza(browser)
    task = newest(process, "bake")
    for space, prefix, other in (
        ("pizza", "/pizza/", "/workflow/flows/pizza/"),
        ("workflow:flows:pizza", "/workflow/flows/pizza/", '"/pizza/1'),
    ):
        page = browser.get(url(f"{space}:process_detail", process.pk)).content.decode()
        main = page[page.index("<main") :]
        assert f'href="{prefix}{process.pk}/bake/{task.pk}/assign/"' in main
        assert other not in main
    taken = browser.post(task_url(task, "assign", "workflow:flows:pizza"))
    assert taken["Location"].startswith("/workflow/flows/pizza/")
    assert process.reverse("process_detail") == f"/pizza/{process.pk}/"


@pytest.mark.parametrize("name", ["index", "process_list", "task_list", "chart"])
def test_names_of_a_flow_viewset(name):
    """B391 B392"""
    assert reverse(f"workflow:flows:review:{name}")
    assert reverse(f"errands:errand:{name}")
    for page in ("inbox", "queue", "archive", "tasks_assign", "tasks_unassign"):
        assert reverse(f"pizza:{page}")
        assert reverse(f"workflow:{page}")


def test_charts_are_drawings(browser):
    process = start_pizza(browser)
    for page in (url("pizza:chart"), url("pizza:process_chart", process.pk)):
        response = browser.get(page)
        assert response["Content-Type"] == "image/svg+xml"
        assert b"<svg" in response.content
    assert browser.get(url("pizza:process_chart", process.pk + 50)).status_code == 404


def test_cancelling_while_a_task_is_begun_explains_itself(browser):
    """B402"""
    task = baking(browser)
    with task.activation() as activation:
        activation.start()
    page = browser.get(url("pizza:process_cancel", task.process_id))
    assert "Not possible now" in text_of(page)
    assert not page.context["can_cancel"]
    done = browser.post(
        url("pizza:process_cancel", task.process_id), {"_cancel_process": "1"}, follow=True
    )
    assert "cannot be cancelled" in text_of(done)
    assert Process.objects.get(pk=task.process_id).status == "NEW"


def test_cancelling_says_which_process(browser):
    """B403"""
    process = start_pizza(browser)
    done = browser.post(
        url("pizza:process_cancel", process.pk), {"_cancel_process": "1"}, follow=True
    )
    assert done.redirect_chain[-1][0] == url("pizza:process_detail", process.pk)
    assert f"#{process.pk} is cancelled" in text_of(done)


def test_the_story_tells_who_did_what(browser):
    task = baking(browser)
    browser.post(task_url(task, "execute"), {"baking_time": "5"})
    text = text_of(browser.get(url("pizza:process_detail", task.process_id)))
    assert "You finished “Bake”" in text
    assert "You started it" in text
    assert "“Deliver” waits for somebody to take it" in text
    assert "Not possible while “Deliver” is open" in text


def test_a_flow_that_is_not_mounted_says_so(settings):
    from django.urls import NoReverseMatch

    class LonelyFlow(PizzaFlow):
        pass

    with pytest.raises(NoReverseMatch, match="LonelyFlow has no pages"):
        LonelyFlow.instance.reverse("index")
