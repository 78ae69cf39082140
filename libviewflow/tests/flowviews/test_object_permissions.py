"""Rights to single objects: of tasks that ask for them, and of processes."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from viewflow.workflow.models import Process, Task

from .conftest import client_of, make_user, newest, task_url, text_of, url
from .guarded import DeskFlow, ObjectBackend
from .models import Document
from .test_lists import listed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def urlconf(settings):
    settings.ROOT_URLCONF = "tests.flowviews.guarded"
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend",
        "tests.flowviews.guarded.ObjectBackend",
    ]
    ObjectBackend.granted.clear()
    ObjectBackend.asked.clear()


def desk(title):
    """Begin reading a document; return it with its task."""
    document = Document.objects.create(title=title)
    DeskFlow.start.run(document=document)
    return document, newest(Process.objects.latest("pk"), "read")


def client_for(user):
    client = client_of()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_task_remembers_which_object_it_is_about():
    """B334, B297"""
    document, task = desk("Menu")
    assert task.owner_permission == "flowviews.change_document"
    assert task.owner_permission_obj == document


def test_the_queue_holds_the_tasks_whose_object_i_may(vera):
    """B334"""
    mine, my_task = desk("Menu")
    _, other_task = desk("Wine list")
    client = client_for(vera)
    assert listed(client.get(url("desk:queue"))) == []
    ObjectBackend.grant(vera, "flowviews.change_document", mine)
    page = client.get(url("desk:queue"))
    assert listed(page) == [my_task.pk]
    assert page.context["user_queue"].count() == 1, "B429: the menu counts the same"
    boss = client_for(make_user("marta", is_superuser=True))
    assert listed(boss.get(url("desk:queue"))) == [my_task.pk, other_task.pk]
    editor = client_for(make_user("editor", "flowviews.change_document"))
    assert listed(editor.get(url("desk:queue"))) == [my_task.pk, other_task.pk]


def test_only_the_tasks_of_my_objects_can_be_taken(vera):
    """B334"""
    mine, my_task = desk("Menu")
    _, other_task = desk("Wine list")
    ObjectBackend.grant(vera, "flowviews.change_document", mine)
    client = client_for(vera)
    assert client.get(task_url(other_task, "assign", "desk")).status_code == 403
    assert client.post(task_url(other_task, "assign", "desk")).status_code == 403
    assert client.get(task_url(other_task, "detail", "desk")).status_code == 403
    assert client.get(task_url(my_task, "detail", "desk")).status_code == 200
    assert client.get(task_url(my_task, "assign", "desk")).status_code == 200
    assert client.post(task_url(my_task, "assign", "desk")).status_code == 302
    done = client.post(task_url(my_task, "execute", "desk"), {"comment": "Good."})
    assert done.status_code == 302
    assert Process.objects.get(pk=my_task.process_id).status == "DONE"


def test_taking_many_takes_those_of_my_objects(vera):
    """B334 B401"""
    mine, my_task = desk("Menu")
    _, other_task = desk("Wine list")
    ObjectBackend.grant(vera, "flowviews.change_document", mine)
    data = {"pk": [my_task.pk, other_task.pk], "_confirm": "1"}
    client_for(vera).post(url("desk:tasks_assign"), data)
    for task, owner in ((my_task, vera), (other_task, None)):
        task.refresh_from_db()
        assert task.owner == owner


def test_the_object_is_the_one_that_is_asked_about(vera):
    """B334: not one with the same number, not another permission."""
    document, task = desk("Menu")
    client = client_for(vera)
    ObjectBackend.grant(vera, "flowviews.view_document", document)
    ObjectBackend.granted.add((vera.pk, "flowviews.change_document", (Process, document.pk)))
    assert listed(client.get(url("desk:queue"))) == []
    assert client.post(task_url(task, "assign", "desk")).status_code == 403
    assert {obj for name, obj in ObjectBackend.asked if "document" in name} == {document}


def test_a_deleted_object_opens_the_task_for_nobody_but_breaks_nothing(vera):
    """B334"""
    document, task = desk("Menu")
    ObjectBackend.grant(vera, "flowviews.change_document", document)
    document.delete()
    client = client_for(vera)
    assert listed(client.get(url("desk:queue"))) == []
    assert client.post(task_url(task, "assign", "desk")).status_code == 403
    boss = client_for(make_user("marta", is_superuser=True))
    assert listed(boss.get(url("desk:queue"))) == [task.pk]
    assert boss.get(task_url(task, "detail", "desk")).status_code == 200


@pytest.mark.parametrize("nothing", [None, Document(title="Not saved")])
def test_a_process_without_an_object_asks_for_the_whole_permission(vera, nothing):
    """B334"""
    document, _ = desk("Menu")
    ObjectBackend.grant(vera, "flowviews.change_document", document)
    DeskFlow.start.run(document=nothing)
    task = newest(Process.objects.latest("pk"), "read")
    assert task.owner_permission_obj is None
    assert client_for(vera).post(task_url(task, "assign", "desk")).status_code == 403
    editor = client_for(make_user("editor", "flowviews.change_document"))
    assert editor.post(task_url(task, "assign", "desk")).status_code == 302


def test_more_objects_in_the_queue_cost_no_more_queries(vera):
    """B316 B334: those that the backend itself needs aside; this one needs none."""
    client = client_for(vera)
    client.get(url("desk:queue"))  # whose session it is is learned
    costs = []
    for _ in range(2):
        for _ in range(6):
            document, _ = desk("Menu")
            ObjectBackend.grant(vera, "flowviews.change_document", document)
        with CaptureQueriesContext(connection) as captured:
            client.get(url("desk:queue"))
        costs.append(len(captured))
    assert costs[0] == costs[1]


# rights to a process -----------------------------------------------------------------------------


def test_the_right_to_see_one_process_opens_its_pages_and_those_of_its_tasks(vera):
    """B400"""
    _, task = desk("Menu")
    _, other = desk("Wine list")
    process = task.process.coerced
    client = client_for(vera)
    pages = {
        task: [
            url("desk:process_detail", task.process_id),
            url("desk:process_chart", task.process_id),
            task_url(task, "detail", "desk"),
            task_url(newest(process, "start"), "detail", "desk"),
        ],
        other: [
            url("desk:process_detail", other.process_id),
            url("desk:process_chart", other.process_id),
            task_url(other, "detail", "desk"),
        ],
    }
    assert {client.get(page).status_code for page in pages[task]} == {403}
    ObjectBackend.grant(vera, "flowviews.view_review", process)
    assert {client.get(page).status_code for page in pages[task]} == {200}
    assert {client.get(page).status_code for page in pages[other]} == {403}
    assert client.get(url("desk:index")).status_code == 403
    assert client.get(url("desk:process_list")).status_code == 403
    assert client.get(task_url(task, "execute", "desk")).status_code == 403
    assert client.post(task_url(task, "cancel", "desk")).status_code == 403
    cancel = url("desk:process_cancel", task.process_id)
    assert client.post(cancel, {"_cancel_process": "1"}).status_code == 403


def test_the_right_to_manage_one_process_is_for_that_one(vera):
    """B399 B400"""
    _, task = desk("Menu")
    _, other = desk("Wine list")
    ObjectBackend.grant(vera, "flowviews.manage_review", task.process.coerced)
    client = client_for(vera)
    page = client.get(url("desk:process_detail", task.process_id))
    assert "Cancel process" in text_of(page)
    confirmed = {"_cancel_process": "1"}
    wrong = client.post(url("desk:process_cancel", other.process_id), confirmed)
    assert wrong.status_code == 403
    assert client.post(task_url(other, "cancel", "desk")).status_code == 403
    assert client.post(task_url(task, "cancel", "desk")).status_code == 302
    assert client.post(task_url(task, "revive", "desk")).status_code == 302
    right = client.post(url("desk:process_cancel", task.process_id), confirmed)
    assert right.status_code == 302
    statuses = dict(Process.objects.values_list("pk", "status"))
    assert statuses == {task.process_id: "CANCELED", other.process_id: "NEW"}
    assert not Task.objects.filter(process=task.process_id, status="NEW").exists()
