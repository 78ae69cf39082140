"""What a node's own view refuses on its page, the API refuses as well; forms are the view's own."""

from __future__ import annotations

import pytest

from tests.flowviews.models import Errand
from tests.kit.models import Courier, Customer, District, Tag
from viewflow.workflow.models import Process, Task

from . import guarded

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.rest.guarded")]


@pytest.fixture(autouse=True)
def forget():
    guarded.seen.clear()


@pytest.fixture
def clerk(caller):
    """May view and start, and is kept out by the guards."""
    return caller("clerk", "view_errand")


def ready(who, name):
    answer = who.post(f"/api/{name}/start/", note="milk")
    assert answer.status_code == 201, answer.text
    task = Task.objects.get(process_id=answer.json()["id"], flow_task_type="HUMAN")
    assert who.post(f"/api/{name}/task/{task.pk}/assign/").status_code == 200
    return task, f"/api/{name}/go/{task.pk}/execute/"


@pytest.mark.parametrize("name", guarded.VIEWS)
def test_what_the_page_refuses_the_api_refuses(clerk, name):
    task, url = ready(clerk, name)
    page = f"/{name}/{task.process_id}/go/{task.pk}/execute/"
    clerk.client.post(page, {"note": "page"})
    task.refresh_from_db()
    assert task.status == "ASSIGNED"
    answer = clerk.post(url, note="api")
    assert answer.status_code == guarded.VIEWS[name][1], answer.text
    task.refresh_from_db()
    assert (task.status, Errand.objects.get().note) == ("ASSIGNED", "milk")
    if name != "own_end":
        assert clerk.get(url).status_code == guarded.VIEWS[name][1]


@pytest.mark.parametrize("name", guarded.VIEWS)
def test_whom_the_page_lets_in_the_api_lets_in(caller, name):
    boss = caller("boss", "view_errand", "delete_errand")
    task, url = ready(boss, name)
    code = guarded.VIEWS[name][1]
    good = name == "in_words" or code == 403
    assert boss.get(url).status_code == (200 if good else 501)
    assert boss.post(url, note="api").status_code == (200 if good else 501)
    task.refresh_from_db()
    assert task.status == ("DONE" if good else "ASSIGNED")
    if good and name != "alone":
        assert Errand.objects.get().note == "api"


def test_the_view_knows_its_address(clerk):
    task, url = ready(clerk, "knows")
    assert clerk.get(url).json() == {"note": "milk"}
    assert clerk.post(url).status_code == 200
    assert guarded.seen == [(True, task.pk), (True, task.pk)]


@pytest.mark.parametrize("start", ["start", "start_mixin"])
def test_starts_have_their_guards(clerk, caller, start):
    assert clerk.client.post(f"/guard/{start}/", {"note": "x"}).status_code in {302, 403}
    assert clerk.post(f"/api/guard/{start}/", note="x").status_code == 403
    assert not Process.objects.exists()
    boss = caller("boss", "delete_errand")
    assert boss.post(f"/api/guard/{start}/", note="x").status_code == 201


@pytest.mark.parametrize(("note", "code"), [("busy", 503), ("closed", 403), ("late", 400)])
def test_what_a_start_meets_is_told(clerk, note, code):
    answer = clerk.post("/api/unready/start/", note=note)
    assert answer.status_code == code
    assert not Process.objects.exists()
    if code == 400:
        assert answer.json() == {"note": ["Not today."]}
    if code == 503:
        assert answer.headers["Retry-After"]


# forms -------------------------------------------------------------------------------------------


def test_what_the_views_form_does_not_offer_is_not_accepted(clerk):
    mine = District.objects.create(name="clerk's")
    other = District.objects.create(name="others'")
    task, url = ready(clerk, "place")
    answer = clerk.post(url, district=other.pk)
    assert (answer.status_code, list(answer.json())) == (400, ["district"])
    task.refresh_from_db()
    assert task.status == "ASSIGNED"
    assert clerk.post(url, district=mine.pk).status_code == 200
    assert guarded.seen[0]["district"] == mine


def test_a_chosen_row_is_shown_by_its_key(clerk):
    mine, tag = District.objects.create(name="clerk's"), Tag.objects.create(name="bike")
    _task, url = ready(clerk, "place")
    answer = clerk.get(url)
    assert (answer.status_code, answer.json()) == (200, {"district": mine.pk, "tags": [tag.pk]})
    assert clerk.post(url).status_code == 200
    assert guarded.seen[0]["district"] == mine and list(guarded.seen[0]["tags"]) == [tag]


def test_the_key_is_the_one_the_form_goes_by(clerk):
    right = District.objects.create(name="right")
    wrong = District.objects.create(name=str(right.pk))
    tag = Tag.objects.create(name="bike")
    _task, url = ready(clerk, "key")
    assert clerk.post(url, district=99).status_code == 400
    assert clerk.post(url, district=right.name, tags=["bike"]).status_code == 200
    assert guarded.seen[0]["district"] == right != wrong
    assert list(guarded.seen[0]["tags"]) == [tag]


@pytest.fixture
def order(clerk):
    District.objects.create(name="Mitte")
    return ready(clerk, "order")


def told():
    data = guarded.seen[0]
    return data["who"], [line["text"] for line in data["lines"]]


def test_forms_in_the_form_that_are_left_out_keep_their_value(clerk, order):
    _task, url = order
    district = District.objects.get()
    assert clerk.get(url).json() == {
        "note": "milk",
        "who": {"name": "Ada", "vip": True},
        "lines": [
            {"text": "one", "district": district.pk, "DELETE": None},
            {"text": "two", "district": None, "DELETE": None},
        ],
    }
    answer = clerk.post(url, note="bread")
    assert answer.status_code == 200, answer.text
    assert told() == ({"name": "Ada", "vip": True}, ["one", "two"])
    assert guarded.seen[0]["lines"][0]["district"] == district
    assert Errand.objects.get().note == "bread"


def test_forms_in_the_form_are_filled_in_by_the_names_of_the_page(clerk, order):
    _task, url = order
    data = {"form-who-name": "Eve", "formset-lines-1-text": "three", "formset-lines-0-DELETE": True}
    answer = clerk.post(url, **data)
    assert answer.status_code == 200, answer.text
    assert told() == ({"name": "Eve", "vip": True}, ["three"])


def test_a_browsers_form_in_the_form_is_taken_as_it_is(clerk, order):
    _task, url = order
    answer = clerk.client.post(url, {"note": "x", "form-who-name": "Eve"})
    assert answer.status_code == 200, answer.text
    assert told() == ({"name": "Eve", "vip": False}, ["one", "two"])


def test_forms_in_the_form_cannot_be_sent_as_a_whole(clerk, order):
    task, url = order
    for data in ({"who": {"name": "Eve"}}, {"lines": []}, {"form-who-name": {"a": 1}}):
        answer = clerk.post(url, **data)
        assert (answer.status_code, list(answer.json())) == (400, list(data))
    task.refresh_from_db()
    assert task.status == "ASSIGNED"


@pytest.mark.parametrize("name", guarded.ROWS)
def test_rows_in_the_form_that_are_left_out_stay_as_they_are(clerk, name):
    district = District.objects.create(name="Mitte")
    _task, url = ready(clerk, name)
    if name == "customer":
        Customer.objects.create(name="Ada", district=district)
    else:
        Courier.objects.create(name="Ada", district=district)
    assert clerk.get(url).status_code == 200
    answer = clerk.post(url, name="Eve")
    assert answer.status_code == 200, answer.text
    if name == "team":
        assert list(Courier.objects.values_list("name", "district__name")) == [("Ada", "Eve")]
    else:
        model = Customer if name == "customer" else Courier
        assert list(model.objects.values_list("name", "district__name")) == [("Eve", "Mitte")]
    assert District.objects.get().pk == district.pk


def test_a_row_in_the_form_is_filled_in_by_the_names_of_the_page(clerk):
    courier = Courier.objects.create(name="Ada", district=District.objects.create(name="Mitte"))
    task, url = ready(clerk, "team")
    names = {"formset-couriers-0-name": "Eve", "formset-couriers-1-name": "Max"}
    bad = clerk.post(url, name="Mitte", **{**names, "formset-couriers-1-name": "x" * 99})
    assert (bad.status_code, list(bad.json())) == (400, ["couriers"])
    task.refresh_from_db()
    assert task.status == "ASSIGNED"
    assert clerk.post(url, name="Mitte", **names).status_code == 200
    courier.refresh_from_db()
    assert courier.name == "Eve" and Courier.objects.filter(name="Max").exists()


def test_an_invalid_submit_of_the_page_saves_nothing(clerk):
    task, _url = ready(clerk, "both")
    page = f"/both/{task.process_id}/go/{task.pk}/execute/"
    answer = clerk.client.post(page, {"note": "bread", "amount": "many"})
    assert answer.status_code == 200
    assert Errand.objects.get().note == "milk"
    assert clerk.client.post(page, {"note": "bread", "amount": 2}).status_code == 302
    assert Errand.objects.get().note == "bread"
