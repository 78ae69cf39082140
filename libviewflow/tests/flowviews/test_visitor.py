"""Session and person are read as Django reads them, in fewer steps."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from viewflow import visitor

from .conftest import url

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return get_user_model().objects.create_superuser("vera", "vera@example.com", "pw-8xGq2")


@pytest.fixture
def signed_in(client, person):
    client.force_login(person)
    assert client.get(url("pizza:inbox")).status_code == 200
    return client


def seen(client):
    """Who the page was made for; ``None`` when it sent people to sign in."""
    response = client.get(url("pizza:inbox"))
    return response.wsgi_request.user if response.status_code == 200 else None


def test_the_person_is_all_there(signed_in, person):
    with CaptureQueriesContext(connection) as queries:
        found = seen(signed_in)
    fresh = get_user_model().objects.get(pk=person.pk)
    assert found == fresh
    for field in fresh._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(fresh, field.attname), field.name
    assert (found._state.adding, found._state.db) == (False, "default")
    tables = [name for q in queries for name in ("django_session", "auth_user") if name in q["sql"]]
    assert tables == ["django_session", "auth_user"]
    assert len([q for q in queries if "auth_user" in q["sql"]]) == 1
    first = next(q["sql"] for q in queries if "django_session" in q["sql"])
    assert "auth_user" in first, "whose session it was the last time is read along"


def test_the_first_page_of_a_session_asks_for_both(client, person):
    client.force_login(person)
    with CaptureQueriesContext(connection) as queries:
        assert seen(client) == person
    both = [q["sql"] for q in queries if "django_session" in q["sql"] or "auth_user" in q["sql"]]
    assert len(both) == 2


def test_a_wrong_guess_is_no_more_than_a_wrong_guess(signed_in, person):
    other = get_user_model().objects.create_superuser("olga", "olga@example.com", "pw-8xGq2")
    key = signed_in.session.session_key
    for guess in (other.pk, 10**9):
        visitor._guesses[key] = guess
        assert seen(signed_in) == person
        assert visitor._guesses[key] == person.pk, "and it is put right"
    # The same session, taken over by somebody else: the row that is read along is not hers.
    session = signed_in.session
    session[SESSION_KEY] = str(other.pk)
    session[HASH_SESSION_KEY] = other.get_session_auth_hash()
    session.save()
    assert seen(signed_in) == other


def test_a_person_who_changed_is_seen_as_she_is(signed_in, person):
    rows = get_user_model().objects.filter(pk=person.pk)
    rows.update(first_name="Vera Maria")
    assert seen(signed_in).first_name == "Vera Maria"
    rows.update(is_active=False)
    assert seen(signed_in) is None
    rows.update(is_active=True)
    assert seen(signed_in) == person
    rows.delete()
    assert seen(signed_in) is None


def test_guesses_do_not_pile_up(signed_in, person, monkeypatch):
    monkeypatch.setattr(visitor, "_MOST_GUESSES", 3)
    for number in range(5):
        visitor._guesses[f"gone{number}"] = 1
    visitor._guesses.pop(signed_in.session.session_key, None)
    assert seen(signed_in) == person
    assert list(visitor._guesses) == [signed_in.session.session_key]


def test_the_query_of_the_backend_is_not_built(signed_in, person, monkeypatch):
    monkeypatch.setattr(ModelBackend, "get_user", lambda self, user_id: None)
    assert seen(signed_in) == person


def test_what_a_page_writes_into_the_session_is_there_on_the_next(signed_in):
    session = signed_in.session
    session["answer"] = {"a": [1, None]}
    session.save()
    request = signed_in.get(url("pizza:inbox")).wsgi_request
    assert request.session["answer"] == {"a": [1, None]}
    request.session["more"] = 2
    request.session.save()
    assert SessionStore(request.session.session_key).load()["more"] == 2
    request.session.cycle_key()
    assert SessionStore(request.session.session_key).load()["answer"] == {"a": [1, None]}


@pytest.mark.parametrize("change", ["expired", "deleted", "garbled"])
def test_a_session_that_is_no_good_is_nobodys(signed_in, change):
    rows = Session.objects.filter(session_key=signed_in.session.session_key)
    if change == "expired":
        rows.update(expire_date=timezone.now() - timedelta(seconds=1))
    elif change == "garbled":
        rows.update(session_data="x" * 80)
    else:
        rows.delete()
    assert seen(signed_in) is None


def test_who_is_switched_off_is_out_at_once(signed_in, person):
    get_user_model().objects.filter(pk=person.pk).update(is_active=False)
    assert seen(signed_in) is None


def test_who_is_gone_is_out_at_once(signed_in, person):
    person.delete()
    assert seen(signed_in) is None


def test_a_new_password_ends_other_sessions(signed_in, person):
    person.set_password("another-9wQ")
    person.save()
    assert seen(signed_in) is None
    assert not Session.objects.exists(), "Django has thrown the session away"


def test_a_session_without_proof_is_nobodys(signed_in):
    session = signed_in.session
    del session[HASH_SESSION_KEY]
    session.save()
    assert seen(signed_in) is None


def test_a_session_of_the_last_secret_key_is_renewed(signed_in, settings):
    """SECRET_KEY_FALLBACKS is Django's business, and still done."""
    before, proof = signed_in.session.session_key, signed_in.session[HASH_SESSION_KEY]
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new one of this very test, long enough for everybody"
    assert seen(signed_in) is not None
    assert signed_in.session.session_key != before
    assert signed_in.session[HASH_SESSION_KEY] != proof


class Picky:
    """A backend that lets nobody come back."""

    def get_user(self, user_id):
        return None

    def authenticate(self, request, **credentials):
        return None


def test_another_backend_decides_itself(client, person):
    with override_settings(AUTHENTICATION_BACKENDS=[f"{__name__}.Picky"]):
        client.force_login(person, backend=f"{__name__}.Picky")
        assert seen(client) is None


def test_a_backend_that_is_no_longer_listed_lets_nobody_in(signed_in):
    with override_settings(AUTHENTICATION_BACKENDS=[f"{__name__}.Picky"]):
        assert seen(signed_in) is None


def test_other_kinds_of_sessions_are_left_alone(person):
    from django.test import Client

    with override_settings(SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies"):
        client = Client()
        client.force_login(person)
        assert seen(client) == person
        assert not Session.objects.exists()
