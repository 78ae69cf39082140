"""The sign-in page that is kept is the page that would have been made."""

from __future__ import annotations

import re

import pytest
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.template import Template
from django.test import Client, RequestFactory
from django.test.utils import _TestState
from django.urls import reverse
from django.utils import translation

from viewflow.contrib.auth import signin

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unwatched(monkeypatch):
    """Django's test runner watches which templates are rendered; a server does not."""
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)
    signin._pages.clear()


def page(**cookies):
    """A stranger's page, without the token that is only theirs."""
    client = Client()
    for name, value in cookies.items():
        client.cookies[name] = value
    response = client.get(reverse("login"))
    assert response.status_code == 200
    html = response.content.decode()
    (token,) = TOKEN.findall(html)
    return html.replace(token, "token"), token, response


def test_it_is_made_once_and_given_to_everybody_with_a_token_of_their_own():
    first, one, made = page()
    again, two, kept = page()
    assert again == first
    assert one != two
    assert len(signin._pages) == 1
    assert dict(kept.headers) == dict(made.headers)
    assert kept.cookies["csrftoken"].value


def test_the_token_of_a_kept_page_signs_in(django_user_model):
    django_user_model.objects.create_user("vera", password="pw-8xGq2")
    page()
    client = Client(enforce_csrf_checks=True)
    (token,) = TOKEN.findall(client.get(reverse("login")).content.decode())
    data = {"username": "vera", "password": "pw-8xGq2", "csrfmiddlewaretoken": token}
    assert client.post(reverse("login"), data).status_code == 302
    refused = client.post(reverse("login"), {**data, "csrfmiddlewaretoken": "x" * 64})
    assert refused.status_code == 403


def test_languages_and_themes_have_pages_of_their_own():
    plain = page()[0]
    with translation.override("de"):
        german = page()[0]
        assert page()[0] == german
    dark = page(vf_theme="dark")[0]
    assert len({plain, german, dark}) == 3
    assert 'lang="de"' in german
    assert 'data-theme="dark"' in dark
    assert page()[0] == plain


def test_what_is_said_to_one_person_is_not_said_to_the_next():
    plain = page()[0]
    request = RequestFactory().get("/")
    storage = CookieStorage(request)
    message = storage._encode([messages.storage.base.Message(messages.INFO, "Only for you")])
    assert "Only for you" in page(messages=message)[0]
    assert page()[0] == plain


def test_where_one_wanted_to_go_is_not_kept():
    page()
    html = Client().get(reverse("login"), {"next": "/inbox/"}).content.decode()
    assert 'name="next" value="/inbox/"' in html
    assert 'name="next"' not in page()[0]


def test_answers_are_not_kept(django_user_model):
    page()
    wrong = Client().post(reverse("login"), {"username": "nobody", "password": "x"})
    assert 'value="nobody"' in wrong.content.decode()
    assert "nobody" not in page()[0]


def test_a_template_of_the_project_is_rendered_each_time(tmp_path, settings):
    (tmp_path / "viewflow").mkdir()
    (tmp_path / "viewflow" / "base_lockscreen.html").write_text(
        "{% load viewflow %}{% csrf_token %}{{ request.META.HTTP_X_VISIT }}{% render form %}"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    for visit in ("one", "two"):
        answer = Client().get(reverse("login"), headers={"x-visit": visit})
        assert visit in answer.content.decode()
    assert not signin._pages
