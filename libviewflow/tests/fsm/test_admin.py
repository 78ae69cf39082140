"""A state machine in Django's admin."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.messages import get_messages
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from .admin_urls import ArticleAdmin, site
from .models import Article, Change
from .test_pages import door, person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.fsm.admin_urls")]
BASE = "/admin/fsm/article/"


@pytest.fixture
def editor():
    return door(person("editor", "view_article", "change_article", is_staff=True))


@pytest.fixture
def reader():
    return door(person("reader", "view_article", is_staff=True))


@pytest.fixture
def boss():
    return door(get_user_model().objects.create_superuser("boss"))


@pytest.fixture
def article():
    return Article.objects.create(title="Bread & butter", text="Long.", status="review")


def step(article, slug):
    return f"{BASE}{article.pk}/transition/{slug}/"


def told(answer):
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_transitions_are_buttons_of_the_change_page(editor, reader, article):
    """B261, B265."""
    page = editor.get(f"{BASE}{article.pk}/change/")
    assert page.status_code == 200
    assert f'<a href="{step(article, "approve")}" class="fsm-transition">Approve</a>' in page.text
    assert "Turn down" in page.text and "History" in page.text
    assert step(article, "hide") not in page.text
    tools = page.context["fsm_tools"]["transitions"]
    assert [(t.slug, met, perm) for t, met, perm in tools] == [
        ("approve", True, True),
        ("reject", True, True),
    ]
    assert "fsm-transition" not in reader.get(f"{BASE}{article.pk}/change/").text


def test_an_unmet_condition_is_told_in_place_of_a_button(editor):
    """B261."""
    article = Article.objects.create(title="Empty")
    page = editor.get(f"{BASE}{article.pk}/change/").text
    assert "Submit: There is no text yet" in page
    assert step(article, "submit") not in page


def test_the_list_shows_its_rows_and_a_link_to_the_chart(editor, article):
    """B270."""
    page = editor.get(BASE).text
    assert "Bread &amp; butter" in page
    assert f'href="{BASE}state-chart/"' in page
    assert "digraph" not in page and "<img" not in page
    chart = editor.get(f"{BASE}state-chart/")
    assert chart.headers["Content-Type"] == "image/svg+xml"
    assert b"In review" in chart.content
    assert door(person("clerk", is_staff=True)).get(f"{BASE}state-chart/").status_code == 403


def test_the_list_needs_no_query_more_for_more_rows(editor, article):
    def count():
        with CaptureQueriesContext(connection) as queries:
            editor.get(BASE)
        return len(queries)

    few = count()
    Article.objects.bulk_create(Article(title=f"A{i}") for i in range(20))
    assert count() == few


def test_fields_and_step_and_history_are_saved_together(editor, article):
    page = editor.get(step(article, "approve"))
    assert page.context["transition_fields"] == ["comment", "score"]
    assert 'name="comment"' in page.text and 'name="title"' not in page.text
    data = {"comment": "Fine", "score": "3", "title": "Stolen", "status": "published"}
    answer = editor.post(step(article, "approve"), data)
    assert answer.headers["Location"] == f"{BASE}{article.pk}/change/"
    assert told(answer) == ["“Bread & butter” is now: Approved."]
    article.refresh_from_db()
    assert (article.status, article.comment, article.score) == ("approved", "Fine", 3)
    assert article.title == "Bread & butter"
    entry = LogEntry.objects.get()
    assert entry.get_change_message() == "Approve: In review → Approved (Comment, Score)"
    assert entry.object_id == str(article.pk)


@pytest.mark.parametrize("data", [{"score": "many"}, {"comment": "rude", "score": "3"}])
def test_invalid_fields_change_neither_fields_nor_state(editor, article, data):
    """B263."""
    answer = editor.post(step(article, "approve"), data)
    assert answer.status_code == 200
    assert "errornote" in answer.text and "Please correct the error below." in answer.text
    article.refresh_from_db()
    assert (article.status, article.comment, article.score) == ("review", "", None)
    assert not LogEntry.objects.exists()


def test_a_crash_takes_everything_back(editor, article):
    editor.raise_request_exception = False
    assert editor.post(step(article, "approve"), {"comment": "crash"}).status_code == 500
    article.refresh_from_db()
    assert (article.status, article.comment) == ("review", "")
    assert not Change.objects.exists() and not LogEntry.objects.exists()


def test_who_may_not_and_names_that_are_none(editor, reader, article):
    """B262."""
    for method in ("get", "post"):
        assert getattr(reader, method)(step(article, "approve")).status_code == 403
        assert getattr(editor, method)(step(article, "hide")).status_code == 403
        for slug in ("has_text", "_drop", "nonsense", "__class__"):
            assert getattr(editor, method)(step(article, slug)).status_code == 400
    clerk = door(person("clerk", is_staff=True))
    assert clerk.get(step(article, "approve")).status_code == 403
    assert Client().get(step(article, "approve")).status_code == 302
    gone = editor.get(f"{BASE}999/transition/approve/")
    assert gone.status_code == 302 and "doesn’t exist" in told(gone)[0]
    article.refresh_from_db()
    assert article.status == "review"


def test_a_late_click_is_told_and_leads_back(editor, article):
    editor.post(step(article, "approve"), {"comment": "first"})
    for method in ("get", "post"):
        answer = getattr(editor, method)(step(article, "reject"), {"comment": "late"})
        assert answer.headers["Location"] == f"{BASE}{article.pk}/change/"
        assert "“Turn down” is not possible now: Approved. Nothing was changed." in told(answer)
    article.refresh_from_db()
    assert (article.status, article.comment) == ("approved", "first")
    assert LogEntry.objects.count() == 1


def test_an_unmet_condition_leads_back_with_its_reason(editor):
    article = Article.objects.create(title="Empty")
    answer = editor.post(step(article, "submit"))
    assert answer.status_code == 302
    assert "There is no text yet" in told(answer)[0]
    article.refresh_from_db()
    assert article.status == "draft"


def test_a_new_object_begins_in_the_initial_state(boss):
    """B264."""
    data = {"title": "New", "text": "x", "status": "published"}
    assert boss.post(f"{BASE}add/", data).status_code == 302
    assert Article.objects.get().status == "draft"


def test_a_template_of_the_model_is_used_before_the_common_one(rf):
    templates = ArticleAdmin(Article, site)._transition_templates()
    assert templates == [
        "admin/fsm/article/fsm_transition_form.html",
        "admin/fsm/fsm_transition_form.html",
        "admin/fsm_transition_form.html",
    ]
    own = type("Own", (ArticleAdmin,), {"transition_form_template": "own.html"})
    assert own(Article, site)._transition_templates() == ["own.html"]


def test_a_flow_state_that_is_no_slot_is_refused_in_words(rf, article):
    broken = type("Broken", (ArticleAdmin,), {"flow_state": "state"})
    with pytest.raises(ImproperlyConfigured, match=r"Broken\.flow_state must be a state slot"):
        broken(Article, site).get_object_flow(rf.get("/"), article)


def test_versions_are_kept_around_the_transition(editor, article, monkeypatch):
    import contextlib

    seen = []

    @contextlib.contextmanager
    def revision(self, request):
        seen.append("begin")
        yield
        seen.append(Article.objects.get().status)

    monkeypatch.setattr(ArticleAdmin, "create_revision", revision)
    editor.post(step(article, "approve"), {})
    assert seen == ["begin", "approved"]
