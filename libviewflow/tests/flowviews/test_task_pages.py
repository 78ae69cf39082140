"""The pages of a task: take it, do it, give it back, cancel, undo, open again; and being late."""

from __future__ import annotations

import pytest
from django.test import override_settings

from viewflow.workflow import FlowLockFailed
from viewflow.workflow.context import Context
from viewflow.workflow.models import Process, Task

from .conftest import baking, client_of, make_user, newest, start_pizza, task_url, text_of, url
from .flows import ErrandFlow, PizzaFlow, ReviewFlow
from .models import Document, PizzaOrder, Review

pytestmark = pytest.mark.django_db
REVIEW = "workflow:flows:review"


def review(client, text="A text", space=REVIEW):
    response = client.post(url(f"{space}:start:execute"), {"text": text})
    assert response.status_code == 302, text_of(response)
    return Review.objects.latest("pk")


def take(client, process, node, space):
    task = newest(process, node)
    assert client.post(task_url(task, "assign", space)).status_code == 302
    task.refresh_from_db()
    return task


def test_submitting_twice_completes_once(browser):
    """B328"""
    task = baking(browser)
    assert browser.post(task_url(task, "execute"), {"baking_time": "5"}).status_code == 302
    again = browser.post(task_url(task, "execute"), {"baking_time": "25"})
    assert again.status_code == 403
    assert "already done" in text_of(again)
    assert "You finished “Bake”" in text_of(again)
    assert "25" in text_of(again), "what was typed is still there to be read"
    assert PizzaOrder.objects.get(pk=task.process_id).baking_time == 5
    tasks = Task.objects.filter(process=task.process_id)
    assert [t.flow_task.name for t in tasks.order_by("pk")] == ["start", "bake", "deliver"]


def test_opening_a_finished_task_tells_who_finished_it(browser, vera):
    process = start_pizza(browser)
    task = newest(process, "bake")
    client = client_of(vera)
    client.post(task_url(task, "assign"))
    client.post(task_url(task, "execute"), {"baking_time": "5"})
    page = browser.get(task_url(task, "execute"))
    assert page.status_code == 403
    assert "Vera Vogt finished “Bake”" in text_of(page)
    assert url("pizza:process_detail", process.pk) in page.content.decode()


def test_a_free_task_has_to_be_taken_first(browser):
    task = newest(start_pizza(browser), "bake")
    page = browser.get(task_url(task, "execute"))
    assert page.status_code == 403
    assert "Nobody has taken this task yet" in text_of(page)
    assert task_url(task, "assign") in page.content.decode()


def test_somebody_elses_task_says_whose_it_is(browser, vera):
    task = newest(start_pizza(browser), "bake")
    client_of(vera).post(task_url(task, "assign"))
    page = browser.post(task_url(task, "execute"), {"baking_time": "5"})
    assert page.status_code == 403
    assert "Vera Vogt is working on “Bake”" in text_of(page)
    assert "Vera Vogt" in text_of(browser.get(task_url(task, "assign")))


def test_a_locked_process_answers_503_and_keeps_what_was_typed(browser, monkeypatch):
    task = baking(browser)

    def busy(process_pk):
        raise FlowLockFailed("busy")

    monkeypatch.setattr(PizzaFlow, "lock", busy)
    page = browser.post(task_url(task, "execute"), {"baking_time": "17"})
    assert page.status_code == 503
    assert page["Retry-After"] == "2"
    assert "working on this right now" in text_of(page)
    assert '<input type="hidden" name="baking_time" value="17">' in page.content.decode()
    monkeypatch.undo()
    assert browser.post(task_url(task, "execute"), {"baking_time": "17"}).status_code == 302


def test_typed_data_is_escaped_on_the_page_that_refuses(browser):
    task = baking(browser)
    browser.post(task_url(task, "execute"), {"baking_time": "5"})
    page = browser.post(task_url(task, "execute"), {"baking_time": "<script>x</script>"})
    assert "<script>x" not in page.content.decode()


def test_a_task_can_be_given_back(browser):
    """B326"""
    task = baking(browser)
    assert "Give “Bake” back?" in text_of(browser.get(task_url(task, "unassign")))
    browser.post(task_url(task, "unassign"))
    task.refresh_from_db()
    assert (task.status, task.owner, task.assigned) == ("NEW", None, None)


def test_undo_cancel_and_revive_land_on_the_task(browser):
    """B404 B424"""
    task = baking(browser)
    browser.post(task_url(task, "execute"), {"baking_time": "5"})
    deliver = newest(task.process, "deliver")
    refused = browser.post(task_url(task, "undo"))
    assert refused.status_code == 403, "what follows is still open"
    done = browser.post(task_url(deliver, "cancel"))
    assert done["Location"] == task_url(deliver, "detail")
    undone = browser.post(task_url(task, "undo"))
    assert undone["Location"] == task_url(task, "detail")
    revived = browser.post(task_url(task, "revive"))
    again = newest(task.process, "bake")
    assert again.pk != task.pk
    assert revived["Location"] == task_url(again, "detail")
    task.refresh_from_db()
    assert task.status == "REVIVED"
    for one in (task, again, deliver):
        assert browser.get(task_url(one, "detail")).status_code == 200


def test_the_heading_of_a_task_is_the_title_of_its_step(browser):
    """B423"""
    process = review(browser)
    task = newest(process, "decide")
    page = browser.get(task_url(task, "detail", REVIEW)).content.decode()
    assert "<h1>Decide</h1>" in page
    assert "Decide about A text" in page


def test_a_node_may_bring_actions_and_pages(browser):
    """B426 B427"""
    task = take(browser, review(browser), "decide", REVIEW)
    page = browser.get(task_url(task, "detail", REVIEW))
    assert "Ask the author" in text_of(page)
    answer = browser.get(task_url(task, "ask", REVIEW))
    assert answer.content.decode() == f"asked about {task.pk}"
    assert client_of(make_user("stranger")).get(task_url(task, "ask", REVIEW)).status_code == 403


def test_media_of_a_form_is_on_its_page(browser):
    """B413"""
    task = take(browser, review(browser), "decide", REVIEW)
    assert "flowviews/decide.js" in browser.get(task_url(task, "execute", REVIEW)).content.decode()


def test_a_plain_function_is_a_view(browser, boss):
    """B409"""
    process = review(browser)
    ReviewFlow.wait.run(newest(process, "wait"))
    task = take(browser, process, "decide", REVIEW)
    browser.post(task_url(task, "execute", REVIEW), {"approved": "on"})
    publish = newest(process, "publish")
    assert publish.owner == boss
    assert browser.get(task_url(publish, "execute", REVIEW)).status_code == 200
    done = browser.post(task_url(publish, "execute", REVIEW), {"comment": "Good."})
    assert done["Location"] == url(f"{REVIEW}:process_detail", process.pk)
    process = Review.objects.get(pk=process.pk)
    assert (process.status, process.comment) == ("DONE", "Good.")


def test_a_form_without_fields_confirms(browser):
    """B335"""
    process = review(browser, "A text that is rather long")
    ReviewFlow.wait.run(newest(process, "wait"))
    decide = take(browser, process, "decide", REVIEW)
    browser.post(task_url(decide, "execute", REVIEW), {})
    second = take(browser, process, "second", REVIEW)
    page = browser.get(task_url(second, "execute", REVIEW))
    assert "Nothing to fill in" in text_of(page)
    browser.post(task_url(second, "execute", REVIEW))
    assert Review.objects.get(pk=process.pk).status == "DONE"
    assert newest(process, "first").status == "CANCELED"


def test_an_artifact_is_made_and_changed(browser):
    """B411 B425"""
    space = "workflow:flows:document"
    browser.post(url(f"{space}:start:execute"), {"title": "Menu", "body": "Pizza"})
    process = Process.objects.latest("pk")
    assert process.artifact == Document.objects.get()
    task = take(browser, process, "edit", space)
    assert "Pizza" in browser.get(task_url(task, "execute", space)).content.decode()
    assert "Menu" in text_of(browser.get(url(f"{space}:process_detail", process.pk)))
    browser.post(task_url(task, "execute", space), {"body": "Pasta"})
    assert Document.objects.get().body == "Pasta"
    Document.objects.all().delete()
    assert browser.get(url(f"{space}:process_detail", process.pk)).status_code == 200
    assert browser.get(task_url(task, "detail", space)).status_code == 200


def test_a_failed_step_shows_its_cause_and_can_be_tried_again(browser, vera):
    process = ErrandFlow.start.run(note="boom")
    task = newest(process, "work")
    assert task.owner == vera
    with Context(propagate_exception=False), task.activation() as activation:
        activation.execute()
    risky = newest(process, "risky")
    assert risky.status == "ERROR"
    page = browser.get(task_url(risky, "detail", "errands:errand"))
    assert "the bank does not answer" in text_of(page)
    assert "Traceback" in text_of(page) or "do_risky" in text_of(page)
    assert "Try again" in text_of(page)
    viewer = client_of(make_user("viewer", "flowviews.view_errand"))
    text = text_of(viewer.get(task_url(risky, "detail", "errands:errand")))
    assert "the bank does not answer" in text
    assert "do_risky" not in text
    risky.process.data["note"] = "fine"
    risky.process.save()
    browser.post(task_url(risky, "revive", "errands:errand"))
    assert newest(process, "after").status == "NEW"


def test_a_failing_step_of_a_form_changes_nothing(boss):
    client = client_of(boss, raise_request_exception=False)
    process = ErrandFlow.start.run(note="x")
    task = newest(process, "work")
    task.owner = boss
    task.status = "ASSIGNED"
    task.save()
    assert (
        client.post(task_url(task, "execute", "errands:errand"), {"note": "boom"}).status_code
        == 500
    )
    task.refresh_from_db()
    assert task.status == "ASSIGNED"
    assert Process.objects.get(pk=process.pk).data["note"] == "x"


@pytest.mark.parametrize("value", ["a\x00b", "\x00"])
def test_nul_bytes_are_a_form_error(browser, value):
    data = {"customer_name": value, "address": "x", "toppings": "y"}
    page = browser.post(url("pizza:start:execute"), data)
    assert page.status_code == 200
    assert "Null characters are not allowed" in text_of(page)
    assert not Process.objects.exists()


def test_a_removed_step_can_be_looked_at_and_cancelled(browser):
    """B279"""
    process = review(browser)
    task = newest(process, "decide")
    Task.objects.filter(pk=task.pk).update(
        flow_task="tests.flowviews/flows.ReviewFlow.gone".replace("tests.", "")
    )
    task = Task.objects.get(pk=task.pk)
    assert task.flow_task.task_type == "OBSOLETE"
    detail = url(f"{REVIEW}:obsolete:detail", process.pk, task.pk)
    assert task.reverse("detail") == detail
    pages = [detail, url(f"{REVIEW}:process_detail", process.pk), url(f"{REVIEW}:task_list")]
    for page in pages:  # nobody could do it, so nobody is asked to
        text = text_of(browser.get(page))
        assert "Waiting" in text or "is waiting" in text, page
        assert "Free to take" not in text and "waits for somebody to take it" not in text, page
    assert browser.post(task.reverse("cancel")).status_code == 302
    task.refresh_from_db()
    assert task.status == "CANCELED"
    assert task.finished


def test_processes_of_a_deleted_flow_break_no_page(browser):
    """B278"""
    process = start_pizza(browser)
    Task.objects.filter(process=process).update(flow_task="flowviews/flows.GoneFlow.bake")
    with pytest.warns(UserWarning):
        assert browser.get(url("pizza:process_detail", process.pk)).status_code == 200
        assert browser.get(url("pizza:task_list")).status_code == 200
        assert browser.get(url("pizza:queue")).status_code == 200
        assert browser.get(url("pizza:index")).status_code == 200


@override_settings(LANGUAGE_CODE="de")
def test_pages_work_in_another_language(browser):
    task = baking(browser)
    assert browser.get(task_url(task, "execute")).status_code == 200


def test_data_is_escaped_everywhere(browser):
    """B284"""
    evil = "<img src=x onerror=alert(1)>"
    process = start_pizza(browser, customer_name=evil)
    task = newest(process, "bake")
    made = review(browser, evil)
    decide = take(browser, made, "decide", REVIEW)
    pages = [
        task_url(task, "assign"), task_url(task, "detail"), url("pizza:queue"), url("pizza:index"),
        url("pizza:process_list"), url("pizza:task_list"), url("pizza:process_detail", process.pk),
        url("workflow:inbox"), url(f"{REVIEW}:index"), url(f"{REVIEW}:process_list"),
        url(f"{REVIEW}:process_detail", made.pk), task_url(decide, "execute", REVIEW),
    ]  # fmt: skip
    for page in pages:
        assert "<img src=x" not in browser.get(page).content.decode(), page
