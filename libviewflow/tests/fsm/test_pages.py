"""Pages of a state machine: list, object, transition, chart; who may, and what happens at once."""

from __future__ import annotations

import threading
import time
from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from viewflow.fsm import FlowViewsMixin, State
from viewflow.fsm.step import locked
from viewflow.urls import ModelViewset

from .models import Article, ArticleMachine, Change, Desk
from .pages import ArticleViewset

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.fsm.pages")]
BASE = "/paper/article/"


def person(name, *codenames, **kwargs):
    user = get_user_model().objects.create_user(name, **kwargs)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=codenames, content_type__app_label="fsm")
    )
    return user


def door(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def reader():
    return door(person("reader", "view_article"))


@pytest.fixture
def editor():
    return door(person("editor", "view_article", "change_article"))


@pytest.fixture
def boss():
    return door(person("boss", is_superuser=True))


@pytest.fixture
def article():
    return Article.objects.create(title="Bread & butter", text="Long.", status="review")


def step(article, slug):
    return f"{BASE}{article.pk}/transition/{slug}/"


# the list and the chart ------------------------------------------------------------------------


def test_the_list_offers_the_chart_in_a_dialog_with_export(reader, article):
    """B269."""
    page = reader.get(BASE).text
    assert 'popovertarget="flow-chart"' in page
    assert '<dialog class="dialog chart-dialog" id="flow-chart" popover' in page
    assert f'href="{BASE}chart/"' in page
    assert f'href="{BASE}chart/?format=svg" download="article-flow.svg"' in page
    assert "Bread &amp; butter" in page
    assert "In review" in page


def test_a_state_is_the_same_badge_in_the_list_and_on_the_page(reader, article):
    badge = '<span class="badge">In review</span>'
    assert f'data-label="Status">{badge}</td>' in reader.get(BASE).text
    assert badge in reader.get(f"{BASE}{article.pk}/detail/").text


def test_a_column_of_the_projects_own_is_no_badge(reader, article, monkeypatch):
    monkeypatch.setattr(
        ArticleViewset, "status", lambda self, article: article.status.upper(), raising=False
    )
    page = reader.get(BASE).text
    assert "REVIEW" in page and '"badge">REVIEW' not in page


def test_the_chart_has_a_page_and_a_file(reader):
    """B269."""
    page = reader.get(f"{BASE}chart/")
    assert page.status_code == 200
    assert 'aria-label="State chart"' in page.text
    assert "<li>Approve: Approved</li>" in page.text
    file = reader.get(f"{BASE}chart/?format=svg")
    assert file.headers["Content-Type"] == "image/svg+xml"
    assert file.headers["Content-Disposition"] == 'attachment; filename="article-flow.svg"'
    assert file.content.startswith(b"<?xml")
    assert reader.get(f"{BASE}chart/?format=exe").status_code == 404


def test_the_pages_are_for_those_who_may_see_the_objects(article):
    stranger = door(person("stranger"))
    urls = (BASE, f"{BASE}chart/", f"{BASE}{article.pk}/detail/", step(article, "approve"))
    for url in urls:
        assert stranger.get(url).status_code == 403
        assert Client().get(url).status_code == 302


def test_the_list_and_the_object_need_a_constant_number_of_queries(editor, article):
    def count(url):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert editor.get(url).status_code == 200
        return len(queries)

    editor.get(BASE)
    few = count(BASE)
    Article.objects.bulk_create(Article(title=f"A{i}") for i in range(20))
    assert count(BASE) == few <= 5
    assert count(f"{BASE}{article.pk}/detail/") <= 6


# the object ------------------------------------------------------------------------------------


def test_the_object_page_offers_what_is_possible_and_permitted(reader, editor, boss, article):
    def offered(client):
        page = client.get(f"{BASE}{article.pk}/detail/").text
        return [
            slug
            for slug in ("submit", "approve", "reject", "hide", "touch")
            if f"transition/{slug}/" in page
        ]

    assert offered(reader) == []
    assert offered(editor) == ["approve", "reject"]
    assert offered(boss) == ["approve", "reject", "hide"]
    page = editor.get(f"{BASE}{article.pk}/detail/").text
    assert '<li aria-current="step">In review' in page
    assert 'class="node current"' in page


def test_an_unmet_condition_is_told_in_place_of_a_button(reader):
    article = Article.objects.create(title="Empty", status="draft")
    page = reader.get(f"{BASE}{article.pk}/detail/").text
    assert "There is no text yet" in page
    assert "transition/submit/" not in page
    assert "transition/_drop/" not in page


# the transition --------------------------------------------------------------------------------


def test_form_and_step_are_saved_together(editor, article):
    """B267."""
    assert 'name="comment"' in editor.get(step(article, "approve")).text
    answer = editor.post(step(article, "approve"), {"comment": "Fine", "score": "3"}, follow=True)
    assert answer.redirect_chain == [(f"{BASE}{article.pk}/detail/", 302)]
    assert "“Bread &amp; butter” is now: Approved." in unescape(answer.text).replace("& ", "&amp; ")
    article.refresh_from_db()
    assert (article.status, article.comment, article.score) == ("approved", "Fine", 3)
    assert [(c.source, c.target) for c in Change.objects.all()] == [("review", "approved")]


def test_the_page_of_a_step_says_where_it_leads(boss, article):
    page = boss.get(step(article, "hide"))
    assert (page.context["state_label"], page.context["target_label"]) == ("In review", "Hidden")
    subtitle = page.text.split('class="page-sub', 1)[1].split("</p>", 1)[0]
    assert subtitle.index("In review") < subtitle.index("<svg") < subtitle.index("Hidden")
    Article.objects.update(status="published")
    page = boss.get(step(article, "touch"))
    assert page.context["target_label"] == "", "a step that leaves the state leads nowhere"
    assert "<svg" not in page.text.split('class="page-sub', 1)[1].split("</p>", 1)[0]


def test_fields_that_are_not_asked_for_are_ignored(editor, article):
    """B268."""
    data = {"comment": "Fine", "title": "Stolen", "status": "published"}
    assert editor.post(step(article, "approve"), data).status_code == 302
    article.refresh_from_db()
    assert (article.title, article.status) == ("Bread & butter", "approved")


def test_a_form_class_of_ones_own_brings_no_further_fields(rf, article):
    """B268."""
    from django import forms

    from viewflow.fsm.views import ModelTransitionView

    class OwnForm(forms.ModelForm):
        extra = forms.CharField()

        class Meta:
            model = Article
            fields = ["title", "comment"]

    class OwnViewset(FlowViewsMixin, ModelViewset):
        model = Article
        flow_state = ArticleMachine.state

        def get_transition_fields(self, request, obj, slug):
            return ["comment"]

        def get_transition_form_class(self, request, obj, slug):
            return OwnForm

    view = ModelTransitionView(viewset=OwnViewset(), model=Article)
    view.setup(rf.get("/"), pk=str(article.pk), slug="approve")
    view.request.user = get_user_model().objects.create_superuser("root")
    view.read()
    assert list(view.get_form().fields) == ["comment"]


def test_an_invalid_form_changes_nothing_and_keeps_what_was_typed(editor, article):
    answer = editor.post(step(article, "approve"), {"comment": "Fine", "score": "many"})
    assert answer.status_code == 200
    assert 'value="Fine"' in answer.text
    article.refresh_from_db()
    assert (article.status, article.comment) == ("review", "")


def test_a_crash_in_the_step_takes_the_form_back(editor, article):
    """B267."""
    editor.raise_request_exception = False
    assert editor.post(step(article, "approve"), {"comment": "crash"}).status_code == 500
    article.refresh_from_db()
    assert (article.status, article.comment) == ("review", "")
    assert not Change.objects.exists()


def test_who_may_not_gets_403_and_a_name_that_is_none_404(reader, editor, article):
    for method in ("get", "post"):
        assert getattr(reader, method)(step(article, "approve")).status_code == 403
        assert getattr(editor, method)(step(article, "hide")).status_code == 403
        for slug in ("has_text", "_drop", "note", "nonsense", "__class__"):
            assert getattr(editor, method)(step(article, slug)).status_code == 404
    assert editor.get(f"{BASE}999/transition/approve/").status_code == 404
    article.refresh_from_db()
    assert article.status == "review"


def test_a_second_submit_is_told_and_changes_nothing(editor, article):
    editor.post(step(article, "approve"), {"comment": "first"})
    answer = editor.post(step(article, "reject"), {"comment": "second"})
    assert answer.status_code == 409
    assert "is not possible now" in answer.text
    assert "What you typed was not saved" in answer.text and "second" in answer.text
    article.refresh_from_db()
    assert (article.status, article.comment) == ("approved", "first")
    assert editor.get(step(article, "reject")).status_code == 409


def test_an_unmet_condition_is_told_on_the_page(reader):
    article = Article.objects.create(title="Empty", status="draft")
    answer = reader.post(step(article, "submit"))
    assert answer.status_code == 409
    assert "There is no text yet" in answer.text
    article.refresh_from_db()
    assert article.status == "draft"


def test_a_step_without_a_target_runs_and_stays(editor):
    article = Article.objects.create(title="Out", status="published")
    assert editor.post(step(article, "touch")).status_code == 302
    article.refresh_from_db()
    assert article.status == "published"
    assert Change.objects.count() == 1


def test_rows_outside_of_the_viewset_are_not_there(article):
    owner = person("owner")
    mine = Article.objects.create(
        title="Mine", text="x", author="owner", desk=Desk.objects.create(name="City")
    )
    client = door(owner)
    assert client.post(f"/paper/mine/{mine.pk}/transition/submit/").status_code == 302
    assert client.post(f"/paper/mine/{article.pk}/transition/submit/").status_code == 404
    mine.refresh_from_db()
    assert mine.status == "review"


def test_pages_can_be_left_out(editor, article):
    for name, chart, steps in (("readonly", 404, True), ("frozen", 200, False)):
        base = f"/paper/{name}/"
        page = editor.get(f"{base}{article.pk}/detail/")
        assert page.status_code == 200
        assert ("transition/approve/" in page.text) is steps
        assert 'class="node current"' in page.text
        assert editor.get(f"{base}chart/").status_code == chart
        assert ('id="flow-chart"' in editor.get(base).text) is (chart == 200)
    assert editor.post(f"/paper/frozen/{article.pk}/transition/approve/").status_code == 404
    assert editor.post(f"/paper/readonly/{article.pk}/transition/approve/").status_code == 302


def test_a_machine_of_more_arguments_is_refused_in_words(rf, article):
    """B266."""

    class Two:
        state = State(["a"], default="a")

        def __init__(self, article, user):
            pass

    class TwoViewset(FlowViewsMixin, ModelViewset):
        model = Article
        flow_state = Two.state

    with pytest.raises(ValueError, match=r"Two is not made of one argument.*get_object_flow"):
        TwoViewset().get_object_flow(rf.get("/"), article)


@pytest.mark.django_db(transaction=True)
def test_of_ten_who_press_at_once_one_wins(committed):
    """The others are told, and nothing of theirs is saved."""
    article = Article.objects.create(title="Hot", text="x", status="review")
    people = [person(f"e{i}", "view_article", "change_article") for i in range(10)]
    doors = [door(user) for user in people]
    answers = []
    gate = threading.Barrier(len(doors))

    def press(number, client):
        try:
            gate.wait()
            slug = "approve" if number % 2 else "reject"
            answer = client.post(step(article, slug), {"comment": f"by {number}"})
            answers.append((answer.status_code, number))
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=pair) for pair in enumerate(doors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [number for status, number in answers if status == 302]
    assert len(winners) == 1 and sorted({status for status, _ in answers}) == [302, 409]
    article.refresh_from_db()
    assert article.comment == f"by {winners[0]}"
    assert Change.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door_of", ["pages", "admin", "list", "api"])
def test_a_form_that_is_saved_meanwhile_does_not_take_a_step_back(committed, door_of, monkeypatch):
    """Somebody changes the text while somebody else approves: both are kept."""
    article = Article.objects.create(title="Hot", text="x", status="review")
    boss = get_user_model().objects.create_superuser("boss")
    reading, writer = threading.Event(), door(boss)
    urls = {
        "pages": "tests.fsm.pages",
        "admin": "tests.fsm.admin_urls",
        "list": "tests.fsm.admin_urls",
        "api": "tests.rest.fsm_urls",
    }
    address = {
        "pages": f"{BASE}{article.pk}/change/",
        "admin": f"/admin/fsm/article/{article.pk}/change/",
        "list": "/admin/fsm/article/",
        "api": f"/api/articles/{article.pk}/",
    }[door_of]

    def slow_save(self, *args, **kwargs):
        if threading.current_thread().name == "writer":
            reading.set()
            time.sleep(0.5)
        return save(self, *args, **kwargs)

    save = Article.save
    monkeypatch.setattr(Article, "save", slow_save)
    answers = []

    def write():
        data = {"title": "Hotter", "text": "y", "comment": "Now", "status": "review"}
        if door_of == "list":
            data = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save"}
            data |= {"form-0-id": article.pk, "form-0-comment": "Now"}
        try:
            if door_of == "api":
                sent = writer.put(address, data, content_type="application/json")
            else:
                sent = writer.post(address, data)
            answers.append(sent.status_code)
        finally:
            connection.close()

    with override_settings(ROOT_URLCONF=urls[door_of]):
        thread = threading.Thread(target=write, name="writer")
        thread.start()
        assert reading.wait(10)
        with locked(Article.objects.all(), article.pk) as rows:
            current = rows.get(pk=article.pk)
            ArticleMachine(current).approve()
            current.save()
        thread.join()
    assert answers in ([200], [302])
    article.refresh_from_db()
    assert (article.comment, article.status) == ("Now", "approved")
    assert article.title == ("Hot" if door_of == "list" else "Hotter")


def test_the_form_of_a_step_answers_questions_about_its_choices(editor, reader, monkeypatch):
    from viewflow.forms import AjaxModelSelect, ModelForm

    from .pages import ArticleViewset

    class DeskForm(ModelForm):
        class Meta:
            model = Article
            fields = ["desk"]
            widgets = {"desk": AjaxModelSelect(lookups=["name__icontains"])}

    monkeypatch.setattr(ArticleViewset, "get_transition_fields", lambda *args: ["desk"])
    monkeypatch.setattr(ArticleViewset, "get_transition_form_class", lambda *args: DeskForm)
    desk = Desk.objects.create(name="Sports")
    Desk.objects.create(name="Culture")
    article = Article.objects.create(title="Bread", text="Long.", status="review")
    question = {"X-Request-Autocomplete": "field=desk&query=spo"}
    answer = editor.options(step(article, "approve"), headers=question)
    assert answer.status_code == 200
    [found] = answer.json()["suggestions"]
    assert str(desk.pk) in map(str, found.values())
    assert reader.options(step(article, "approve"), headers=question).status_code == 403
    assert "suggestions" not in editor.options(step(article, "approve")).text
