"""The transitions of a state machine as an API."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.fsm.models import Article, Change
from tests.fsm.test_pages import door, person
from tests.workflow.conftest import committed as committed

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.rest.fsm_urls")]


@pytest.fixture
def reader():
    return door(person("reader", "view_article"))


@pytest.fixture
def editor():
    return door(person("editor", "change_article"))


@pytest.fixture
def article():
    return Article.objects.create(title="Bread", text="Long.", status="review")


def url(article, slug="", base="/api/articles/"):
    return f"{base}{article.pk}/transition/" + (f"{slug}/" if slug else "")


def post(client, address, data=None):
    return client.post(address, data or {}, content_type="application/json")


@pytest.mark.parametrize("base", ["/api/articles/", "/api/paper/", "/v2/articles/", "/v2/paper/"])
def test_the_list_has_urls_of_its_own_basename_and_namespace(editor, article, base):
    """B271."""
    rows = editor.get(url(article, base=base)).json()
    assert [row["slug"] for row in rows] == ["approve", "reject"]
    assert rows[0] == {
        "slug": "approve",
        "label": "Approve",
        "available": True,
        "reason": "",
        "fields_wanted": ["comment", "score"],
        "url": f"http://testserver{url(article, 'approve', base)}",
    }
    assert post(editor, rows[0]["url"], {"comment": "Fine"}).status_code == 200


def test_the_list_needs_a_constant_number_of_queries(editor, article):
    editor.get(url(article))
    with CaptureQueriesContext(connection) as queries:
        editor.get(url(article))
    assert len(queries) <= 5


def test_an_unmet_condition_is_listed_with_its_reason(reader):
    article = Article.objects.create(title="Empty")
    [row] = reader.get(url(article)).json()
    assert (row["slug"], row["available"], row["reason"]) == (
        "submit",
        False,
        "There is no text yet",
    )
    answer = post(reader, url(article, "submit"))
    assert (answer.status_code, answer.json()) == (409, {"detail": "There is no text yet"})


def test_fields_and_step_are_saved_together(editor, article):
    data = {"comment": "Fine", "score": 3, "title": "Stolen", "status": "published"}
    answer = post(editor, url(article, "approve"), data)
    assert answer.status_code == 200
    assert answer.json()["status"] == "approved"
    article.refresh_from_db()
    assert (article.status, article.comment, article.score) == ("approved", "Fine", 3)
    assert article.title == "Bread"  # B268
    assert Change.objects.count() == 1


def test_a_failed_transition_saves_nothing(editor, article):
    """B271."""
    answer = post(editor, url(article, "approve"), {"comment": "Fine", "score": "many"})
    assert (answer.status_code, list(answer.json())) == (400, ["score"])
    editor.raise_request_exception = False
    assert post(editor, url(article, "approve"), {"comment": "crash"}).status_code == 500
    article.refresh_from_db()
    assert (article.status, article.comment) == ("review", "")
    assert not Change.objects.exists()


def test_who_may_not_gets_403_and_a_name_that_is_none_404(reader, editor, article):
    assert Client().get(url(article)).status_code in {401, 403}
    assert post(Client(), url(article, "approve")).status_code in {401, 403}
    stranger = door(person("stranger"))
    assert stranger.get(url(article)).status_code == 403
    assert post(stranger, url(article, "approve")).status_code == 403
    assert post(reader, url(article, "approve")).status_code == 403
    assert reader.get(url(article)).json() == []
    for slug in ("has_text", "_drop", "nonsense", "__class__"):
        assert post(editor, url(article, slug)).status_code == 404
    article.refresh_from_db()
    assert article.status == "review"


def test_a_late_request_is_told_and_changes_nothing(editor, article):
    assert post(editor, url(article, "approve"), {"comment": "first"}).status_code == 200
    answer = post(editor, url(article, "reject"), {"comment": "second"})
    assert answer.status_code == 409
    assert answer.json() == {"detail": "Not possible now: “Bread” is Approved."}
    article.refresh_from_db()
    assert (article.status, article.comment) == ("approved", "first")


def test_rows_outside_of_the_queryset_are_not_there(editor):
    article = Article.objects.create(title="Empty", status="review")
    assert post(editor, url(article, "approve", "/api/paper/")).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_many_requests_at_once_one_wins(committed):
    article = Article.objects.create(title="Hot", text="x", status="review")
    doors = [door(person(f"e{i}", "change_article")) for i in range(6)]
    answers = []
    gate = threading.Barrier(len(doors))

    def press(number, client):
        try:
            gate.wait()
            slug = "approve" if number % 2 else "reject"
            answers.append(post(client, url(article, slug), {"comment": str(number)}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=pair) for pair in enumerate(doors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409, 409, 409, 409, 409]
    assert Change.objects.count() == 1


def test_the_schema_has_no_warnings():
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    from .fsm_urls import ArticleViewSet, router

    assert ArticleViewSet in [entry[1] for entry in router.registry]
    GENERATOR_STATS.reset()
    schema = SchemaGenerator(patterns=router.urls).get_schema(request=None, public=True)
    assert not GENERATOR_STATS, dict(GENERATOR_STATS._warn_cache)
    assert set(schema["paths"]["/articles/{id}/transition/{slug}/"]) == {"post"}


@pytest.mark.parametrize("verb", ["put", "delete"])
def test_what_is_lost_while_waiting_is_neither_changed_nor_deleted(verb, article, monkeypatch):
    """The row leaves what the person sees, and then the person's right goes, before the lock."""
    from rest_framework.exceptions import PermissionDenied

    from tests.rest import fsm_urls
    from viewflow.fsm import rest

    boss = door(person("boss", is_superuser=True))
    held = rest.locked
    base = "/api/paper/"
    data = {"title": "Late", "text": "y"}

    def lose_sight(rows, pk):
        Article.objects.filter(pk=pk).update(text="")
        return held(rows, pk)

    monkeypatch.setattr(rest, "locked", lose_sight)
    send = getattr(boss, verb)
    address = f"{base}{article.pk}/"
    assert send(address, data, content_type="application/json").status_code == 404
    Article.objects.update(text="Long.")
    asked = []

    def check(self, request, obj):
        asked.append(obj.title)
        if len(asked) > 1:
            raise PermissionDenied

    monkeypatch.setattr(rest, "locked", held)
    monkeypatch.setattr(fsm_urls.BoundViewSet, "check_object_permissions", check)
    assert send(address, data, content_type="application/json").status_code == 403
    assert Article.objects.get().title == "Bread" and len(asked) == 2
    monkeypatch.undo()
    answer = send(address, data, content_type="application/json")
    assert answer.status_code == (200 if verb == "put" else 204)
    assert Article.objects.filter(title="Late").exists() == (verb == "put")
