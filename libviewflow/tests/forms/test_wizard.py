"""A wizard of django-formtools: our template, and nothing that was typed is lost on the way."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from .atlas import fill
from .markup import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def atlas():
    return fill()


@pytest.fixture
def desk(client, settings, atlas):
    settings.ROOT_URLCONF = "tests.forms.wizard"
    client.force_login(User.objects.create_user("bob"))
    client.get("/desk/book/")
    return client


def send(client, step, **data):
    return client.post("/desk/book/", {"booking-current_step": step, **data})


WHO = {"who-name": "Bob", "who-mail": "bob@example.org"}


def where(atlas):
    return {"where-country": atlas["Spain"].pk, "where-region": atlas["Spain 2"].pk}


def test_a_wizard_is_a_page_of_the_site(desk):
    answer = desk.get("/desk/book/")
    assert answer.templates[0].name == "formtools/wizard/wizard_form.html"
    _head, main = answer.text.split("<main", 1)
    page = read(f"<main{main.split('</main>')[0]}</main>")
    assert page.one("h1").text == "Book a trip" and "Step 1 of 3" in page.text
    assert not page.all(name="wizard_goto_step")
    assert answer.text.count("Book a trip") == 3  # the window's title, the breadcrumb, the heading


def test_all_steps_to_the_end(desk, atlas):
    assert "Step 2 of 3" in send(desk, "who", **WHO).text
    assert "Step 3 of 3" in send(desk, "where", **where(atlas)).text
    lines = {"guests-TOTAL_FORMS": 2, "guests-INITIAL_FORMS": 0, "guests-0-guest": "Eve"}
    assert (
        send(desk, "guests", **lines, **{"guests-1-guest": "Al"}).text
        == "Bob to Spain 2 with ['Eve', 'Al']"
    )


def test_a_wrong_step_keeps_what_was_typed(desk):
    page = send(desk, "who", **{"who-name": "Bob", "who-mail": "nowhere"}).text
    assert "Step 1 of 3" in page and 'value="nowhere"' in page and 'role="alert"' in page


def test_going_back_keeps_a_step_that_is_not_complete(desk, atlas):
    send(desk, "who", **WHO)
    page = send(
        desk, "where", **{"where-country": atlas["Spain"].pk, "wizard_goto_step": "who"}
    ).text
    assert "Step 1 of 3" in page and 'value="bob@example.org"' in page
    page = send(desk, "who", **WHO).text
    assert f'<option value="{atlas["Spain"].pk}" selected>Spain</option>' in page


def test_the_steps_choices_are_asked_for_at_the_wizards_address(desk, atlas):
    send(desk, "who", **WHO)
    answer = desk.options(
        "/desk/book/", headers={"X-Request-Autocomplete": "field=where-country&query=po"}
    )
    assert [one["label"] for one in answer.json()["suggestions"]] == ["Portugal"]
    question = f"field=where-region&query={atlas['Italy'].pk}"
    answer = desk.options("/desk/book/", headers={"X-Request-Select-Options": question})
    assert len(answer.json()["data"]) == 3
    assert (
        desk.options(
            "/desk/book/", headers={"X-Request-Autocomplete": "field=who-name&query="}
        ).status_code
        == 400
    )


def test_a_step_of_lines_has_no_such_choices(desk, atlas):
    send(desk, "who", **WHO)
    send(desk, "where", **where(atlas))
    for field in ("guests-0-guest", "guests-9-nope", "guests", "guests-0", "x-0-guest", ""):
        question = {"X-Request-Autocomplete": f"field={field}&query="}
        assert desk.options("/desk/book/", headers=question).status_code == 400


@pytest.mark.parametrize("step", ["", "nope", "\x00", "who", "guests"])
def test_forged_steps_are_no_crash(desk, step):
    for data in ({}, {"wizard_goto_step": "nope"}, {"wizard_goto_step": "guests"}, WHO):
        answer = send(desk, step, **data)
        assert answer.status_code in (200, 400), (step, data)


def test_nobody_comes_in_without_signing_in(client, settings):
    settings.ROOT_URLCONF = "tests.forms.wizard"
    question = {"X-Request-Autocomplete": "field=where-country&query="}
    assert client.options("/desk/book/", headers=question).status_code == 302
