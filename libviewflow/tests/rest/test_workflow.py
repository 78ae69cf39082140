"""A workflow through its API, from the start to the end, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.flowviews.models import Errand, Review
from tests.kit.models import Courier, District, Tag
from viewflow.workflow.models import Process, Task

from . import flows
from .conftest import Caller
from .flows import ErrandFlow, ReviewApiFlow

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.rest.urls")]
ERRAND, REVIEW, PIZZA = "/api/errand/", "/api/review/", "/api/pizza/"


def send(who, note="milk"):
    answer = who.post(f"{ERRAND}start/", note=note)
    assert answer.status_code == 201, answer.text
    return answer.json()


def open_task(process, node):
    return Task.objects.filter(process_id=process["id"], status__in=("NEW", "ASSIGNED")).latest(
        "pk"
    )


@pytest.fixture
def review(boss):
    answer = boss.post(f"{REVIEW}start/", text="A text")
    assert answer.status_code == 201
    return Review.objects.get()


@pytest.fixture
def task(review):
    return Task.objects.get(process=review, flow_task_type="HUMAN")


@pytest.fixture
def editor(caller):
    return caller("editor", "change_review")


# from the start to the end -----------------------------------------------------------------------


def test_a_process_goes_through_its_steps(caller):
    ada = caller("ada", "view_errand", "manage_errand")
    answer = ada.post(f"{ERRAND}start/", note="milk")
    assert answer.status_code == 201
    process = answer.json()
    assert answer.headers["Location"] == process["url"]
    assert (process["status"], process["data"]) == ("NEW", {"note": "MILK", "amount": 0})
    assert [(t["node"], t["status"]) for t in process["tasks"]] == [
        ("start", "DONE"),
        ("go", "NEW"),
    ]
    [row] = ada.get(f"{ERRAND}task/", task_list="queue").json()["results"]
    task = ada.get(row["url"]).json()
    assert set(task["actions"]) == {"assign", "cancel"}
    task = ada.post(task["actions"]["assign"]).json()
    assert (task["status"], task["owner"]) == ("ASSIGNED", "ada")
    assert set(task["actions"]) == {"unassign", "cancel", "execute"}
    form = ada.get(task["actions"]["execute"])
    assert form.json() == {"note": "MILK", "amount": 0}
    done = ada.post(task["actions"]["execute"], amount=0)
    assert (done.status_code, done.json()["status"]) == (200, "DONE")
    assert Errand.objects.get().note == "MILK"  # what was left out keeps its value
    again = open_task(process, "go")
    ada.post(f"{ERRAND}task/{again.pk}/assign/")
    assert ada.post(f"{ERRAND}go/{again.pk}/execute/", amount=3, note="").status_code == 200
    errand = Errand.objects.get()
    assert errand.amount == 3 and not errand.note
    assert open_task(process, "thank").flow_task.name == "thank"
    archive = ada.get(f"{ERRAND}task/", task_list="archive").json()["results"]
    assert [row["node"] for row in archive] == ["go", "go", "start"]


def test_a_flow_with_pages_is_served_as_it_is(boss):
    order = {"customer_name": "Hannah", "address": "Elm St 1", "toppings": "olives"}
    process = boss.post(f"{PIZZA}start/", **order).json()
    assert process["data"]["customer_name"] == "Hannah"
    assert process["summary"] == "Hannah · Elm St 1"
    bake = process["tasks"][-1]
    boss.post(f"{PIZZA}task/{bake['id']}/assign/")
    assert boss.post(f"{PIZZA}bake/{bake['id']}/execute/", baking_time=12).status_code == 200
    assert boss.get(process["url"]).json()["data"]["baking_time"] == 12


def test_links_stay_in_the_mount_that_was_called(boss, review):
    for base in (REVIEW, "/v2/r/"):
        [row] = boss.get(f"{base}process/").json()["results"]
        assert row["url"] == f"http://testserver{base}process/{review.pk}/"
        assert boss.get(row["url"]).status_code == 200


def test_a_task_can_be_given_back_cancelled_and_opened_again(boss, task):
    url = f"{REVIEW}task/{task.pk}/"
    assert boss.post(f"{url}assign/").json()["status"] == "ASSIGNED"
    assert boss.post(f"{url}unassign/").json()["owner"] is None
    assert boss.post(f"{url}cancel/").json()["status"] == "CANCELED"
    opened = boss.post(f"{url}revive/").json()
    assert opened["id"] != task.pk and opened["status"] == "NEW"
    assert boss.post(f"{url}explode/").status_code == 404


def test_a_finished_task_can_be_undone(boss, task):
    boss.post(f"{REVIEW}task/{task.pk}/assign/")
    boss.post(f"{REVIEW}decide/{task.pk}/execute/", comment="no")
    review = Review.objects.get()
    assert review.status == "DONE"
    [end] = Task.objects.filter(process=review, flow_task_type="END")
    assert boss.post(f"{REVIEW}task/{end.pk}/undo/").json()["status"] == "CANCELED"
    assert boss.post(f"{REVIEW}task/{task.pk}/undo/").status_code == 200


def test_a_process_can_be_cancelled_once(boss, review):
    url = f"{REVIEW}process/{review.pk}/cancel/"
    assert boss.post(url).json()["status"] == "CANCELED"
    answer = boss.post(url)
    assert answer.status_code == 409
    assert "already cancelled" in answer.json()["detail"]


# drawings ------------------------------------------------------------------------------------------


def test_the_flow_and_the_process_are_drawn(boss, review, caller):
    svg = boss.get(f"{REVIEW}chart/")
    assert svg.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert svg.content.startswith(b"<?xml")
    bpmn = boss.get(f"{REVIEW}chart/", format="bpmn")
    assert b"<bpmn:definitions" in bpmn.content or b"definitions" in bpmn.content
    assert bpmn.headers["Content-Disposition"].endswith('.bpmn"')
    assert b"DONE" in boss.get(f"{REVIEW}process/{review.pk}/chart/").content
    stranger = caller("stranger")
    for url in (f"{REVIEW}chart/", f"{REVIEW}process/{review.pk}/chart/"):
        answer = stranger.get(url)
        assert (answer.status_code, answer.json()["detail"][:3]) == (403, "You")


# what is refused -----------------------------------------------------------------------------------


def test_nobody_comes_in_without_signing_in(anybody, review, task):
    for url in ("task/", "process/", "chart/", f"task/{task.pk}/", f"process/{review.pk}/"):
        assert anybody.get(REVIEW + url).status_code in {401, 403}
    for url in ("start/", f"task/{task.pk}/assign/", f"decide/{task.pk}/execute/"):
        assert anybody.post(REVIEW + url, text="x").status_code in {401, 403}
    assert Review.objects.count() == 1


def test_the_rights_are_those_of_the_pages(caller, review, task, boss):
    """B467."""
    stranger, editor = caller("stranger"), caller("editor", "change_review")
    for url in (f"task/{task.pk}/", f"process/{review.pk}/", "process/", "task/"):
        assert stranger.get(REVIEW + url).status_code == 403, url
    assert stranger.get(f"{REVIEW}task/", task_list="queue").json()["count"] == 0
    assert stranger.post(f"{REVIEW}start/", text="x").status_code == 403
    for step in ("assign", "cancel", "revive", "undo"):
        assert stranger.post(f"{REVIEW}task/{task.pk}/{step}/").status_code == 403
    assert stranger.post(f"{REVIEW}process/{review.pk}/cancel/").status_code == 403
    assert stranger.post(f"{REVIEW}decide/{task.pk}/execute/").status_code == 403
    assert editor.get(f"{REVIEW}task/{task.pk}/").status_code == 200
    assert editor.post(f"{REVIEW}task/{task.pk}/cancel/").status_code == 403
    boss.post(f"{REVIEW}task/{task.pk}/assign/")
    assert editor.post(f"{REVIEW}task/{task.pk}/unassign/").status_code == 403
    assert editor.post(f"{REVIEW}decide/{task.pk}/execute/", comment="mine").status_code == 403
    task.refresh_from_db()
    assert task.owner == boss.user and task.status == "ASSIGNED"


def test_who_starts_a_process_need_not_look_into_it(caller):
    answer = caller("clerk", "add_review").post(f"{REVIEW}start/", text="A secret")
    assert answer.status_code == 201
    process = answer.json()
    assert process["data"] == {} and Review.objects.get().text == "A secret"
    assert [task["node"] for task in process["tasks"]] == []


def test_forms_can_be_sent_with_files(boss, settings, tmp_path):
    """A form that a browser would send is understood as well."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.MEDIA_ROOT = tmp_path
    data = {"file": SimpleUploadedFile("licence.txt", b"ok"), "name": "Vera"}
    answer = boss.client.post("/api/licence/start/", data)
    assert answer.status_code == 201, answer.text
    courier = Courier.objects.get()
    assert courier.name == "Vera" and courier.licence.read() == b"ok"
    assert boss.client.post("/api/licence/start/", {"name": "Max"}).json() == {
        "file": ["No file was submitted."]
    }


def test_each_kind_of_field_takes_json_or_a_form(boss, settings, tmp_path):
    from django.core.files.uploadedfile import SimpleUploadedFile

    settings.MEDIA_ROOT = tmp_path
    district, tag = District.objects.create(name="Kreuzberg"), Tag.objects.create(name="bike")
    data = {
        "name": "Vera",
        "file": SimpleUploadedFile("licence.txt", b"ok"),
        "days": "2",
        "district": district.pk,
        "tags": [tag.pk],
        "when": "2026-05-01T12:30:00Z",
        "price": "1.50",
        "extra": '{"a": [1]}',
    }
    assert boss.client.post("/api/licence/start/", data).status_code == 201
    found = flows.told[-1]
    assert (found["days"], found["district"], list(found["tags"])) == (2, district, [tag])
    assert (str(found["price"]), found["when"].isoformat()) == ("1.50", "2026-05-01T12:30:00+00:00")
    assert found["extra"] in ({"a": [1]}, '{"a": [1]}')
    wrong = {"days": "3", "district": 99, "tags": [99], "when": "noon", "price": "1.555"}
    data = {**data, **wrong, "file": SimpleUploadedFile("licence.txt", b"ok")}
    answer = boss.client.post("/api/licence/start/", data)
    assert (answer.status_code, set(answer.json())) == (400, set(wrong))


def test_a_late_request_is_told_and_changes_nothing(editor, boss, task):
    url = f"{REVIEW}decide/{task.pk}/execute/"
    answer = editor.post(url, comment="early")
    assert answer.status_code == 409
    assert "Nobody has taken this task yet" in answer.json()["detail"]
    editor.post(f"{REVIEW}task/{task.pk}/assign/")
    assert editor.post(f"{REVIEW}task/{task.pk}/assign/").status_code == 409
    assert editor.post(url, comment="first").status_code == 200
    answer = editor.post(url, comment="second")
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("This step is already done")
    assert Review.objects.get().comment == "first"


@pytest.mark.parametrize(
    ("node", "data", "wrong"),
    [
        ("decide", {"approved": "perhaps"}, "approved"),
        ("decide", {"comment": {"a": 1}}, "comment"),
        ("decide", {"comment": ["a"]}, "comment"),
    ],
)
def test_wrong_values_are_told_by_field(boss, task, node, data, wrong):
    boss.post(f"{REVIEW}task/{task.pk}/assign/")
    answer = boss.post(f"{REVIEW}{node}/{task.pk}/execute/", **data)
    assert (answer.status_code, list(answer.json())) == (400, [wrong])
    task.refresh_from_db()
    assert task.status == "ASSIGNED"


def test_forms_and_serializers_judge_as_on_the_page(boss):
    assert boss.post(f"{ERRAND}start/").json() == {"note": ["This field is required."]}
    assert boss.post(f"{ERRAND}start/", note="rude").json() == {"note": ["Mind your words."]}
    assert not Process.objects.exists()
    task = send(boss)["tasks"][-1]
    boss.post(f"{ERRAND}task/{task['id']}/assign/")
    answer = boss.post(f"{ERRAND}go/{task['id']}/execute/", amount=13)
    assert (answer.status_code, answer.json()) == (400, {"non_field_errors": ["Not that many."]})
    assert boss.post(f"{REVIEW}start/", text="x" * 200).status_code == 400
    assert (
        boss.client.post(f"{REVIEW}start/", "[1]", content_type="application/json").status_code
        == 400
    )
    assert (
        boss.client.post(f"{REVIEW}start/", "{", content_type="application/json").status_code == 400
    )


def test_fields_that_are_not_asked_for_are_ignored(boss, task):
    """B268."""
    boss.post(f"{REVIEW}task/{task.pk}/assign/")
    data = {"comment": "Fine", "text": "Stolen", "status": "CANCELED", "flow_class": "x"}
    assert boss.post(f"{REVIEW}decide/{task.pk}/execute/", **data).status_code == 200
    review = Review.objects.get()
    assert (review.text, review.status, review.comment) == ("A text", "DONE", "Fine")


def test_a_view_written_by_hand_has_a_page_only(boss):
    process = send(boss)
    task = process["tasks"][-1]
    boss.post(f"{ERRAND}task/{task['id']}/assign/")
    boss.post(f"{ERRAND}go/{task['id']}/execute/", amount=1)
    thank = open_task(process, "thank")
    boss.post(f"{ERRAND}task/{thank.pk}/assign/")
    answer = boss.post(f"{ERRAND}thank/{thank.pk}/execute/")
    assert answer.status_code == 501
    thank.refresh_from_db()
    assert thank.status == "ASSIGNED"


def test_what_is_of_another_flow_or_node_is_not_there(boss, task, review):
    for url in (
        f"{PIZZA}task/{task.pk}/",
        f"{PIZZA}process/{review.pk}/",
        f"{REVIEW}task/{2**70}/",
        f"{REVIEW}process/0/",
        f"{REVIEW}process/{review.pk + 99}/",
    ):
        assert boss.get(url).status_code == 404, url
    assert boss.post(f"{PIZZA}task/{task.pk}/assign/").status_code == 404
    assert boss.post(f"{PIZZA}bake/{task.pk}/execute/").status_code == 404
    assert boss.post(f"{ERRAND}go/{task.pk}/execute/").status_code == 404


@pytest.mark.parametrize("query", [{"task_list": "mine"}, {"status": "x"}, {"status": "\x00"}])
def test_a_list_that_is_none_is_an_error(boss, query):
    assert boss.get(f"{REVIEW}task/", **query).status_code == 400


# lists ---------------------------------------------------------------------------------------------


def test_lists_are_paged_and_need_a_constant_number_of_queries(boss):
    def count(url, **query):
        with CaptureQueriesContext(connection) as queries:
            assert boss.get(url, **query).status_code == 200
        return len(queries)

    lists = [(f"{REVIEW}process/", {})]
    lists += [
        (f"{REVIEW}task/", {"task_list": name}) for name in ("all", "inbox", "queue", "archive")
    ]
    for text in ("0", "1"):
        boss.post(f"{REVIEW}start/", text=text)
    boss.post(f"{REVIEW}task/{Task.objects.filter(flow_task_type='HUMAN').first().pk}/assign/")
    few = [count(url, **query) for url, query in lists]
    for number in range(2, 12):
        boss.post(f"{REVIEW}start/", text=str(number))
    for task in Task.objects.filter(flow_task_type="HUMAN")[:6]:
        boss.post(f"{REVIEW}task/{task.pk}/assign/")
    assert [count(url, **query) for url, query in lists] == few
    assert max(few) <= 5
    page = boss.get(f"{REVIEW}process/", page_size=5).json()
    assert (page["count"], len(page["results"])) == (12, 5)
    assert [row["summary"] for row in page["results"]] == ["11", "10", "9", "8", "7"]
    assert boss.get(f"{REVIEW}process/", page=99).status_code == 404


# at once -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_who_take_a_task_at_once_one_gets_it(committed, django_user_model):
    people = [
        Caller(django_user_model.objects.create_superuser(f"p{number}")) for number in range(5)
    ]
    people[0].post(f"{REVIEW}start/", text="Hot")
    task = Task.objects.get(flow_task_type="HUMAN")
    answers = []
    gate = threading.Barrier(len(people))

    def press(person):
        try:
            gate.wait()
            answers.append(person.post(f"{REVIEW}task/{task.pk}/assign/").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409, 409, 409, 409]


def test_a_busy_process_is_told_as_such(boss, task, monkeypatch):
    from viewflow.workflow import FlowLockFailed

    def busy(process_pk):
        raise FlowLockFailed

    monkeypatch.setattr(ReviewApiFlow, "lock", staticmethod(busy))
    answer = boss.post(f"{REVIEW}task/{task.pk}/assign/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "try again in a moment" in answer.json()["detail"]


# names ---------------------------------------------------------------------------------------------


def test_a_start_that_has_the_name_of_an_endpoint_is_refused_in_words():
    from django.core.exceptions import ImproperlyConfigured

    from viewflow import this
    from viewflow.workflow import rest

    class TakenFlow(rest.Flow):
        task = rest.Start(rest.views.CreateProcessView.as_view(fields=[])).Next(this.end)
        end = rest.End()

    with pytest.raises(ImproperlyConfigured, match="cannot be started through the API"):
        assert rest.FlowRestViewset(TakenFlow).urls
    with pytest.raises(ValueError, match="FlowRestViewset needs a flow"):
        rest.FlowRestViewset()


def test_jobs_of_celery_have_their_name_here():
    from viewflow.contrib.celery import Job
    from viewflow.workflow.rest.celery import RJob

    assert RJob is Job
    assert ErrandFlow.instance.nodes()


def test_what_is_left_out_has_no_address(boss):
    answer = boss.post("/small/start/", text="A text")
    assert (answer.status_code, answer.json()["url"], "Location" in answer.headers) == (
        201,
        "",
        False,
    )
    [row] = boss.get("/small/task/", task_list="queue").json()["results"]
    assert row["url"] == ""
    for url in ("process/", "chart/", f"task/{row['id']}/", f"decide/{row['id']}/execute/"):
        assert boss.get(f"/small/{url}").status_code == 404


def test_an_api_can_be_part_of_a_site(boss, review, settings):
    settings.ROOT_URLCONF = "tests.rest.site_urls"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "viewflow.middleware.SiteMiddleware"]
    [row] = boss.get("/paper/reviewapi_api/process/").json()["results"]
    assert row["url"] == f"http://testserver/paper/reviewapi_api/process/{review.pk}/"
    assert boss.get(row["url"]).json()["data"]["text"] == "A text"


@pytest.mark.parametrize("module", ["viewflow.fsm.rest", "viewflow.workflow.rest"])
@pytest.mark.parametrize("missing", ["rest_framework", "drf_spectacular"])
def test_without_the_extra_the_error_says_what_to_install(module, missing):
    script = (
        "import sys, django; from django.conf import settings\n"
        "settings.configure(INSTALLED_APPS=['django.contrib.auth', 'django.contrib.contenttypes',"
        " 'viewflow', 'viewflow.workflow']); django.setup()\n"
        f"sys.modules[{missing!r}] = None\n"
        f"import {module}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert 'pip install "libviewflow[rest]"' in done.stderr.splitlines()[-1]


def test_values_that_json_has_not_are_given_as_text(boss, monkeypatch):
    from django.db import models

    from viewflow.workflow.rest import serializers

    class Money:
        def __str__(self):
            return "3 EUR"

    class Odd(models.Model):
        raw = models.BinaryField()
        ratio = models.FloatField()
        price = models.Field()
        notes = models.JSONField()
        plain = models.JSONField()

        class Meta:
            app_label = "tests"
            managed = False

    notes = {"a": float("inf")}
    odd = Odd(raw=b"\xff", ratio=float("nan"), price=Money(), notes=notes, plain={"b": [1]})
    review = Review.objects.create(flow_class=ReviewApiFlow, text="A text")
    for name in ("raw", "ratio", "price", "notes", "plain"):
        monkeypatch.setattr(review, name, getattr(odd, name), raising=False)
    monkeypatch.setattr(serializers, "own_fields", lambda model: Odd._meta.concrete_fields[1:])
    monkeypatch.setattr("viewflow.workflow.rest.base.find_process", lambda *args: review)
    answer = boss.get(f"{REVIEW}process/{review.pk}/")
    assert answer.status_code == 200
    assert answer.json()["data"] == {
        "raw": "/w==",
        "ratio": "nan",
        "price": "3 EUR",
        "notes": "{'a': inf}",
        "plain": {"b": [1]},
    }
