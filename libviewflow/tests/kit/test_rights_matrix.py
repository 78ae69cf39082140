"""Every person on every URL of the kit: nothing is reached, shown or changed without its right.

The URLs are not listed here: they are found by walking the URL configuration, and a page that this
file has no rule for fails it. Each request is rolled back, so all of them meet the same rows.
"""

from __future__ import annotations

import base64
import logging
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from dash import html
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.urls.resolvers import RoutePattern

from tests.hostile.flows import OrderFlow
from viewflow.contrib.admin import Admin
from viewflow.contrib.import_export import ExportViewsetMixin, ImportViewsetMixin
from viewflow.contrib.plotly import Dashboard as DashDashboard
from viewflow.dashboard import BarChart, Dashboard, Figure
from viewflow.urls import (
    Application,
    DeleteViewMixin,
    DetailViewMixin,
    ModelViewset,
    ReadonlyModelViewset,
    Site,
)
from viewflow.urls.resolver import ViewsetResolver
from viewflow.workflow.flow import FlowAppViewset

from .models import Customer, District, Tag

pytestmark = pytest.mark.django_db

CUSTOMER = {f"kit.{right}_customer" for right in ("view", "add", "change", "delete")}

#: Who knocks, with the permissions for whole models; "owner" has those for one row.
ROLES: dict[str, set[str] | None] = {
    "anonymous": None,
    "plain": set(),
    "viewer": {"kit.view_customer", "kit.view_district"},
    "editor": CUSTOMER,
    "owner": set(),
    "staff": set(),
    "superuser": {*CUSTOMER, "kit.view_district", "auth.view_group", "kit.view_courier"},
}


class OwnersBackend:
    """People hold every right to the customer of their own name."""

    def authenticate(self, request, **credentials):
        return None

    def has_perm(self, user, perm, obj=None):
        return user.is_active and getattr(obj, "name", None) == user.username


# The site: every mixin, containers of every kind around them


class Everything(
    ImportViewsetMixin, ExportViewsetMixin, DetailViewMixin, DeleteViewMixin, ModelViewset
):
    model = Customer
    list_columns = ("name", "email")
    list_search_fields = ["email"]
    list_filter_fields = ["kind"]

    # What the tests expect, beside the permissions: rows of the scope, rights to a row.
    def expect_scope(self, person, row):
        return True

    def expect_right(self, person, right, row):
        return f"kit.{right}_customer" in person.perms or (
            row is not None and row.name == person.role
        )


class Scoped(Everything):
    """Customers of one district: the others do not exist here."""

    app_name = "scoped"

    def get_queryset(self, request):
        return Customer.objects.filter(district__name="Mitte")

    def expect_scope(self, person, row):
        return row.district_id is not None


class Own(Everything):
    """Everybody has a list of their own rows."""

    app_name = "own"

    def get_queryset(self, request):
        return Customer.objects.filter(name=request.user.username)

    def _mine(self, user, obj):
        return user.is_authenticated and (obj is None or obj.name == user.username)

    def has_view_permission(self, user, obj=None):
        return self._mine(user, obj)

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, user):
        return False

    def has_import_permission(self, user):
        return False

    def expect_scope(self, person, row):
        return row.name == person.role

    def expect_right(self, person, right, row):
        return right != "add" and (row is None or row.name == person.role)


class Careful(Everything):
    """Whatever a person may do elsewhere: invoices are not touched, and leave the house in no file."""

    app_name = "careful"

    def has_change_permission(self, user, obj=None):
        return super().has_change_permission(user, obj) and not (obj and obj.kind == "INV")

    def has_delete_permission(self, user, obj=None):
        return super().has_delete_permission(user, obj) and not (obj and obj.kind == "INV")

    def expect_right(self, person, right, row):
        if right in ("change", "delete") and row is not None and row.kind == "INV":
            return False
        return super().expect_right(person, right, row)


def own_rows(request):
    return Customer.objects.filter(name=request.user.username)


class Board(Dashboard):
    """Emails of the rows as labels: what a person may not see would be on the page."""

    panels = [
        Figure("Customers", Customer),
        BarChart("Emails", Customer, by="email"),
        BarChart("Own", own_rows, by="email", permission=None),
    ]


dash = DashDashboard(app_name="dash", title="Dash", permission="kit.view_customer")
dash.layout = lambda: html.Ul(
    [html.Li(email) for email in Customer.objects.values_list("email", flat=True)]
)


class Read(ReadonlyModelViewset):
    model = District

    def expect_scope(self, person, row):
        return True

    def expect_right(self, person, right, row):
        return "kit.view_district" in person.perms


site = Site(
    title="Shop",
    viewsets=[
        Application(app_name="open", viewsets=[Everything(), Scoped(), Own(), Careful(), Read()]),
        Application(app_name="closed", permission="auth.view_group", viewsets=[Everything()]),
        Application(
            app_name="house", permission=lambda user: user.is_staff, viewsets=[Everything()]
        ),
        Site(
            app_name="inner",
            permission="kit.view_courier",
            viewsets=[Application(app_name="deep", viewsets=[Everything()])],
        ),
        FlowAppViewset(OrderFlow, app_name="order"),
        Board(app_name="board"),
        Board(app_name="closed_board", permission="auth.view_group"),
        dash,
        Application(app_name="office", permission="auth.view_group", viewsets=[Admin()]),
    ],
)
CLOSED = {
    "closed": lambda person: "auth.view_group" in person.perms,
    "closed_board": lambda person: "auth.view_group" in person.perms,
    "dash": lambda person: "kit.view_customer" in person.perms,
    "office": lambda person: "auth.view_group" in person.perms,
    "house": lambda person: person.role in ("staff", "superuser"),
    "inner": lambda person: "kit.view_courier" in person.perms,
}

urlpatterns = [path("alone/", Everything(app_name="alone").urls), path("", site.urls)]


# The URLs


@dataclass(frozen=True)
class Page:
    """One URL, and the viewset that it belongs to."""

    name: str
    route: str
    viewset: Any
    parameters: tuple[str, ...]

    @property
    def page(self) -> str:
        return self.name.rpartition(":")[2]

    @property
    def space(self) -> str:
        return self.name.partition(":")[0]

    @property
    def of_model(self) -> bool:
        return hasattr(self.viewset, "expect_right")


def walk(resolver, route="/", names=(), viewset=None) -> Iterator[Page]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            space = (*names, pattern.namespace) if pattern.namespace else names
            inside = pattern.viewset if isinstance(pattern, ViewsetResolver) else viewset
            yield from walk(pattern, route + str(pattern.pattern), space, inside)
        elif isinstance(pattern, URLPattern) and isinstance(pattern.pattern, RoutePattern):
            yield Page(
                ":".join([*names, pattern.name or "old_change"]),
                route + str(pattern.pattern),
                viewset,
                tuple(pattern.pattern.converters),
            )


PAGES = sorted(walk(get_resolver(__name__)), key=lambda page: page.name)

#: Pages of a model: the right that each needs, and whether it is about one row or ticked ones.
RULES = {
    "index": ("view", ""),
    "list": ("view", ""),
    "add": ("add", ""),
    "import": ("add", ""),
    "export": ("view", "many"),
    "bulk_delete": ("delete", "many"),
    "detail": ("view", "one"),
    "change": ("change", "one"),
    "delete": ("delete", "one"),
}
HALLS = {"index", "site_preferences", "site_theme", "site_speculation"}


@dataclass
class Person:
    role: str
    perms: set[str]
    client: Client


@pytest.fixture
def world(settings):
    settings.ROOT_URLCONF = __name__
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend",
        f"{__name__}.OwnersBackend",
    ]
    logging.disable(logging.CRITICAL)
    yield World()
    logging.disable(logging.NOTSET)


class World:
    def __init__(self):
        mitte = District.objects.create(name="Mitte")
        self.district = mitte
        self.tag = Tag.objects.create(name="late")
        self.rows = [
            Customer.objects.create(name=name, kind=kind, district=district, email=email)
            for name, kind, district, email in [
                ("owner", "REG", mitte, "marker-own@x.example"),
                ("Other", "NEW", mitte, "marker-other@x.example"),
                ("Bill", "INV", mitte, "marker-bill@x.example"),
                ("Far", "NEW", None, "marker-far@x.example"),
            ]
        ]
        self.people = [self._person(role, perms) for role, perms in ROLES.items()]

    def _person(self, role, perms):
        client = Client()
        if perms is not None:
            user = get_user_model().objects.create_user(
                role, is_staff=role in ("staff", "superuser"), is_superuser=role == "superuser"
            )
            for perm in perms:
                label, codename = perm.split(".")
                user.user_permissions.add(
                    Permission.objects.get(content_type__app_label=label, codename=codename)
                )
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return Person(role, perms or set(), client)

    def state(self):
        return [list(model.objects.order_by("pk").values()) for model in (Customer, District)]

    def send(self, person, method, url, data=None):
        """The response, and whether rows changed; then all is as before."""
        before = self.state()
        with transaction.atomic():
            response = getattr(person.client, method)(url, data or {})
            if hasattr(response, "render") and not response.is_rendered:
                response.render()
            response.changed = self.state() != before
            transaction.set_rollback(True)
        return response


def outcome(response):
    if response.status_code == 302:
        return "login" if response.url.startswith("/accounts/login/") else "go"
    return {200: "ok", 403: "refused", 404: "missing", 405: "refused", 409: "ok"}[
        response.status_code
    ]


def entered(page, person):
    """May the person pass the applications and sites around the page?"""
    return CLOSED.get(page.space, lambda person: True)(person)


def expected(page, person, row):
    """What a GET, or a valid POST, of a page of a model comes to."""
    if not entered(page, person):
        return "refused"
    if person.role == "anonymous":
        return "login"
    right, about = RULES[page.page]
    may = page.viewset.expect_right
    if page.page == "import":
        allowed = page.viewset.app_name != "own" and (
            may(person, "add", None) or may(person, "change", None)
        )
        return "ok" if allowed else "refused"
    if about != "one":
        return "ok" if may(person, right, None) or also(page, person, right, None) else "refused"
    if not page.viewset.expect_scope(person, row):
        return (
            "missing" if may(person, right, None) or also(page, person, right, None) else "refused"
        )
    return "ok" if may(person, right, row) or also(page, person, right, row) else "refused"


def also(page, person, right, row):
    """Whoever may change an object may see it."""
    return right == "view" and page.viewset.expect_right(person, "change", row) and not isinstance(
        page.viewset, Read
    )  # fmt: skip


def address(page, row):
    return page.route.replace("<path:pk>", str(row.pk))


def leaks(world, page, person, response):
    """Markers of rows that this person could not see on any page of the viewset."""
    may_view = "kit.view_customer" in person.perms and entered(page, person)
    if isinstance(page.viewset, Board) and person.role != "anonymous":
        shown = {
            row.email
            for row in world.rows
            if may_view or (row.name == person.role and entered(page, person))
        }
    elif page.space == "dash":
        shown = {row.email for row in world.rows if may_view}
    elif page.viewset is None or not page.of_model or isinstance(page.viewset, Read):
        shown = set()
    else:
        shown = {
            row.email
            for row in world.rows
            if entered(page, person)
            and person.role != "anonymous"
            and page.viewset.expect_scope(person, row)
            and any(page.viewset.expect_right(person, r, row) for r in ("view", "change", "delete"))
        }
    text = response.content.decode("utf-8", "replace")
    return [row.email for row in world.rows if row.email in text and row.email not in shown]


def test_every_url_has_a_rule():
    assert len(PAGES) > 80
    assert len({page.name for page in PAGES}) > 80
    for page in PAGES:
        if page.of_model:
            assert page.page in RULES, page
        elif page.space not in ("order", "office"):
            assert page.page in HALLS or page.page.startswith("_dash-"), page
    assert {page.page for page in PAGES if page.of_model} == set(RULES)


def rows_for(world, page):
    if "pk" not in page.parameters:
        return [None]
    return [world.district] if isinstance(page.viewset, Read) else world.rows


MODEL_PAGES = [page for page in PAGES if page.of_model]


def test_each_person_reads_what_they_may_and_nothing_else(world):
    """B48 B64 B65 B68 B69 B72 B73 B464"""
    faults = []
    for page in MODEL_PAGES:
        about = RULES[page.page][1]
        for person in world.people:
            for row in rows_for(world, page):
                url = address(page, row) if row else page.route
                queries = ["", "?_search=marker&kind=INV"] if about != "one" else [""]
                for query in queries:
                    response = world.send(person, "get", url + query)
                    want, got = expected(page, person, row), outcome(response)
                    if want == "ok" and page.page == "bulk_delete":
                        want = "go"  # to the list, with a message: nothing was ticked
                    where = f"{person.role} GET {page.name} {row}"
                    if want != got:
                        faults.append(f"{where}: expected {want}, got {got}")
                    if response.changed:
                        faults.append(f"{where}: rows changed")
                    found = leaks(world, page, person, response)
                    faults += [f"{where}: shows {marker}" for marker in found]
    assert faults == []


def packed(text):
    content = base64.b64encode(zlib.compress(text.encode())).decode()
    return {"_confirm": "1", "content": content, "file_format": "csv"}


def writes(world, page):
    """``(row, data, touched)``: valid posts, and the rows that they are about."""
    form = {
        "name": "New",
        "kind": "NEW",
        "orders": "1",
        "spent": "1",
        "district": world.district.pk,
    }
    form |= {
        "vip": "true",
        "last_order": "2026-01-01",
        "joined": "2026-01-01 10:00",
        "tags": world.tag.pk,
    }
    about = RULES[page.page][1]
    if page.page == "add":
        yield None, form, []
    elif page.page == "import":
        yield None, packed(f"name,district\nNew,{world.district.pk}\n"), []
        for row in world.rows:
            yield None, packed(f"id,name\n{row.pk},Changed\n"), [row]
    elif about == "one":
        for row in rows_for(world, page):
            yield row, form if page.page == "change" else {}, [row]
    elif about == "many":
        confirm = {"_confirm": "1", "file_format": "csv"}
        for row in world.rows:
            yield None, {**confirm, "pk": [row.pk]}, [row]
        yield None, {**confirm, "pk": [row.pk for row in world.rows]}, world.rows
        yield None, {**confirm, "select_all": "1"}, world.rows
    else:
        yield None, form, []


def may_write(page, person, touched):
    """Is every row that the post would touch one that the person may touch?"""
    viewset, (right, about) = page.viewset, RULES[page.page]
    if expected(page, person, touched[0] if touched and about == "one" else None) != "ok":
        return False
    if page.page == "import":
        right = "change" if touched else "add"
    elif right == "view":
        return False  # reading changes nothing
    inside = [row for row in touched if viewset.expect_scope(person, row)]
    if page.page == "import" and len(inside) < len(touched):
        return False
    if about != "many" and not viewset.expect_right(
        person, right, None if not touched else touched[0]
    ):
        return False
    if touched and not inside:
        return False
    return all(viewset.expect_right(person, right, row) for row in inside)


def test_nothing_is_written_without_the_right(world):
    """B64 B65 B74 B102"""
    faults, written = [], 0
    for page in MODEL_PAGES:
        for person in world.people:
            for row, data, touched in writes(world, page):
                url = address(page, row) if row else page.route
                if page.page == "change" and row is not None and row.kind == "INV":
                    data = {**data, "kind": "INV"}
                response = world.send(person, "post", url, data)
                where = f"{person.role} POST {page.name} {row} {sorted(data)} {touched}"
                want = may_write(page, person, touched)
                if response.changed != want:
                    faults.append(
                        f"{where}: changed is {response.changed} ({response.status_code})"
                    )
                gate = expected(page, person, row)
                if gate in ("login", "refused") and outcome(response) != gate:
                    faults.append(f"{where}: expected {gate}, got {outcome(response)}")
                found = leaks(world, page, person, response)
                faults += [f"{where}: shows {marker}" for marker in found]
                written += response.changed
    assert faults == []
    assert written > 50


def test_files_hold_no_row_beyond_scope_and_rights(world):
    """B464"""
    for page in [page for page in MODEL_PAGES if page.page == "export"]:
        for person in world.people:
            if expected(page, person, None) != "ok":
                continue
            data = {"_confirm": "1", "file_format": "csv", "select_all": "1"}
            for query in ("", "?_search=marker"):
                text = world.send(person, "post", page.route + query, data).content.decode()
                found = {row.email for row in world.rows if row.email in text}
                assert found == {
                    row.email
                    for row in world.rows
                    if page.viewset.expect_scope(person, row)
                    and (
                        page.viewset.expect_right(person, "view", row)
                        or page.viewset.expect_right(person, "change", row)
                    )
                }, (page.name, person.role)


def test_halls_and_flows_show_no_rows_and_change_none(world):
    """B48; who may do what with tasks is tried by tests/hostile."""
    for page in [page for page in PAGES if not page.of_model]:
        url = page.route
        for name in page.parameters:
            for kind in ("int:", "path:", ""):
                url = url.replace(f"<{kind}{name}>", "999999")
        for person in world.people:
            for method in ("get", "post"):
                response = world.send(person, method, url)
                where = (person.role, method, page.name)
                assert not response.changed, where
                assert leaks(world, page, person, response) == [], where
                public = page.page.startswith("site_") or page.page == "index"
                if not entered(page, person) and not page.page.startswith("site_"):
                    assert response.status_code == 403, where
                elif person.role == "anonymous" and not public:
                    assert outcome(response) in ("login", "refused"), where
                elif person.role == "plain" and page.page in ("process_list", "dashboard"):
                    assert outcome(response) == "refused", where


def test_panels_and_dash_show_what_a_person_may_view(world):
    """B461; and the rest of the page is there for those who may."""
    boards = [page for page in PAGES if isinstance(page.viewset, Board)]
    assert len(boards) == 2
    for person in world.people:
        for page in boards:
            response = world.send(person, "get", page.route)
            if not entered(page, person):
                assert response.status_code == 403
            elif person.role == "anonymous":
                assert outcome(response) == "login"
            else:
                text = response.content.decode()
                may_view = "kit.view_customer" in person.perms
                for row in world.rows:
                    assert (row.email in text) == (may_view or row.name == person.role)
        layout = world.send(person, "get", "/dash/_dash-layout")
        assert layout.status_code == (200 if "kit.view_customer" in person.perms else 403)
        if layout.status_code == 200:
            assert world.rows[0].email in layout.content.decode()


def test_menus_name_only_what_a_person_may_enter(world):
    for person in world.people:
        if person.role == "anonymous":
            continue
        text = world.send(person, "get", "/open/own/").content.decode()
        for space in CLOSED:
            page = next(page for page in PAGES if page.space == space)
            assert (f'href="/{space}/' in text) == entered(page, person), (person.role, space)
        viewer = bool({"kit.view_customer"} & person.perms)
        assert ('href="/open/customer/"' in text) == viewer, person.role


def test_buttons_lead_nowhere_that_refuses(world):
    """Whatever a page offers as an action opens for the person who is offered it."""
    tried = 0
    for page in [page for page in MODEL_PAGES if page.page in ("index", "detail", "change")]:
        for person in world.people:
            for row in rows_for(world, page):
                if expected(page, person, row) != "ok":
                    continue
                response = world.send(person, "get", address(page, row) if row else page.route)
                context = response.context
                links = [action["url"] for action in context["page_actions"]]
                links += [context["change_url"]] if context.get("change_url") else []
                links += [action["url"] for action in context.get("object_actions") or ()]
                for url in links:
                    assert outcome(world.send(person, "get", url)) == "ok", (person.role, url)
                for action in context.get("bulk_actions") or ():
                    ticked = world.send(person, "post", action["url"], {"select_all": "1"})
                    assert outcome(ticked) == "ok", (person.role, action)
                tried += len(links)
    assert tried > 50
