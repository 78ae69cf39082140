"""SiteMiddleware: permissions, data for templates, theme and preferences."""

from __future__ import annotations

import asyncio
import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Permission
from django.http import HttpResponse, HttpResponsePermanentRedirect
from django.template import engines
from django.template.response import TemplateResponse
from django.test import override_settings
from django.urls import path

from viewflow.middleware import HotwireTurboMiddleware, SiteMiddleware
from viewflow.urls import Application, AppMenuMixin, Site, Viewset


def page(request):
    return HttpResponse(b"inside")


def templated(request):
    template = engines["django"].from_string("{{ extra }} {{ own }}")
    return TemplateResponse(request, template, request_context(request))


def request_context(request):
    return {"bare": None, "clash": {"extra": 2}}.get(request.GET.get("ctx", ""), {"own": "mine"})


def framed(request):
    return TemplateResponse(request, "viewflow/base_page.html", {})


class Pages(AppMenuMixin, Viewset):
    page_path = path("", page, name="index")
    templated_path = path("t/", templated, name="templated")
    framed_path = path("framed/", framed, name="framed")


class Talking(Application):
    def get_context_data(self, request):
        return {"extra": f"for {request.path}"}


def staff_only(user):
    return user.username == "staff"


class Callable(Application):
    permission = lambda user: staff_only(user)  # noqa: E731


class Method(Application):
    def permission(self, user):
        return staff_only(user) and self.app_name == "method"


site = Site(
    primary_color="#2f5fd8",
    viewsets=[
        Talking(app_name="talking", viewsets=[Pages()]),
        Application(app_name="string", permission="kit.view_customer", viewsets=[Pages()]),
        Application(app_name="function", permission=staff_only, viewsets=[Pages()]),
        Callable(app_name="callable", viewsets=[Pages()]),
        Method(app_name="method", viewsets=[Pages()]),
        Application(app_name="tuple", permission=(staff_only,), viewsets=[Pages()]),
        Site(
            app_name="closed",
            permission="kit.view_customer",
            primary_color="teal",
            viewsets=[
                Application(app_name="open", viewsets=[Pages()]),
                Site(app_name="inner", viewsets=[Application(app_name="a", viewsets=[Pages()])]),
            ],
        ),
    ],
)


class Urls:
    urlpatterns = [path("", site.urls)]


pytestmark = [pytest.mark.urls.with_args(Urls), pytest.mark.django_db]


@pytest.fixture
def people():
    user = get_user_model()
    known = {name: user.objects.create_user(name) for name in ("plain", "staff", "viewer")}
    known["root"] = user.objects.create_superuser("root")
    known["viewer"].user_permissions.add(Permission.objects.get(codename="view_customer"))
    return known


STRING = {"viewer", "root"}
STAFF = {"staff"}


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("/talking/pages/", {"anonymous", "plain", "staff", "viewer", "root"}),
        ("/string/pages/", STRING),
        ("/string/", STRING),
        ("/function/pages/", STAFF),
        ("/callable/pages/", STAFF),
        ("/method/pages/", STAFF),
        ("/tuple/pages/", {"root"}),
        ("/closed/open/pages/", STRING),
        ("/closed/inner/a/pages/", STRING),
        ("/closed/inner/", STRING),
    ],
)
def test_every_url_below_a_closed_door_is_closed(client, people, url, allowed):
    """B48, B51, B52"""
    for name in ("anonymous", *people):
        client.logout()
        if name in people:
            client.force_login(people[name])
        status = client.get(url).status_code
        assert (status in {200, 302}) == (name in allowed), name
        assert status in {200, 302, 403}


def test_menu_knows_who_may_enter(people):
    """B49"""

    def visible(user):
        return [app.app_name for app in site.menu_items() if app.has_view_permission(user)]

    assert visible(AnonymousUser()) == ["talking"]
    assert visible(people["staff"]) == ["talking", "function", "callable", "method"]
    assert visible(people["viewer"]) == ["talking", "string", "closed"]


def test_missing_user_is_explained(rf):
    """B54"""
    request = rf.get("/")
    with pytest.raises(ValueError, match="AuthenticationMiddleware"):
        SiteMiddleware(page).process_view(request, page, [], {})


def test_application_data_reaches_templates(client):
    """B55"""
    assert client.get("/talking/pages/t/").content == b"for /talking/pages/t/ mine"
    assert client.get("/string/pages/t/").status_code == 403


def test_response_without_context_gets_the_data(client):
    """B56"""
    assert client.get("/talking/pages/t/?ctx=bare").content.startswith(b"for /talking")


def test_clash_of_data_and_context_is_an_error(client):
    """B57"""
    with pytest.raises(ValueError, match="both set extra"):
        client.get("/talking/pages/t/?ctx=clash")


TURBO = {"X-Request-Framework": "Turbo"}


@pytest.mark.parametrize(
    ("method", "headers", "response", "status"),
    [
        ("post", TURBO, HttpResponse, 422),
        ("post", TURBO, lambda: HttpResponsePermanentRedirect("/"), 303),
        ("post", TURBO, lambda: HttpResponse(status=302), 302),
        ("get", TURBO, HttpResponse, 200),
        ("post", {}, HttpResponse, 200),
        ("put", TURBO, HttpResponse, 200),
    ],
)
def test_turbo_gets_the_status_it_expects(rf, method, headers, response, status):
    """B58"""
    request = getattr(rf, method)("/", headers=headers)
    assert HotwireTurboMiddleware(lambda request: response())(request).status_code == status

    async def answer(request):
        return response()

    asynchronous = asyncio.run(HotwireTurboMiddleware(answer)(request))
    assert asynchronous.status_code == status


@pytest.mark.django_db(transaction=True)
def test_permissions_hold_under_asgi(async_client, people):
    async def visit():
        refused = await async_client.get("/string/pages/")
        await async_client.aforce_login(people["viewer"])
        return refused, await async_client.get("/string/pages/")

    refused, entered = asyncio.run(visit())
    assert (refused.status_code, entered.status_code) == (403, 200)
    assert entered.content == b"inside"


# Theme and preferences


def test_theme_is_css_that_can_be_cached(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get(site.theme_url)
    assert response.content == b":root{--primary:#2f5fd8}\n"
    assert response["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in response["Cache-Control"]
    assert "Cookie" not in response.get("Vary", "")
    assert "immutable" not in client.get("/_/theme.css")["Cache-Control"]
    etag = response["ETag"]
    assert client.get(site.theme_url, headers={"If-None-Match": etag}).status_code == 304


def test_theme_of_a_closed_site_is_there_for_its_login_page(client):
    closed = site.viewsets[-1]
    assert client.get("/closed/_/theme.css").content == b":root{--primary:teal}\n"
    assert client.get("/closed/").status_code == 403
    assert closed.theme_url.startswith("/closed/_/theme.css?v=")
    assert Site().theme_url is None


def test_pages_load_the_colours_of_their_site(client):
    """B477"""
    text = client.get("/talking/pages/framed/").text
    assert f'<link rel="stylesheet" href="{site.theme_url}">' in text


@pytest.mark.parametrize(
    "colour",
    [
        "#fff",
        "#2f5fd8",
        "teal",
        "rgb(10 20 30 / 50%)",
        "oklch(55% 0.2 262)",
        "hsl(210deg, 50%, 40%)",
        "color-mix(in oklab, #ff0000 50%, white)",
        "light-dark(#fff, #000)",
    ],
)
def test_any_css_colour_can_be_set(colour):
    assert Site(primary_color=colour, secondary_color=colour).primary_color == colour


@pytest.mark.parametrize(
    "colour",
    [
        "red;} body{display:none",
        "url(//evil.example/x)",
        "red}",
        "</style><script>",
        "var(--x)",
        "#12",
        "red /* */",
        "rgb(0,0,0);background:url(x)",
        "expression(alert(1))",
        "\\72 ed",
        "red\n}",
        42,
        "a" * 500,
    ],
)
def test_anything_else_is_refused_when_the_site_is_made(colour):
    with pytest.raises(ValueError, match="must be a CSS colour"):
        Site(primary_color=colour)


# Pages fetched early


def test_pages_name_the_speculation_rules_of_their_site(
    client, admin_client, django_assert_num_queries
):
    header = admin_client.get("/talking/pages/framed/")["Speculation-Rules"]
    assert re.fullmatch(r'"/_/speculation\.json\?v=[0-9a-f]{12}"', header)
    # Nothing for strangers, for parts of a page, or for what is no page.
    assert "Speculation-Rules" not in client.get("/talking/pages/framed/")
    part = admin_client.get("/talking/pages/framed/", headers={"HX-Request": "true"})
    assert "Speculation-Rules" not in part
    assert "Speculation-Rules" not in admin_client.get("/_/theme.css")

    with django_assert_num_queries(0):
        response = client.get(header.strip('"'))
    # Browsers ignore the rules under any other type, so no server of static files can send them.
    assert response["Content-Type"] == "application/speculationrules+json"
    assert "immutable" in response["Cache-Control"]
    etag = response["ETag"]
    answer = client.get("/_/speculation.json", headers={"If-None-Match": etag})
    assert answer.status_code == 304


def test_speculation_rules_are_prefetch_only_and_spare_what_acts(client):
    rules = client.get("/_/speculation.json").json()
    assert set(rules) == {"prefetch"}
    (rule,) = rules["prefetch"]
    assert rule["eagerness"] == "conservative"
    first, *spared = rule["where"]["and"]
    assert first == {"href_matches": "/*"}
    patterns = [item["not"].get("href_matches") for item in spared]
    assert {"/*logout*", "/*login*", "/*delete*", "/*export*", "/*_/*", "/static/*"} <= {*patterns}
    closed = client.get("/closed/_/speculation.json").json()["prefetch"][0]
    assert closed["where"]["and"][0] == {"href_matches": "/closed/*"}


def test_preferences_are_remembered(client):
    response = client.post(
        "/_/preferences/", {"theme": "dark", "rail": "1", "next": "/talking/pages/?a=1"}
    )
    assert (response.status_code, response["Location"]) == (302, "/talking/pages/?a=1")
    assert response.cookies["vf_theme"].value == "dark"
    assert response.cookies["vf_theme"]["samesite"] == "Lax"
    assert response.cookies["vf_rail"].value == "1"
    response = client.post("/_/preferences/", {"rail": "0"})
    assert response.cookies["vf_rail"].value == ""
    assert "vf_theme" not in response.cookies


@pytest.mark.parametrize("theme", ["", "red", "dark\r\nSet-Cookie: x=1", "\x00"])
def test_unknown_theme_changes_nothing(client, theme):
    assert "vf_theme" not in client.post("/_/preferences/", {"theme": theme}).cookies


@pytest.mark.parametrize(
    ("target", "referer", "expected"),
    [
        ("https://evil.example/", "", "/"),
        ("//evil.example/", "", "/"),
        ("javascript:alert(1)", "", "/"),
        ("", "http://testserver/talking/pages/", "http://testserver/talking/pages/"),
        ("", "https://evil.example/", "/"),
        ("", "", "/"),
    ],
)
def test_preferences_lead_back_to_this_host_only(client, target, referer, expected):
    headers = {"Referer": referer} if referer else {}
    response = client.post("/_/preferences/", {"next": target}, headers=headers)
    assert response["Location"] == expected


def test_preferences_are_post_only_and_need_the_token():
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.get("/_/preferences/").status_code == 405
    assert strict.post("/_/preferences/", {"theme": "dark"}).status_code == 403
    assert Client().post("/_/theme.css").status_code == 405


def test_cookie_is_secure_on_https(client):
    response = client.post("/_/preferences/", {"theme": "dark"}, secure=True)
    assert response.cookies["vf_theme"]["secure"]


def test_index_never_leads_to_theme_or_preferences(client):
    class Bare:
        urlpatterns = [path("", Site().urls)]

    with override_settings(ROOT_URLCONF=Bare), pytest.raises(ValueError, match="index_path"):
        client.get("/")


class Secret(Pages):
    app_name = "secret"

    def has_view_permission(self, user, obj=None):
        return staff_only(user)


class Below:
    app = Application(app_name="app", viewsets=[Secret(), Pages()])
    urlpatterns = [path("", Site(viewsets=[app]).urls)]


@pytest.mark.parametrize(("name", "target"), [("staff", "./secret/"), ("marta", "/app/pages/")])
def test_an_application_leads_to_what_its_menu_lists_for_this_person(client, name, target):
    client.force_login(get_user_model().objects.create_user(name))
    with override_settings(ROOT_URLCONF=Below):
        assert client.get("/app/").headers["Location"] == target
        assert client.get("/app/?a=1").headers["Location"] == f"{target}?a=1"


def test_where_the_menu_lists_nothing_an_application_leads_to_its_first_page(client):
    client.force_login(get_user_model().objects.create_user("marta"))

    class Urls:
        app = Application(app_name="app", viewsets=[Secret()])
        urlpatterns = [path("", Site(viewsets=[app]).urls)]

    with override_settings(ROOT_URLCONF=Urls):
        assert client.get("/app/").headers["Location"] == "./secret/"
