"""Composite forms start processes and do tasks: all is saved with the step, or nothing is."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.urls import path, reverse

from viewflow.urls import Site
from viewflow.workflow.flow import FlowAppViewset
from viewflow.workflow.models import Process, Task

from .atlas import fill
from .flows import PartyFlow, TripFlow
from .models import Invitation, Party, Trip
from .test_composite import managed

pytestmark = pytest.mark.django_db

site = Site(title="Parties", viewsets=[FlowAppViewset(PartyFlow), FlowAppViewset(TripFlow)])
urlpatterns = [path("", site.urls)]


@pytest.fixture
def ada(client, settings):
    settings.ROOT_URLCONF = __name__
    client.force_login(User.objects.create_superuser("ada"))
    return client


START = {
    "title": "Spring",
    "form-place-name": "Hall",
    "form-place-seats": "40",
    **managed("formset-dishes", [{"sku": "pie", "price": "3"}, {"sku": "", "price": ""}]),
}


def started(client):
    assert client.post(reverse("party:start:execute"), START).status_code == 302
    party = Party.objects.get()
    task = party.task_set.get(status="NEW")
    client.post(task.reverse("assign"))
    return party, task.reverse("execute")


def test_a_process_is_started_with_its_embedded_objects(ada):
    page = ada.get(reverse("party:start:execute"))
    assert "formset.js" in page.text and 'name="form-place-name"' in page.text
    party, _url = started(ada)
    assert party.place.name == "Hall" and [line.sku for line in party.dishes] == ["pie"]
    assert Task.objects.filter(process=party).count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"form-place-name": ""},
        {"form-place-name": "Nowhere"},
        {"formset-dishes-0-price": "x"},
        {"formset-dishes-TOTAL_FORMS": "x"},
        {"formset-dishes-ADD": "1"},
    ],
)
def test_a_wrong_answer_starts_nothing_and_keeps_the_others(ada, wrong):
    answer = ada.post(reverse("party:start:execute"), START | wrong)
    assert answer.status_code == 200 and 'value="Spring"' in answer.text
    assert not Process.objects.exists() and not Task.objects.exists()
    assert ('role="alert"' in answer.text) == ("formset-dishes-ADD" not in wrong)


def test_rows_are_saved_before_the_next_node_runs(ada):
    party, url = started(ada)
    guests = managed("formset-invitations", [{"guest": "Bob"}, {"guest": "Eve"}])
    assert ada.post(url, {"title": "Spring", **guests}).status_code == 302
    party = Party.objects.get()
    assert party.title == "Spring (2 guests)" and party.status == "DONE"
    assert party.place.name == "Hall"
    assert sorted(party.invitations.values_list("guest", flat=True)) == ["Bob", "Eve"]


def test_a_step_that_fails_leaves_no_rows(ada):
    _party, url = started(ada)
    guests = managed("formset-invitations", [{"guest": "Bob"}])
    with pytest.raises(RuntimeError):
        ada.post(url, {"title": "Fire", **guests})
    assert not Invitation.objects.exists() and Party.objects.get().title == "Spring"


def test_a_wrong_line_leaves_the_task_as_it_is(ada):
    Party.objects.create(flow_class=PartyFlow)
    other = Party.objects.create(flow_class=PartyFlow)
    Invitation.objects.create(party=other, guest="Bob")
    Party.objects.exclude(pk=other.pk).delete()
    ada.post(reverse("party:start:execute"), START)
    task = Task.objects.get(status="NEW")
    ada.post(task.reverse("assign"))
    guests = managed("formset-invitations", [{"guest": "Bob"}, {"guest": "Eve"}])
    answer = ada.post(task.reverse("execute"), {"title": "x", **guests})
    assert answer.status_code == 200 and 'value="Eve"' in answer.text
    task.refresh_from_db()
    assert task.status == "ASSIGNED" and Invitation.objects.count() == 1
    stolen = managed(
        "formset-invitations", [{"id": str(other.invitations.get().pk), "guest": "Al"}], 1
    )
    assert ada.post(task.reverse("execute"), {"title": "x", **stolen}).status_code == 200
    assert Invitation.objects.get().guest == "Bob"


def test_a_task_form_is_asked_for_choices_by_those_who_may(ada, client):
    atlas = fill()
    url = reverse("trip:start:execute")
    answer = ada.options(url, headers={"X-Request-Autocomplete": "field=country&query=it"})
    assert answer.json()["suggestions"] == [{"value": atlas["Italy"].pk, "label": "Italy"}]
    assert not Process.objects.exists()
    data = {"title": "T", "country": atlas["Italy"].pk, **managed("formset-stops")}
    data |= {"sights": [atlas["Italy 1a"].pk]}
    assert ada.post(url, data).status_code == 302
    assert Process.objects.get().artifact == Trip.objects.get(title="T")
    client.logout()
    assert (
        client.options(
            url, headers={"X-Request-Autocomplete": "field=country&query=it"}
        ).status_code
        == 302
    )
