"""The pages of events and of work by hand: wait, hand over, confirm, cancel, undo, try again."""

from __future__ import annotations

import pytest
from django.urls import NoReverseMatch

from viewflow.workflow import flow
from viewflow.workflow.context import Context
from viewflow.workflow.models import Process, Task
from viewflow.workflow.nodes import broadcast_signal

from .conftest import client_of, make_user, newest, task_url, text_of, url
from .event_flows import ParcelFlow

pytestmark = pytest.mark.django_db
SPACE = "parcel"


@pytest.fixture(autouse=True)
def urlconf(settings):
    settings.ROOT_URLCONF = "tests.flowviews.event_urls"


def page_of(client, task, page):
    return client.get(task_url(task, page, SPACE))


def press(client, task, page, **data):
    """Submit a page; return where it leads to."""
    response = client.post(task_url(task, page, SPACE), data)
    assert response.status_code == 302, text_of(response)
    return response["Location"]


def sent(client, **data):
    response = client.post(url("parcel:start:execute"), {"note": "", "amount": 0, **data})
    assert response.status_code == 302, text_of(response)
    return Process.objects.latest("pk").coerced


def packed(client, **data):
    process = sent(client, **data)
    task = newest(process, "pack")
    press(client, task, "assign")
    press(client, task, "execute", _complete="1")
    return process


def stamped(client, **data):
    process = packed(client, **data)
    ParcelFlow.receipt.run(newest(process, "receipt"))
    assert broadcast_signal("strike-over") == 1
    press(client, newest(process, "stamp"), "assign")
    press(client, newest(process, "stamp"), "execute")
    return process


CONTROL = {"index", "detail", "cancel", "undo", "revive"}
HUMAN = CONTROL | {"execute", "assign", "unassign"}
PAGES = {
    "pack": HUMAN | {"reassign"},
    "stamp": HUMAN,
    "obsolete": {"index", "detail", "cancel"},
} | dict.fromkeys(
    [
        "rate",
        "notice",
        "tell",
        "receipt",
        "strike",
        "call",
        "shout",
        "back",
        "lost",
        "stop",
        "pack__compensate",
    ],
    CONTROL,
)


def test_each_node_has_the_pages_it_needs():
    for name, wanted in PAGES.items():
        node = ParcelFlow.instance.node(name)
        assert {pattern.name for pattern in node.get_urlpatterns()} == wanted, name
        for page in wanted:
            assert node.reverse(page, args=[1, 2]).endswith(
                f"/1/{name}/2/" if page == "index" else f"/1/{name}/2/{page}/"
            )
    assert type(ParcelFlow.stamp).reassign_view_class is None
    with pytest.raises(NoReverseMatch):
        ParcelFlow.stamp.reverse("reassign", args=[1, 2])


def test_work_by_hand_is_confirmed_with_a_form_without_fields(browser):
    """B335."""
    task = newest(sent(browser), "pack")
    press(browser, task, "assign")
    page = page_of(browser, task, "execute")
    text = text_of(page)
    assert "Pack it" in text
    assert "Nothing to fill in: confirm when it is done." in text
    assert page.content.decode().count('<input type="hidden" name="csrfmiddlewaretoken"') >= 1
    press(browser, task, "execute", _complete="1")
    task.refresh_from_db()
    assert task.status == "DONE"
    assert newest(task.process, "rate").data == {"rate": 4}
    again = browser.post(task_url(task, "execute", SPACE))
    assert again.status_code == 403
    assert "already done" in text_of(again)


def test_a_task_is_handed_to_somebody_else(browser, boss):
    """B331: owner and managers; only to who may do it."""
    task = newest(sent(browser), "pack")
    assert "Hand to someone" not in text_of(page_of(browser, task, "detail"))
    press(browser, task, "assign")
    assert "Hand to someone…" in text_of(page_of(browser, task, "detail"))

    vera = make_user("vera", "flowviews.add_errand", first_name="Vera", last_name="Vogt")
    make_user("stranger", first_name="Simon", last_name="Strange")
    gone = make_user("gone", is_active=False)
    page = page_of(browser, task, "reassign")
    assert "Hand “Pack it” to somebody else" in text_of(page)
    assert "Vera Vogt" in page.content.decode()
    offered = page.context["form"].fields["owner"].queryset
    assert gone not in offered
    assert boss not in offered, "it is hers already"

    refused = browser.post(
        task_url(task, "reassign", SPACE), {"owner": offered.get(username="stranger").pk}
    )
    assert refused.status_code == 200
    assert "Simon Strange may not do this task." in text_of(refused)
    empty = browser.post(task_url(task, "reassign", SPACE), {})
    assert "required" in text_of(empty)
    task.refresh_from_db()
    assert task.owner == boss

    press(browser, task, "reassign", owner=vera.pk)
    task.refresh_from_db()
    assert (task.status, task.owner) == ("ASSIGNED", vera)
    assert "“Pack it” is now with Vera Vogt." in text_of(browser.get(url("parcel:inbox")))
    assert client_of(make_user("other")).get(task_url(task, "reassign", SPACE)).status_code == 403
    # The process's managers may do it as well, and so may the new owner.
    assert page_of(browser, task, "reassign").status_code == 200
    press(client_of(vera), task, "reassign", owner=boss.pk)
    task.refresh_from_db()
    assert task.owner == boss


def test_what_waits_is_cancelled_and_opened_again(browser):
    process = packed(browser)
    for node, title in (("receipt", "Receipt"), ("strike", "End of the strike")):
        task = newest(process, node)
        page = page_of(browser, task, "detail")
        assert "Waiting" in text_of(page)
        assert "Cancel task…" in text_of(page)
        assert f"Cancel “{title}”?" in text_of(page_of(browser, task, "cancel"))
        early = browser.post(task_url(task, "undo", SPACE))
        assert early.status_code == 403
        assert f"“{title}” is still waiting." in text_of(early)
        assert "Nobody has taken" not in text_of(early)
        press(browser, task, "cancel")
        assert press(browser, task, "revive") == task_url(newest(process, node), "detail", SPACE)
        if node == "receipt":
            ParcelFlow.receipt.run(newest(process, node), note="signed")
    assert broadcast_signal("strike-over") == 1
    story = text_of(browser.get(url("parcel:process_detail", process.pk)))
    assert "“End of the strike” happened" in story
    assert newest(process, "stamp").status == "NEW"


def test_only_managers_cancel_and_undo(browser, vera):
    process = packed(browser)
    reader = client_of(make_user("reader", "flowviews.view_errand"))
    for client in (reader, client_of(vera)):
        for node, page in (("receipt", "cancel"), ("tell", "undo")):
            assert client.post(task_url(newest(process, node), page, SPACE)).status_code == 403
    assert newest(process, "receipt").status == "NEW"
    assert "Cancel task…" not in text_of(page_of(reader, newest(process, "receipt"), "detail"))


@pytest.mark.parametrize("node", ["notice", "tell"])
def test_what_failed_shows_why_and_is_tried_again(browser, node):
    """B379."""
    process = sent(browser, note=node)
    task = newest(process, "pack")
    press(browser, task, "assign")
    with Context(propagate_exception=False):
        press(browser, task, "execute")
    failed = newest(process, node)
    assert failed.status == "ERROR"
    page = text_of(page_of(browser, failed, "detail"))
    assert "no connection" in page
    assert {"Try again…", "Cancel task…"} <= {
        w for w in ("Try again…", "Cancel task…") if w in page
    }
    press(browser, failed, "revive")
    assert newest(process, node).status == "ERROR"
    press(browser, newest(process, node), "cancel")
    assert newest(process, node).status == "CANCELED"


def test_ends_that_stop_and_ways_back_are_told(browser):
    stopped, lost, back = (stamped(browser, amount=n) for n in (0, 2, 1))
    stories = [
        text_of(browser.get(url("parcel:process_detail", process.pk)))
        for process in (stopped, lost, back)
    ]
    assert "Ended at once" in stories[0]
    assert "Ended with the error “lost”" in stories[1]
    assert "“Unpack” ran by itself" in stories[2]
    assert Process.objects.get(pk=back.pk).data["note"] == "unpacked pack"
    for process in (stopped, lost, back):
        for task in Task.objects.filter(process_id=process.pk):
            assert page_of(browser, task, "detail").status_code == 200, task
        assert browser.get(url("parcel:process_chart", process.pk)).status_code == 200
    end = newest(lost, "lost")
    press(browser, end, "undo")
    assert "_error" not in Process.objects.get(pk=lost.pk).data
    press(browser, newest(lost, "lost"), "revive")
    assert Process.objects.get(pk=lost.pk).data["_error"] == {"code": "lost"}


def test_the_dashboard_shows_who_waits_for_what(browser):
    process = packed(browser)
    board = browser.get(url("parcel:index"))
    assert "Receipt" in text_of(board)
    assert f"#{process.pk}" in text_of(board)


def test_a_task_of_a_removed_node_is_looked_at_and_cancelled(browser):
    """B279, B389."""
    process = packed(browser)
    task = newest(process, "receipt")
    Task.objects.filter(pk=task.pk).update(flow_task=f"{ParcelFlow}.removed")
    task = Task.objects.get(pk=task.pk)
    assert isinstance(task.flow_task, flow.Obsolete)
    for page in ("detail", "cancel"):
        address = url(f"parcel:obsolete:{page}", process.pk, task.pk)
        assert task.reverse(page) == address
        assert browser.get(address).status_code == 200
    assert client_of(make_user("stranger")).post(address).status_code == 403
    browser.post(address)
    task.refresh_from_db()
    assert task.status == "CANCELED"
    assert task.finished is not None
    assert Process.objects.get(pk=process.pk).data["note"] == "cancelled"
    assert browser.get(url("parcel:process_detail", process.pk)).status_code == 200
