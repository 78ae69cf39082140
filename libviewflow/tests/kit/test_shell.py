"""The frame of a page, as a person meets it: menus, breadcrumb, theme, errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.template import Context, Engine, engines
from django.test import RequestFactory
from django.urls import path
from django.utils import translation

import viewflow
from viewflow.shell import initials, person_class
from viewflow.urls import Application, AppMenuMixin, Site, Viewset

pytestmark = pytest.mark.urls("tests.kit.test_shell")

TEMPLATES = Path(viewflow.__file__).parent / "templates"


def page(request, **kwargs):
    if "say" in request.GET:
        messages.success(request, "Saved <b>1042</b>")
    context = {"breadcrumbs": [("Orders & more", "/orders/"), ("Order <1042>", None)]}
    return render(request, "viewflow/base_page.html", context if "crumbs" in request.GET else {})


def boom(request):
    raise RuntimeError("broken on purpose")


def refuse(request):
    raise PermissionDenied


def misread(request):
    raise BadRequest


class Rows(AppMenuMixin, Viewset):
    title = "Rows"
    icon = "users"
    index_path = path("", page, name="index")
    more_path = path("more/", page, name="more")


class SecretRows(Rows):
    title = "Secret rows"

    def has_view_permission(self, user, obj=None):
        return user.is_authenticated


class Kitchen(Application):
    title = "Kitchen <1>"
    icon = "local_pizza"
    menu_group = "Flows"
    first_path = path("first/", page, name="first")
    viewsets = [Rows(), SecretRows()]


class Safe(Application):
    title = "Safe"
    menu_group = "Flows"
    permission = staticmethod(lambda user: user.is_authenticated)
    first_path = path("first/", page, name="first")


class Cellar(Application):
    first_path = path("first/", page, name="first")


class Office(Site):
    title = "Back office"


site = Site(
    title="Forno",
    primary_color="#2f5fd8",
    viewsets=[Kitchen(), Safe(), Cellar(), Office(viewsets=[Cellar()])],
)

urlpatterns = [
    path("accounts/login/", page, name="login"),
    path("accounts/logout/", page, name="logout"),
    path("boom/", boom),
    path("refuse/", refuse),
    path("misread/", misread),
    path("plain/", lambda request: HttpResponse("ok")),
    path("", site.urls),
]


def html_of(client, url, **cookies):
    for name, value in cookies.items():
        client.cookies[name] = value
    response = client.get(url)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def links(html, css="nav-link"):
    """Text and current mark of the entries of the sidebar, in their order."""
    sidebar = html[html.index('<nav class="sidebar"') : html.index('<div class="sheet">')]
    return [
        (re.sub(r"<[^>]+>", "", body).strip(), mark)
        for mark, body in re.findall(
            rf'<a class="{css}" href="[^"]*"(?: aria-current="(\w+)")?[^>]*>(.*?)</a>',
            sidebar,
            re.S,
        )
    ]


# Blocks: what projects override


SHELL_TAGS = "viewflow.templatetags.viewflow_shell"

BLOCKS = {
    "viewflow/base.html": "favicon turbo-cache-control title css js extrahead theme body",
    "viewflow/base_page.html": (
        "body page-menu page-menu-header page-menu-avatar page-menu-user-info page-menu-content "
        "page-menu-primary page-menu-app page-menu-secondary page-menu-user page-menu-user-actions "
        "page-body page-toolbar page-title page-toolbar-actions page-content content"
    ),
    "viewflow/base_lockscreen.html": (
        "body lockscreen-sidebar lockscreen-sidebar-header lockscreen-sidebar-header-title "
        "lockscreen-sidebar-header-subtitle lockscreen-sidebar-content lockscreen-sidebar-footer "
        "lockscreen-content lockscreen-content-icon"
    ),
    "viewflow/includes/site_menu.html": "back_link app_links app_links_extra",
    "viewflow/includes/app_menu.html": "viewset_links viewset_links_notfound additional_links",
    "viewflow/includes/snackbar.html": "snackbar",
    "viewflow/includes/object_detail_card.html": (
        "detail-header detail-content detail-extra detail-actions detail-actions-list"
    ),
    "400.html": (
        "title lockscreen-sidebar-header-title lockscreen-sidebar-header-subtitle "
        "lockscreen-sidebar-content lockscreen-sidebar-footer lockscreen-content-icon"
    ),
    "403.html": (
        "title lockscreen-sidebar-header-title lockscreen-sidebar-content "
        "lockscreen-sidebar-footer lockscreen-content-icon"
    ),
    "404.html": (
        "title lockscreen-sidebar-header-title lockscreen-sidebar-content "
        "lockscreen-sidebar-footer lockscreen-content-icon"
    ),
    "500.html": (
        "title lockscreen-sidebar-header-title lockscreen-sidebar-header-subtitle "
        "lockscreen-sidebar-content lockscreen-sidebar-footer lockscreen-content-icon"
    ),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_templates_offer_their_blocks_in_order(name):
    found = re.findall(r"{% block ([\w-]+) %}", (TEMPLATES / name).read_text())
    promised = BLOCKS[name].split()
    assert [block for block in found if block in promised] == promised
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("base", "block"),
    [
        (base, block)
        for base in ("viewflow/base_page.html", "viewflow/base_lockscreen.html")
        for name in ("viewflow/base.html", base)
        for block in BLOCKS[name].split()
    ],
)
def test_a_project_may_replace_any_block(base, block, rf):
    request = rf.get("/")
    request.user = AnonymousUser()
    source = f"{{% extends '{base}' %}}{{% block {block} %}}<i>mine</i>{{% endblock %}}"
    assert "<i>mine</i>" in engines["django"].from_string(source).render({}, request)


def test_own_application_menu_replaces_ours_and_keeps_the_rest(rf, client):
    request = client.get("/kitchen/rows/").wsgi_request
    source = (
        "{% extends 'viewflow/base_page.html' %}{% block page-menu-app %}<i>mine</i>{% endblock %}"
    )
    html = engines["django"].from_string(source).render({}, request)
    assert html.index("Kitchen") < html.index("<i>mine</i>") < html.index("Cellar")
    assert "nav-sub" not in html


def test_own_site_menu_replaces_all_of_ours(client):
    request = client.get("/kitchen/rows/").wsgi_request
    source = (
        "{% extends 'viewflow/base_page.html' %}"
        "{% block page-menu-primary %}<i>mine</i>{% endblock %}"
    )
    html = engines["django"].from_string(source).render({}, request)
    assert "<i>mine</i>" in html
    assert "Cellar" not in html[html.index("<nav") : html.index("<header")]


# Menus


def test_menu_marks_where_one_is(client):
    """The pages of the current application stand right behind it."""
    html = html_of(client, "/kitchen/rows/more/")
    assert links(html) == [
        ("Kitchen &lt;1&gt;", "true"),
        ("Rows", "page"),
        ("Cellar", ""),
        ("Back office", ""),
    ]
    assert html.count('<summary class="nav-title">') == 1
    assert ">Flows</summary>" in html


@pytest.mark.django_db
def test_menu_hides_what_a_person_may_not_enter(client):
    """B49"""
    assert "Safe" not in html_of(client, "/kitchen/rows/")
    client.force_login(User.objects.create_user("marta"))
    html = html_of(client, "/kitchen/rows/")
    assert ("Safe", "") in links(html)
    assert ("Secret rows", "") in links(html)


def test_nested_site_leads_back_to_the_outer_one(client):
    html = html_of(client, "/office/cellar/first/")
    assert [text for text, _ in links(html)] == ["Forno", "Cellar"]
    assert "<title>Cellar · Back office</title>" in html


def test_menu_has_no_dead_links_for_parameterised_mounts(rf, client):
    request = client.get("/plain/").wsgi_request
    request.user = AnonymousUser()
    html = engines["django"].get_template("viewflow/base_page.html").render({}, request)
    assert "Kitchen" in html  # a page outside of the only site shows its menu all the same


# Breadcrumb, title, messages, account


def test_breadcrumb_is_escaped_and_ends_with_the_page_itself(client):
    html = html_of(client, "/kitchen/rows/?crumbs")
    assert '<a href="/orders/">Orders &amp; more</a>' in html
    assert '<span aria-current="page">Order &lt;1042&gt;</span>' in html
    assert "<title>Order &lt;1042&gt; · Forno</title>" in html


def test_breadcrumb_without_the_views_help_is_the_way_through_the_menu(client):
    html = html_of(client, "/kitchen/rows/more/")
    assert re.search(r'<a href="/kitchen/">Kitchen &lt;1&gt;</a>.*aria-current="page">Rows', html)


def test_messages_are_in_the_page_before_any_script_runs(client):
    html = html_of(client, "/kitchen/rows/?say")
    assert 'role="status"' in html
    assert re.search(r'class="toast success"><p>Saved &lt;b&gt;1042', html)


@pytest.mark.django_db
def test_account_menu_shows_the_pages_that_exist(client):
    client.force_login(User.objects.create_user("marta", first_name="Marta", last_name="Rossi"))
    html = html_of(client, "/kitchen/rows/")
    assert '<form method="post" action="/accounts/logout/">' in html
    assert ">MR</span>" in html
    assert "Change password" not in html  # this project has no such page


def test_visitors_are_offered_to_sign_in_and_come_back(client):
    html = html_of(client, "/kitchen/rows/?crumbs=1")
    assert 'href="/accounts/login/?next=%2Fkitchen%2Frows%2F%3Fcrumbs%3D1"' in html


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Marta Rossi", "MR"), ("marta", "MA"), ("Ana de la Cruz", "AC"), ("", ""), ("李", "李")],
)
def test_initials(name, letters):
    assert initials(name) == letters


def test_a_person_keeps_their_colour():
    assert person_class(User(pk=7)) == person_class(User(pk=7)) == "h1"
    assert person_class(AnonymousUser()) == ""


# Theme, rail, language


@pytest.mark.parametrize(
    ("cookie", "attribute"),
    [
        ("light", ' data-theme="light"'),
        ("dark", ' data-theme="dark"'),
        ("auto", ""),
        ("", ""),
        ('"><script>', ""),
        ("DARK", ""),
    ],
)
def test_theme_cookie_sets_only_known_themes(client, cookie, attribute):
    html = html_of(client, "/kitchen/rows/", vf_theme=cookie)
    assert f'<html lang="en-us" dir="ltr"{attribute}>' in html


def test_folded_sidebar_is_remembered(client):
    html = html_of(client, "/kitchen/rows/", vf_rail="1")
    assert '<html lang="en-us" dir="ltr" data-rail>' in html
    assert 'name="rail" value="0"' in html
    assert "data-rail" not in html_of(client, "/kitchen/rows/", vf_rail="<1>")


def test_theme_switch_works_as_a_plain_form(client):
    html = html_of(client, "/kitchen/rows/")
    url = re.search(r'<form id="preferences" method="post" action="([^"]+)"', html)[1]
    client.post(url, {"theme": "dark"})
    assert 'data-theme="dark"' in html_of(client, "/kitchen/rows/")
    client.post(url, {"theme": "auto", "rail": "1"})
    html = html_of(client, "/kitchen/rows/")
    assert "data-theme" not in html
    assert "data-rail" in html


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("he", "rtl"), ("de", "ltr")])
def test_direction_follows_the_language(client, language, direction):
    request = client.get("/plain/").wsgi_request
    with translation.override(language):
        html = engines["django"].get_template("404.html").render({}, request)
    assert f'<html lang="{language}" dir="{direction}">' in html


def test_words_of_the_frame_change_with_the_language(rf):
    """What is kept between pages is kept for each language."""
    request = rf.get("/")
    request.user = AnonymousUser()
    source = engines["django"].from_string(
        "{% load i18n viewflow_shell %}{% still %}{% translate 'Yes' %}{% endstill %}"
    )
    with translation.override("de"):
        assert source.render({}, request) == "Ja"
    with translation.override("en"):
        assert source.render({}, request) == "Yes"


def test_still_parts_differ_by_the_values_they_name():
    source = engines["django"].from_string(
        "{% load viewflow_shell %}{% still a %}{{ a }}{% endstill %}"
    )
    assert [source.render({"a": value}) for value in (1, 2, 1)] == ["1", "2", "1"]


def test_a_still_part_is_made_anew_for_a_page_that_fills_its_block(tmp_path):
    """Blocks stay open to projects wherever they stand."""
    (tmp_path / "frame.html").write_text(
        "{% load viewflow_shell %}{% still %}<{% block a %}{% block b %}own{% endblock %}"
        "{% endblock %}>{% endstill %}"
    )
    (tmp_path / "plain.html").write_text('{% extends "frame.html" %}')
    (tmp_path / "filled.html").write_text(
        '{% extends "frame.html" %}{% block b %}{{ block.super }} {{ x }}{% endblock %}'
    )
    (tmp_path / "further.html").write_text(
        '{% extends "filled.html" %}{% block a %}{{ x }}!{% endblock %}'
    )
    engine = Engine(dirs=[tmp_path], libraries={"viewflow_shell": SHELL_TAGS})

    def made(name, x):
        return engine.get_template(f"{name}.html").render(Context({"x": x}))

    for _ in range(2):
        assert made("plain", 1) == "<own>"
        assert [made("filled", x) for x in (1, 2)] == ["<own 1>", "<own 2>"]
        assert [made("further", x) for x in (1, 2)] == ["<1!>", "<2!>"]
        assert made("frame", 1) == "<own>"


def test_site_colours_are_in_the_head(client):
    """B477"""
    head = html_of(client, "/kitchen/rows/").partition("</head>")[0]
    url = re.search(r'<link rel="stylesheet" href="([^"]*theme\.css[^"]*)"', head)[1]
    assert "--primary:#2f5fd8" in client.get(url.replace("&amp;", "&")).content.decode()
    assert '<meta name="theme-color" content="#2f5fd8">' in head


# Errors


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("/nowhere/", 404, "This page is not here"),
        ("/refuse/", 403, "This is not open to you"),
        ("/misread/", 400, "This request made no sense"),
        ("/boom/", 500, "Something broke on our side"),
    ],
)
def test_errors_show_a_page_that_says_what_to_do(client, url, status, words):
    """B475. Without access to the database: it may be the database that is broken."""
    client.raise_request_exception = False
    response = client.get(url)
    assert response.status_code == status
    html = response.content.decode()
    assert f"<h1>{words}</h1>" in html
    assert "Go to the start page" in html


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_error_pages_render_without_request_and_context(name):
    html = engines["django"].get_template(name).render()
    assert "<h1>" in html
    assert 'class="btn primary" href="/"' in html
    assert "viewflow/viewflow.css" in html


def test_server_error_page_survives_a_manifest_without_our_files(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    html = engines["django"].get_template("500.html").render()
    assert "viewflow/viewflow.css" in html


@pytest.mark.django_db
def test_lockscreen_asks_nothing_of_the_database(client, django_assert_num_queries):
    request = client.get("/plain/").wsgi_request
    source = "{% extends 'viewflow/base_lockscreen.html' %}"
    with django_assert_num_queries(0):
        html = engines["django"].from_string(source).render({}, request)
    assert "<h1>Forno</h1>" in html


@pytest.mark.django_db
def test_frame_asks_only_for_session_and_person(client, django_assert_num_queries):
    client.force_login(User.objects.create_user("marta"))
    html_of(client, "/kitchen/rows/")
    with django_assert_num_queries(2):
        html_of(client, "/kitchen/rows/")


def test_frame_works_without_messages_and_user(rf):
    """A request that met no middleware at all."""
    html = engines["django"].get_template("viewflow/base_lockscreen.html").render({}, rf.get("/"))
    assert '<div class="solo">' in html


def test_request_factory_page_outside_any_site():
    request = RequestFactory().get("/x/")
    request.user = AnonymousUser()
    html = engines["django"].get_template("viewflow/base_page.html").render({}, request)
    assert '<main class="page" id="main">' in html


PARENT = (
    "{% load viewflow_shell %}{% frame %}<{% block a %}a{% block b %}b{% endblock %}{% endblock %}"
    "{% block c %}{% endblock %}>{% endframe %}"
)


@pytest.mark.parametrize(
    ("child", "expected"),
    [
        ("", "<ab>"),
        ("{% block b %}B{% endblock %}", "<aB>"),
        ("{% block a %}A{{ block.super }}{% endblock %}", "<Aab>"),
        ("{% block a %}A{{ block.super }}{% endblock %}{% block b %}B{% endblock %}", "<AaB>"),
        ("{% block b %}{{ block.super }}{{ block.super }}{% endblock %}", "<abb>"),
        ("{% block c %}{% block d %}d{% endblock %}{% endblock %}", "<abd>"),
        ("{% block c %}{{ block.name }}{% endblock %}", "<abc>"),
    ],
)
@pytest.mark.parametrize("ways", [1, 2])
def test_blocks_of_the_frame_are_filled_as_everywhere(tmp_path, child, expected, ways):
    (tmp_path / "parent.html").write_text(PARENT)
    (tmp_path / "middle.html").write_text("{% extends 'parent.html' %}")
    engine = Engine(dirs=[tmp_path], libraries={"viewflow_shell": SHELL_TAGS})
    parent = "parent.html" if ways == 1 else "middle.html"
    page = engine.from_string(f"{{% extends '{parent}' %}}{child}")
    assert [page.render(Context({})) for _ in range(2)] == [expected] * 2
    assert engine.get_template("parent.html").render(Context({})) == "<ab>"


def test_the_language_of_the_settings_is_that_of_the_page(client, settings):
    """Also where no middleware chooses one."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Locale" not in name]
    for language in ("en", "de", "en"):
        settings.LANGUAGE_CODE = language
        assert f'lang="{language}"' in client.get("/kitchen/", follow=True).content.decode()
        assert translation.get_language() == language
