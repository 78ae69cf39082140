"""A person's lists, whose statements and bars are kept: nobody sees what is old or another's."""

from __future__ import annotations

import gc
import json
import re
import threading
import weakref
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import ModuleType
from zoneinfo import ZoneInfo

import django_filters
import pytest
from django.contrib.auth.models import Permission
from django.core.paginator import Paginator
from django.db import connection, connections, models
from django.db.models.functions import Lower
from django.db.models.signals import post_init, pre_init
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import path
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from tests.workflow.models import LeanProcess, LeanTask
from viewflow import this
from viewflow.descriptors import viewprop
from viewflow.kept import KeptPage, _quicker
from viewflow.loading import QuickLoadingModel
from viewflow.templatetags.viewflow_shell import StillNode
from viewflow.urls import Site
from viewflow.views.paging import BoundedPaginator
from viewflow.workflow import flow
from viewflow.workflow.flow import FlowAppViewset, FlowViewset, WorkflowAppViewset, views
from viewflow.workflow.flow.views import UpdateProcessView, filters, standing
from viewflow.workflow.flow.views.listing import TaskListView
from viewflow.workflow.managers import TaskManager
from viewflow.workflow.models import Process, Task

from .conftest import User, client_of, make_user, text_of, url
from .guarded import ObjectBackend
from .models import Document, Errand, PizzaOrder, Review

pytestmark = pytest.mark.django_db

LISTS = ("inbox", "queue", "archive")


class StepsFlow(flow.Flow):
    """Has a step for everybody and one for those with a permission."""

    process_class = Errand

    start = flow.StartHandle(this.begin).Next(this.fork)
    fork = flow.Split().Next(this.work).Next(this.check)
    work = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.join)
    check = (
        flow.View(UpdateProcessView.as_view(fields=["note"]))
        .Permission("flowviews.change_document")
        .Next(this.join)
    )
    join = flow.Join().Next(this.end)
    end = flow.End()
    obsolete = flow.Obsolete()

    def begin(self, activation, note=""):
        activation.process.note = note


class _OneStep(flow.Flow):
    process_class = Errand

    start = flow.StartHandle().Next(this.work)
    work = flow.View(UpdateProcessView.as_view(fields=["note"])).Next(this.end)
    end = flow.End()


class Lane(_OneStep):
    """Its name begins the next one's."""


class LaneExtra(_OneStep):
    pass


class Lan_(_OneStep):
    """Its last letter stands for any other in LIKE."""


class LANE(_OneStep):
    """Differs from the first in nothing but case."""


class TextFlow(_OneStep):
    """Has a table of its own for its processes."""

    process_class = Review


class Hiding(TaskManager):
    """A project's own manager: hidden rows are not there."""

    def get_queryset(self):
        return super().get_queryset().exclude(external_task_id="hidden")


class ShownTask(Task):
    objects = Hiding()

    class Meta:
        proxy = True
        app_label = "flowviews"


class ShownFlow(_OneStep):
    task_class = ShownTask


class RowsFlow(_OneStep):
    """Keeps its rows in tables of its own."""

    process_class = LeanProcess
    task_class = LeanTask
    work = flow.View(UpdateProcessView.as_view(fields=["title"])).Next(this.end)


class OwnInbox(views.FlowInboxListView):
    """The ordinary inbox, of a class that tests can make others of."""


def mounted(settings, *viewsets):
    module = ModuleType("urls_of_this_test")
    site = Site(title="Test", viewsets=list(viewsets))
    module.urlpatterns = [
        path("accounts/login/", lambda request: HttpResponse("login"), name="login"),
        path("", site.urls),
    ]
    settings.ROOT_URLCONF = module


def at(flow_class=StepsFlow, name="steps", **kwargs):
    return FlowAppViewset(flow_class, app_name=name, **kwargs)


@pytest.fixture(autouse=True)
def urlconf(settings):
    mounted(settings, at())


@pytest.fixture(autouse=True)
def nothing_kept():
    for kept in (standing._pages, standing._headers):
        kept.clear()
    with translation.override("en"):  # whatever a middleware activates ends with the test
        yield


@pytest.fixture
def walter(db):
    return make_user("walter")


MOMENTS = iter(range(1, 10**6))


def tasks_of(flow_class=StepsFlow, node="work", count=1, owner=None, status=None):
    """Begin so many processes; return their tasks at ``node``, the oldest first."""
    rows = flow_class.task_class._base_manager
    found = []
    for _ in range(count):
        flow_class.start.run()
        task = rows.filter(flow_task=getattr(flow_class, node)).latest("pk")
        created = timezone.now() - timedelta(days=400) + timedelta(minutes=next(MOMENTS))
        status = status or ("ASSIGNED" if owner else "NEW")
        rows.filter(pk=task.pk).update(owner=owner, status=status, created=created)
        found.append(rows.get(pk=task.pk))
    return found


def keys(response):
    assert response.status_code == 200
    return [task.pk for task in response.context["object_list"]]


def pks(tasks):
    return [task.pk for task in tasks]


@contextmanager
def made_anew(monkeypatch):
    """Nothing is kept: querysets, filters, headers and bars are built for each page."""
    with monkeypatch.context() as patch:
        patch.setattr(standing.StandingListMixin, "_is_own", False)
        patch.setattr(StillNode, "render", lambda self, context: self.nodelist.render(context))
        yield


def html_of(response):
    return re.sub(
        r'(name="csrfmiddlewaretoken" value=|"X-CSRFToken": )"[^"]*"',
        "",
        re.sub(r"\s+", " ", response.content.decode()),
    )


def same_thrice(monkeypatch, client, address, query=None):
    """Ask twice with what is kept and once without; return the keys of the rows."""
    first, second = client.get(address, query), client.get(address, query)
    with made_anew(monkeypatch):
        slow = client.get(address, query)
    assert keys(first) == keys(second) == keys(slow)
    assert html_of(first) == html_of(second) == html_of(slow)
    return keys(first)


def is_kept(client, address):
    """Is the list read by a kept statement?"""
    client.get(address)
    return any(page is not None for page in standing._pages.values())


# whose list is it --------------------------------------------------------------------------------


def test_two_persons_lists_never_mix(vera, walter):
    mine = {
        vera: {
            "inbox": tasks_of(owner=vera, count=30),
            "archive": tasks_of(owner=vera, count=2, status="DONE"),
        },
        walter: {
            "inbox": tasks_of(owner=walter, count=3),
            "archive": tasks_of(owner=walter, count=27, status="DONE"),
        },
    }
    free = tasks_of(count=4)
    for _ in range(3):
        for person, other in ((vera, walter), (walter, vera)):
            client = client_of(person)
            for name in LISTS:
                wanted = mine[person].get(name, free)
                if name == "archive":
                    wanted = wanted[::-1]
                page = client.get(url(f"steps:{name}"))
                assert keys(page) == pks(wanted)[:25], (person, name)
                assert page.context["total"] == len(wanted)
                html = page.content.decode()
                assert '<nav class="pager"' in html
                last = min(len(wanted), 25)
                assert f"1 to {last} of {len(wanted)}" in text_of(page)
                assert ("page=2" in html) == (len(wanted) > 25)
                assert (f"all {len(wanted)}" in text_of(page)) == (
                    len(wanted) > 25 and name != "archive"
                )
                counts = dict(re.findall(r'data-count="(\w+)">(\d+)<', html))
                assert counts == {"inbox": str(len(mine[person]["inbox"])), "queue": "4"}
                assert other.username not in text_of(page)


def test_the_statement_is_kept_and_not_built_again(vera, monkeypatch):
    tasks = tasks_of(owner=vera, count=2)
    client = client_of(vera)
    assert is_kept(client, url("steps:inbox"))
    known = set(standing._pages)

    def build(self):
        raise AssertionError("built")

    monkeypatch.setattr(standing.StandingList, "queryset", property(build))
    assert keys(client.get(url("steps:inbox"))) == pks(tasks)
    assert set(standing._pages) == known
    assert len(standing._headers) == 1


def test_a_task_that_changes_hands_changes_lists_at_once(vera, walter):
    (task,) = tasks_of()
    clients = {vera: client_of(vera), walter: client_of(walter)}

    def where():
        return {
            (person.username, name)
            for person, client in clients.items()
            for name in LISTS
            if task.pk in keys(client.get(url(f"steps:{name}")))
        }

    assert where() == {("vera", "queue"), ("walter", "queue")}
    Task.objects.filter(pk=task.pk).update(owner=vera, status="ASSIGNED")
    assert where() == {("vera", "inbox")}
    Task.objects.filter(pk=task.pk).update(owner=walter)
    assert where() == {("walter", "inbox")}
    Task.objects.filter(pk=task.pk).update(status="DONE")
    assert where() == {("walter", "archive")}
    Task.objects.filter(pk=task.pk).update(status="CANCELED")
    assert where() == set()


def test_each_form_holds_the_token_of_its_own_page(vera, walter, settings):
    tasks_of(owner=vera)
    tasks_of(owner=walter)
    tasks_of()
    clients = [client_of(person, enforce_csrf_checks=True) for person in (vera, walter)]
    for _ in range(2):
        for client in clients:
            for name, action in (("inbox", "tasks_unassign"), ("queue", "tasks_assign")):
                page = client.get(url(f"steps:{name}"))
                form = page.content.decode().partition('id="list-bulk"')[2].partition("</form>")[0]
                (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
                data = {"pk": keys(page), "csrfmiddlewaretoken": token}
                assert client.post(url(f"steps:{action}"), data).status_code == 200
                other = next(one for one in clients if one is not client)
                other.get(url(f"steps:{name}"))
                assert other.post(url(f"steps:{action}"), data).status_code == 403


def test_the_filter_offers_each_person_the_steps_of_her_own_list(vera, walter):
    tasks_of(owner=vera)
    tasks_of(owner=walter, node="check")
    Task.objects.filter(owner=None).delete()
    for _ in range(2):
        for person, there, missing in ((vera, "work", "check"), (walter, "check", "work")):
            html = client_of(person).get(url("steps:inbox")).content.decode()
            assert f'<option value="{there}"' in html
            assert f'<option value="{missing}"' not in html


def test_an_archive_with_the_filter_of_an_inbox_offers_what_is_in_it(vera, walter, settings):
    class ShortArchive(views.FlowArchiveListView):
        filterset_class = filters.InboxFilter

    mounted(settings, at(archive_view_class=ShortArchive))
    tasks_of(owner=vera, status="DONE")
    tasks_of(owner=walter, node="check", status="DONE")
    for person, there, missing in ((vera, "work", "check"), (walter, "check", "work")):
        html = client_of(person).get(url("steps:archive")).content.decode()
        assert f'<option value="{there}"' in html
        assert f'<option value="{missing}"' not in html


def test_a_step_that_is_gone_keeps_one_filter_and_not_one_for_each_page(vera):
    from viewflow.views import filters as panels

    (task,) = tasks_of(owner=vera)
    gone = f"{StepsFlow}.gone"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE viewflow_task SET flow_task = %s WHERE id = %s", [gone, task.pk])
    client = client_of(vera)
    assert '<option value="gone"' in client.get(url("steps:inbox")).content.decode()
    known = set(panels._panels)
    assert '<option value="gone"' in client.get(url("steps:inbox")).content.decode()
    assert set(panels._panels) == known


# permissions -------------------------------------------------------------------------------------


def test_a_permission_opens_the_queue_and_its_loss_closes_it_at_once(vera):
    (task,) = tasks_of(node="check")
    (open_one,) = tasks_of(node="work")
    Task.objects.filter(status="NEW").exclude(pk__in=[task.pk, open_one.pk]).delete()
    client, address = client_of(vera), url("steps:queue")
    permission = Permission.objects.get(
        codename="change_document", content_type__app_label="flowviews"
    )
    for _ in range(2):
        assert keys(client.get(address)) == [open_one.pk]
        vera.user_permissions.add(permission)
        page = client.get(address)
        assert keys(page) == [task.pk, open_one.pk]
        assert page.context["total"] == 2
        vera.user_permissions.remove(permission)
        page = client.get(address)
        assert keys(page) == [open_one.pk]
        assert page.context["total"] == 1
        User.objects.filter(pk=vera.pk).update(is_superuser=True)
        assert keys(client.get(address)) == [task.pk, open_one.pk]
        User.objects.filter(pk=vera.pk).update(is_superuser=False)
        assert keys(client.get(address)) == [open_one.pk]
    User.objects.filter(pk=vera.pk).update(is_active=False)
    assert "/login/" in client.get(address)["Location"]


def test_persons_with_other_permissions_have_other_queues(vera, walter, boss):
    (task,) = tasks_of(node="check")
    Task.objects.filter(status="NEW").exclude(pk=task.pk).delete()
    editor = make_user("editor", "flowviews.change_document")
    reader = make_user("reader", "flowviews.view_document")
    for _ in range(2):
        for person in (vera, boss, walter, editor, reader):
            wanted = [task.pk] if person in (boss, editor) else []
            assert keys(client_of(person).get(url("steps:queue"))) == wanted, person


def test_what_a_backend_knows_of_objects_is_asked_each_time(vera, settings):
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend",
        "tests.flowviews.guarded.ObjectBackend",
    ]
    ObjectBackend.granted.clear()
    document = Document.objects.create(title="Menu")
    (task,) = tasks_of(node="check")
    Task.objects.filter(status="NEW").exclude(pk=task.pk).delete()
    task.owner_permission_obj = document
    task.save()
    client = client_of()
    client.force_login(vera, backend="django.contrib.auth.backends.ModelBackend")
    for _ in range(2):
        assert keys(client.get(url("steps:queue"))) == []
        ObjectBackend.grant(vera, "flowviews.change_document", document)
        assert keys(client.get(url("steps:queue"))) == [task.pk]
        ObjectBackend.granted.clear()


# languages and zones -----------------------------------------------------------------------------


def test_every_page_is_in_the_language_of_its_own_reader(vera, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]

    class Table(OwnInbox):
        columns = ("task_id", "task_title", "created")

    mounted(settings, at(inbox_view_class=Table))
    tasks_of(owner=vera, count=26)
    client = client_of(vera)
    words = {
        "en": ["Sort", "1 to 25 of 26", "Give back", "All steps", "Task"],
        "de": ["Sortieren", "1 bis 25 von 26", "Zurückgeben", "Alle Schritte", "Aufgabe"],
    }
    created = {}
    for language in words:
        with translation.override(language):
            created[language] = translation.gettext("Created")
    assert created["de"] != created["en"] == "Created"
    for language in ("en", "de", "en", "de", "en"):
        page = client.get(url("steps:inbox"), headers={"Accept-Language": language})
        assert page["Content-Language"] == language
        text = text_of(page, "main")
        assert [word for word in words[language] if word not in text] == []
        head = page.content.decode().partition("<thead")[2].partition("</thead>")[0]
        assert created[language] in head
        assert created[language] in page.content.decode().partition('id="list-sort"')[2]
        other = "1 bis 25 von" if language == "en" else "1 to 25 of"
        assert other not in text


def test_times_are_those_of_the_readers_zone(vera):
    (task,) = tasks_of(owner=vera)
    moment = datetime(2020, 6, 1, 12, 30, tzinfo=UTC)
    Task.objects.filter(pk=task.pk).update(created=moment)
    client = client_of(vera)
    for zone, hour in (
        ("UTC", "12:30"), ("Asia/Tokyo", "21:30"), ("America/New_York", "08:30"), ("UTC", "12:30"),
    ):  # fmt: skip
        with timezone.override(ZoneInfo(zone)):
            html = client.get(url("steps:inbox")).content.decode()
        assert f'title="2020-06-01 {hour}"' in html, zone


# what a project may override ---------------------------------------------------------------------


def wanted_by(request):
    """Which rows a project shows in answer to this request."""
    return request.headers.get("Term", "mine")


class NarrowQueryset(OwnInbox):
    @viewprop
    def queryset(self):
        return super().queryset.filter(external_task_id=wanted_by(self.request))


class AssignedQueryset(OwnInbox):
    def dispatch(self, request, *args, **kwargs):
        self.request = request
        self.queryset = self.queryset.filter(external_task_id=wanted_by(self.request))
        return super().dispatch(request, *args, **kwargs)


class NarrowGetQueryset(OwnInbox):
    def get_queryset(self):
        return super().get_queryset().filter(external_task_id=wanted_by(self.request))


class BehindMixin(TaskListView):
    def get_queryset(self):
        return super().get_queryset().filter(external_task_id=wanted_by(self.request))


class NarrowBehind(OwnInbox, BehindMixin):
    pass


class NarrowSearch(OwnInbox):
    search_fields = ("external_task_id",)

    def get_search_term(self):
        return super().get_search_term() or wanted_by(self.request)


class NarrowFilterQueryset(OwnInbox):
    def filter_queryset(self, queryset):
        return super().filter_queryset(queryset).filter(external_task_id=wanted_by(self.request))


class MineFilter(django_filters.FilterSet):
    external_task_id = django_filters.CharFilter()

    def filter_queryset(self, queryset):
        return super().filter_queryset(queryset).filter(external_task_id=wanted_by(self.request))


class NarrowFilterset(OwnInbox):
    filterset_class = MineFilter

    @property
    def filterset_initial(self):
        return {"external_task_id": wanted_by(self.request)}


class NarrowInitial(OwnInbox):
    @property
    def filterset_initial(self):
        mine = Task.objects.filter(external_task_id=wanted_by(self.request)).first()
        return {"process": str(mine.process_id)}


class PaginatorOfMine(BoundedPaginator):
    def __init__(self, object_list, *args, **kwargs):
        super().__init__(object_list.filter(external_task_id="mine"), *args, **kwargs)


class NarrowPaginatorClass(OwnInbox):
    paginator_class = PaginatorOfMine


class NarrowGetPaginator(OwnInbox):
    def get_paginator(self, queryset, per_page, **kwargs):
        kwargs.setdefault("allow_empty_first_page", True)
        return Paginator(queryset.filter(external_task_id=wanted_by(self.request)), per_page)


NARROW = [
    NarrowQueryset, AssignedQueryset, NarrowGetQueryset, NarrowBehind, NarrowSearch,
    NarrowFilterQueryset, NarrowFilterset, NarrowInitial, NarrowPaginatorClass, NarrowGetPaginator,
]  # fmt: skip


@pytest.mark.parametrize("view", NARROW)
def test_rows_that_a_project_hides_stay_hidden(view, vera, settings):
    mounted(settings, at(inbox_view_class=view), at(name="plain", inbox_view_class=OwnInbox))
    all_of_them = tasks_of(owner=vera, count=3)
    mine = all_of_them[1]
    Task.objects.filter(pk=mine.pk).update(external_task_id="mine")
    client = client_of(vera)
    for _ in range(2):
        assert keys(client.get(url("steps:inbox"))) == [mine.pk]
        assert keys(client.get(url("plain:inbox"))) == pks(all_of_them)
    # There are more of them when the same is asked again.
    Task.objects.filter(pk=all_of_them[0].pk).update(external_task_id="mine")
    if view is not NarrowInitial:
        assert keys(client.get(url("steps:inbox"))) == pks(all_of_them[:2])


@pytest.mark.parametrize("view", [view for view in NARROW if view is not NarrowPaginatorClass])
def test_what_a_project_decides_for_each_request_is_not_kept(view, vera, settings):
    mounted(settings, at(inbox_view_class=view))
    a, b = tasks_of(owner=vera, count=2)
    for task, name in ((a, "a"), (b, "b")):
        Task.objects.filter(pk=task.pk).update(external_task_id=name)
    client = client_of(vera)
    for term, wanted in (("a", a), ("b", b), ("a", a)):
        assert keys(client.get(url("steps:inbox"), headers={"Term": term})) == [wanted.pk]


def test_a_queryset_given_to_the_view_is_the_list(vera, settings):
    class App(FlowAppViewset):
        def get_inbox_view_kwargs(self, **kwargs):
            rows = Task.objects.filter(external_task_id="mine")
            return super().get_inbox_view_kwargs(queryset=rows, **kwargs)

    mounted(settings, App(StepsFlow, app_name="steps"))
    _, mine = tasks_of(owner=vera, count=2)
    Task.objects.filter(pk=mine.pk).update(external_task_id="mine")
    client = client_of(vera)
    for _ in range(2):
        assert keys(client.get(url("steps:inbox"))) == [mine.pk]


def test_a_class_changed_while_it_runs_is_seen(vera, settings, monkeypatch):
    class Plain(OwnInbox):
        pass

    mounted(settings, at(inbox_view_class=Plain))
    a, b = tasks_of(owner=vera, count=2)
    client = client_of(vera)
    assert keys(client.get(url("steps:inbox"))) == [a.pk, b.pk]
    rows = Task.objects.filter(pk=b.pk)
    monkeypatch.setattr(Plain, "queryset", property(lambda self: rows), raising=False)
    assert keys(client.get(url("steps:inbox"))) == [b.pk]


@pytest.mark.parametrize(
    "ordering",
    [("-created",), "-pk", ("external_task_id", "-pk"), (Lower("external_task_id"),), ()],
)
def test_a_list_comes_in_the_order_of_the_project(ordering, vera, settings, monkeypatch):
    class Ordered(OwnInbox):
        pass

    Ordered.ordering = ordering
    mounted(settings, at(inbox_view_class=Ordered), at(name="plain", inbox_view_class=OwnInbox))
    tasks = tasks_of(owner=vera, count=3)
    for task, name in zip(tasks, ("b", "C", "a"), strict=True):
        Task.objects.filter(pk=task.pk).update(external_task_id=name)
    rows = Task.objects.filter(owner=vera)
    # Without an order of its own a list has that of the model.
    wanted = rows.order_by(*([ordering] if isinstance(ordering, str) else ordering or ["-created"]))
    client = client_of(vera)
    assert keys(client.get(url("plain:inbox"))) == pks(tasks)
    assert same_thrice(monkeypatch, client, url("steps:inbox")) == pks(wanted)
    assert keys(client.get(url("plain:inbox"))) == pks(tasks)


def test_an_order_that_each_person_chooses_is_her_own(vera, walter, settings):
    class Chosen(OwnInbox):
        columns = ("task_id", "created")

        @property
        def ordering(self):
            return ["-created"] if self.request.user.username == "vera" else ["created"]

    mounted(settings, at(inbox_view_class=Chosen))
    hers, his = tasks_of(owner=vera, count=3), tasks_of(owner=walter, count=3)
    for _ in range(2):
        page = client_of(vera).get(url("steps:inbox"))
        assert keys(page) == pks(hers)[::-1]
        assert 'aria-sort="descending"' in page.content.decode()
        page = client_of(walter).get(url("steps:inbox"))
        assert keys(page) == pks(his)
        assert 'aria-sort="ascending"' in page.content.decode()


def test_columns_of_a_project_make_its_own_table(vera, settings, monkeypatch):
    class Table(OwnInbox):
        columns = ("task_id", "process", "owner", "shout")

        def shout(self, task):
            return f"{task.process.coerced.note}!"

        shout.short_description = "Loud"

    mounted(settings, at(inbox_view_class=Table), at(name="plain"))
    tasks = tasks_of(owner=vera, count=2)
    for task in tasks:
        process = task.process.coerced
        process.note = f"note {task.pk}"
        process.save()
    client = client_of(vera)
    client.get(url("plain:inbox"))
    assert same_thrice(monkeypatch, client, url("steps:inbox")) == pks(tasks)
    text = text_of(client.get(url("steps:inbox")), "main")
    assert "Loud" in text
    assert all(f"note {task.pk}!" in text for task in tasks)


def test_columns_that_depend_on_the_person_are_hers(vera, boss, settings):
    class Table(OwnInbox):
        @property
        def columns(self):
            return ("task_id", "created") if self.request.user.is_superuser else ("task_id",)

    mounted(settings, at(inbox_view_class=Table))
    tasks_of(owner=vera)
    tasks_of(owner=boss)
    for _ in range(2):
        for person, wanted in ((vera, ["#"]), (boss, ["#", "Created"])):
            page = client_of(person).get(url("steps:inbox"))
            assert [header["label"] for header in page.context["headers"]] == wanted


def test_headers_are_those_of_the_table_and_of_the_mount(vera, settings):
    class Table(OwnInbox):
        columns = ("task_id", "process")

    class Sorted(FlowAppViewset):
        def get_inbox_view_kwargs(self, **kwargs):
            return super().get_inbox_view_kwargs(ordering_kwarg="sort", **kwargs)

    class Other(LeanTask):
        class Meta:
            proxy = True
            app_label = "flowviews"

    mounted(
        settings,
        FlowAppViewset(StepsFlow, app_name="steps", inbox_view_class=Table),
        FlowAppViewset(RowsFlow, app_name="rows", inbox_view_class=Table),
        Sorted(StepsFlow, app_name="sorted", inbox_view_class=Table),
    )
    tasks_of(owner=vera)
    tasks_of(RowsFlow, owner=vera)
    client = client_of(vera)

    def urls(name):
        return [header.get("url") for header in client.get(url(name)).context["headers"]]

    field = LeanTask._meta.get_field("process")
    before, field.verbose_name = field.verbose_name, "Run"
    try:
        for _ in range(2):
            labels = [h["label"] for h in client.get(url("steps:inbox")).context["headers"]]
            assert labels == ["#", "Process"]
            labels = [h["label"] for h in client.get(url("rows:inbox")).context["headers"]]
            assert labels == ["#", "Run"]
            assert urls("steps:inbox")[0].startswith("?_orderby=")
            assert urls("sorted:inbox")[0].startswith("?sort=")
    finally:
        field.verbose_name = before


def test_what_a_project_does_with_the_context_is_not_kept(vera, boss, settings):
    class Changing(OwnInbox):
        columns = ("task_id", "created")

        def get_context_data(self, **kwargs):
            context = super().get_context_data(**kwargs)
            context["headers"].append({"attrs": "", "html": "One more"})
            context["headers"][0]["html"] += "+"
            context["sort_links"].pop()
            context["filter_chips"].append(
                {"label": "Of", "value": self.request.user.username, "url": "?"}
            )
            if self.request.user.is_superuser:
                action = {"name": "Burn", "icon": "x", "url": "/burn/", "danger": True}
                context["bulk_actions"].append(action)
            context["mine"] = self.object_list.count()
            context["again"] = pks(Task.objects.filter(pk__in=self.object_list))
            return context

    mounted(settings, at(inbox_view_class=Changing))
    for person in (vera, boss):
        tasks_of(owner=person, count=2)
    for _ in range(2):
        for person in (vera, boss):
            page = client_of(person).get(url("steps:inbox"))
            html = page.content.decode()
            assert html.count("One more") == 1
            assert page.context["headers"][0]["html"].count("+") == 1
            assert len(page.context["headers"]) == 3
            assert ("/burn/" in html) == (person is boss)
            assert f"Of: <b>{person.username}</b>" in html
            assert page.context["mine"] == 2
            assert sorted(page.context["again"]) == keys(page)


def test_a_page_size_that_each_person_chooses_is_her_own(vera, walter, settings):
    class Sized(OwnInbox):
        def get_paginate_by(self, queryset):
            return 2 if self.request.user.username == "vera" else 50

    mounted(settings, at(inbox_view_class=Sized))
    hers, his = tasks_of(owner=vera, count=3), tasks_of(owner=walter, count=3)
    for _ in range(2):
        page = client_of(vera).get(url("steps:inbox"))
        assert keys(page) == pks(hers[:2])
        assert "all 3" in text_of(page)
        page = client_of(walter).get(url("steps:inbox"))
        assert keys(page) == pks(his)
        assert "all 3" not in text_of(page), "there is no other page"


def test_a_list_without_pages_shows_all_rows(vera, settings, monkeypatch):
    class Whole(OwnInbox):
        paginate_by = None

    mounted(settings, at(inbox_view_class=Whole))
    tasks = tasks_of(owner=vera, count=30)
    assert same_thrice(monkeypatch, client_of(vera), url("steps:inbox")) == pks(tasks)


def test_a_project_may_have_djangos_own_paginator(vera, settings):
    class Counting(Paginator):
        ELLIPSIS = "etc."

        def get_elided_page_range(self, *args, **kwargs):
            yield from (1, self.ELLIPSIS)

    class Paged(OwnInbox):
        paginate_by = 2
        paginator_class = Counting

    class Small(OwnInbox):
        paginate_by = 2

    class Louder(Small):
        def get_pager(self, page):
            return {**super().get_pager(page), "count": "very many"}

    mounted(
        settings,
        at(name="small", inbox_view_class=Small),
        at(name="paged", inbox_view_class=Paged),
        at(name="louder", inbox_view_class=Louder),
    )
    tasks = tasks_of(owner=vera, count=5)
    client = client_of(vera)
    for _ in range(2):
        for name, there in (
            ("small", "1 to 2 of 5"), ("paged", "etc."), ("louder", "of very many"),
        ):  # fmt: skip
            page = client.get(url(f"{name}:inbox"))
            assert keys(page) == pks(tasks[:2])
            assert there in text_of(page)
            assert ("etc." in text_of(page)) == (name == "paged")
        assert keys(client.get(url("paged:inbox"), {"page": 3})) == pks(tasks[4:])


def test_a_list_without_a_filter_has_all_rows(vera, settings, monkeypatch):
    class Bare(OwnInbox):
        filterset_class = None

    mounted(settings, at(inbox_view_class=Bare), at(name="plain"))
    tasks = tasks_of(owner=vera, count=2)
    client = client_of(vera)
    assert 'id="list-filter"' in client.get(url("plain:inbox")).content.decode()
    assert same_thrice(monkeypatch, client, url("steps:inbox")) == pks(tasks)
    assert 'id="list-filter"' not in client.get(url("steps:inbox")).content.decode()


def test_a_viewset_that_narrows_the_filter_is_asked_each_time(vera, settings):
    class App(FlowAppViewset):
        def get_filterset_kwargs(self, request):
            return {"queryset": Task.objects.filter(external_task_id="mine"), "data": {"x": "y"}}

    mounted(settings, App(StepsFlow, app_name="steps"), at(name="plain"))
    tasks = tasks_of(owner=vera, count=2)
    client = client_of(vera)
    for _ in range(2):
        assert keys(client.get(url("plain:inbox"))) == pks(tasks)
        page = client.get(url("steps:inbox"))
        assert not page.context["view"]._is_own
        assert page.context["filterset"].queryset.count() == 0


@pytest.mark.parametrize("fields", [("external_task_id",), None])
def test_search_looks_where_the_project_says(fields, vera, settings, monkeypatch):
    class Searched(OwnInbox):
        search_fields = fields
        search_placeholder = "Look here"

    mounted(settings, at(inbox_view_class=Searched), at(name="plain"))
    tasks = tasks_of(owner=vera, count=3)
    Task.objects.filter(pk=tasks[0].pk).update(external_task_id="xyz")
    client = client_of(vera)
    for _ in range(2):
        assert 'placeholder="Search tasks"' in client.get(url("plain:inbox")).content.decode()
        html = client.get(url("steps:inbox")).content.decode()
        assert ('placeholder="Look here"' in html) == bool(fields)
    assert same_thrice(monkeypatch, client, url("steps:inbox")) == pks(tasks)
    wanted = pks(tasks[:1]) if fields else pks(tasks)
    found = same_thrice(monkeypatch, client, url("steps:inbox"), {"_search": "xyz"})
    assert found == wanted


def test_rows_that_a_manager_hides_stay_hidden(vera, settings, boss):
    mounted(settings, at(ShownFlow))
    shown, hidden = tasks_of(ShownFlow, owner=vera, count=2)
    free, hidden_too = tasks_of(ShownFlow, count=2)
    hide = [hidden.pk, hidden_too.pk]
    Task.objects.filter(pk__in=hide).update(external_task_id="hidden")
    for _ in range(2):
        assert keys(client_of(vera).get(url("steps:inbox"))) == [shown.pk]
        assert keys(client_of(boss).get(url("steps:queue"))) == [free.pk]
    Task.objects.filter(pk=shown.pk).update(external_task_id="hidden")
    assert keys(client_of(vera).get(url("steps:inbox"))) == []


# what the URL says -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "query",
    [
        {}, {"page": 1}, {"page": 2}, {"page": "last"}, {"_orderby": "-created"},
        {"_orderby": "task_id"}, {"_orderby": "nothing"}, {"_search": "note 1"}, {"_search": ""},
        {"flow_task": "check"}, {"flow_task": ""}, {"flow_task": "nothing"}, {"process": ""},
        {"flow_task": "", "process": "", "created_min": "", "created_max": ""},
        {"created_after": "2019-01-01"}, {"unknown": "1"}, {"unknown": ""},
        {"page": 2, "_orderby": "-created", "created_after": "2019-01-01"},
    ],
)  # fmt: skip
def test_a_list_asked_by_url_is_the_one_that_is_made_anew(name, query, vera, monkeypatch):
    status = {"inbox": "ASSIGNED", "queue": "NEW", "archive": "DONE"}[name]
    owner = None if name == "queue" else vera
    make_all_of = Task.objects.filter(flow_task_type="HUMAN")
    for number in range(16):
        StepsFlow.start.run(note=f"note {number}")
    first = timezone.now() - timedelta(days=40)
    for number, task in enumerate(make_all_of.order_by("pk")):
        created = first + timedelta(minutes=number)
        Task.objects.filter(pk=task.pk).update(
            owner=owner, status=status, created=created, owner_permission=None
        )
    client = client_of(vera)
    address = url(f"steps:{name}")
    assert len(keys(client.get(address))) == 25
    found = same_thrice(monkeypatch, client, address, query)
    if query.get("page", 1) != 1:
        assert len(found) == 7
    if query.get("flow_task") == "check":
        assert len(found) == 16


def test_the_first_page_is_what_the_url_asks_for_even_before_anything_is_kept(vera):
    hers = tasks_of(owner=vera, count=30)
    client = client_of(vera)
    assert keys(client.get(url("steps:inbox"), {"page": 2})) == pks(hers[25:])
    assert keys(client.get(url("steps:inbox"), {"x": "1"})) == pks(hers[:25])
    assert keys(client.get(url("steps:inbox"))) == pks(hers[:25])


# flows and mounts --------------------------------------------------------------------------------


def test_each_mount_of_a_flow_leads_to_itself(vera, settings):
    mounted(settings, at(name="one"), at(name="two"))
    tasks_of(owner=vera, count=26)
    client = client_of(vera)
    for _ in range(2):
        for name, other in (("one", "two"), ("two", "one")):
            page = client.get(url(f"{name}:inbox"))
            html = page.content.decode()
            main = html[html.index("<main") : html.index("</main>")]
            assert f'hx-get="/{name}/inbox/"' in main
            assert f'formaction="/{name}/inbox/unassign/"' in main
            assert f'href="/{name}/' in main
            assert f"/{other}/" not in main


def test_flows_of_an_application_have_their_own_lists_and_a_common_one(vera, settings, monkeypatch):
    mounted(
        settings,
        WorkflowAppViewset(
            flow_viewsets=[FlowViewset(StepsFlow), FlowViewset(TextFlow), FlowViewset(Lane)]
        ),
        at(),
        at(TextFlow, "text"),
    )
    steps, text = tasks_of(owner=vera), tasks_of(TextFlow, owner=vera, count=2)
    lane, other = tasks_of(Lane, owner=vera), tasks_of(LaneExtra, owner=vera)
    Review.objects.update(text="A menu")
    client = client_of(vera)
    for _ in range(2):
        assert same_thrice(monkeypatch, client, url("steps:inbox")) == pks(steps)
        assert same_thrice(monkeypatch, client, url("text:inbox")) == pks(text)
        common = same_thrice(monkeypatch, client, url("workflow:inbox"))
        assert common == pks([*steps, *text, *lane])
    assert other[0].pk not in common
    with CaptureQueriesContext(connection) as queries:
        page = client.get(url("workflow:inbox"))
    assert "A menu" in text_of(page)
    assert sum("viewflow_process" in q["sql"] for q in queries) == 1, "read with the tasks"


@pytest.mark.parametrize("narrowed", [{}, {"x": "1"}])
def test_flows_with_similar_names_do_not_see_each_others_tasks(narrowed, vera, settings):
    flows = {"lane": Lane, "extra": LaneExtra, "any": Lan_}
    if connection.vendor in ("sqlite", "postgresql"):  # elsewhere no column tells a from A
        flows["loud"] = LANE
    mounted(settings, *[at(flow_class, name) for name, flow_class in flows.items()])
    hers = {name: tasks_of(one, owner=vera) for name, one in flows.items()}
    free = {name: tasks_of(one, count=2) for name, one in flows.items()}
    done = {name: tasks_of(one, owner=vera, status="DONE") for name, one in flows.items()}
    client = client_of(vera)
    for name in flows:
        page = client.get(url(f"{name}:inbox"), narrowed)
        assert keys(page) == pks(hers[name])
        assert page.context["user_inbox"].count() == 1
        assert page.context["user_queue"].count() == 2
        assert keys(client.get(url(f"{name}:queue"), narrowed)) == pks(free[name])
        assert keys(client.get(url(f"{name}:archive"), narrowed)) == pks(done[name])


def test_a_name_with_signs_of_a_pattern_is_itself():
    task = tasks_of(Lane)[0]
    rows = Task.objects.filter(pk=task.pk)
    for strange in ("%", "_", "*", "?", "[a-z]", "\\", "!"):
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE viewflow_task SET flow_task = %s WHERE id = %s", [f"{strange}.x", task.pk]
            )
        assert rows.filter(flow_task__begins=f"{strange}.").exists(), strange
        assert rows.filter(flow_task__begins=strange).exists(), strange
        for other in "%_*?[]\\!":
            if other != strange[0]:
                assert not rows.filter(flow_task__begins=f"{other}.").exists(), (strange, other)


# the person --------------------------------------------------------------------------------------


def test_a_person_whom_a_middleware_puts_in_is_the_one_whose_list_it_is(vera, walter, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.impersonate"]
    hers, his = tasks_of(owner=vera), tasks_of(owner=walter, count=2)
    client = client_of(vera)
    for _ in range(2):
        assert keys(client.get(url("steps:inbox"))) == pks(hers)
        page = client.get(url("steps:inbox"), headers={"As": "walter"})
        assert keys(page) == pks(his)
        assert page.context["request"].user == walter
        assert page.context["user_inbox"].count() == 2


def impersonate(get_response):
    def middleware(request):
        name = request.headers.get("As")
        if name:
            request.user = SimpleLazyObject(lambda: User.objects.get(username=name))
        return get_response(request)

    return middleware


# the pieces --------------------------------------------------------------------------------------


def test_a_view_that_stands_alone_serves_each_person(vera, walter):
    view = views.FlowInboxListView.as_view(flow_class=StepsFlow)
    hers, his = tasks_of(owner=vera), tasks_of(owner=walter, count=2)
    for _ in range(2):
        for person, tasks in ((vera, hers), (walter, his)):
            request = RequestFactory().get("/")
            request.user = person
            assert [task.pk for task in view(request).context_data["object_list"]] == pks(tasks)


def test_processes_are_read_as_the_kept_list_says(vera):
    tasks_of(owner=vera)
    (task,) = client_of(vera).get(url("steps:inbox")).context["object_list"]
    assert task.process == Process.objects.get(pk=task.process_id)
    assert "process" in task._state.fields_cache


def facts(row, depth=2):
    """What there is to know about an instance, with those that came along."""
    known = {name: value for name, value in vars(row).items() if name != "_state"}
    state = row._state
    cache = getattr(state, "fields_cache", {}) if depth else {}  # parent and child know each other
    others = {name: other and facts(other, depth - 1) for name, other in cache.items()}
    return type(row), known, others, state.db, state.adding, state.__dict__.keys()


@pytest.mark.parametrize("paths", [(), ("process",), ("process__review",), ("owner", "process")])
def test_a_kept_page_gives_what_the_queryset_gives(paths, vera, walter):
    tasks = tasks_of(TextFlow, owner=vera, count=3)
    tasks_of(TextFlow, owner=walter, count=2)
    tasks_of(Lane, owner=vera)

    def rows(person):
        found = Task.objects.inbox([TextFlow, Lane], person).order_by("created", "pk")
        return (found.select_related(*paths) if paths else found)[:3]

    page = KeptPage(rows(walter), walter.pk)
    for person in (vera, walter, vera):
        with CaptureQueriesContext(connection) as queries:
            kept = page.rows(person.pk)
        assert len(queries) == 1
        assert [facts(row) for row in kept] == [facts(row) for row in rows(person)]
    assert pks(kept) == pks(tasks)
    assert page.rows(0) == []
    assert page.using == rows(vera).db


def test_a_kept_page_keeps_annotations_and_what_is_deferred(vera):
    tasks_of(owner=vera, count=3)
    rows = Task.objects.filter(owner=vera).order_by("pk").annotate(twice=models.F("pk") * 2)
    for queryset in (rows, rows.defer("data"), rows.only("status", "process")):
        kept = KeptPage(queryset[:2]).rows()
        assert [facts(row) for row in kept] == [facts(row) for row in queryset[:2]]
        assert [row.twice for row in kept] == [row.pk * 2 for row in kept]


def test_a_value_that_stands_in_two_places_is_not_guessed(vera, walter):
    rows = Task.objects.filter(owner=vera)
    with pytest.raises(LookupError):
        KeptPage(rows.exclude(process=vera.pk), vera.pk)
    with pytest.raises(LookupError):
        KeptPage(rows, "nobody")
    assert KeptPage(rows, vera.pk).rows(walter.pk) == []


def test_a_kept_page_holds_no_connection_of_a_thread_that_is_over(vera):
    made = []

    def run():
        page = KeptPage(Task.objects.filter(owner=vera.pk)[:3], vera.pk)
        made.append((page, weakref.ref(connections["default"])))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    gc.collect()
    page, of_thread = made[0]
    assert of_thread() is None
    tasks = tasks_of(owner=vera)
    assert pks(page.rows(vera.pk)) == pks(tasks)


@pytest.mark.parametrize("signal", [pre_init, post_init])
def test_a_kept_page_tells_receivers_that_came_later(signal, vera):
    tasks_of(owner=vera, count=2)
    page = KeptPage(Task.objects.filter(owner=vera.pk).select_related("process")[:3], vera.pk)
    expected = [facts(row) for row in page.rows(vera.pk)]
    heard = []

    def hear(sender, **kwargs):
        heard.append(sender)

    signal.connect(hear, sender=Process)
    try:
        assert [facts(row) for row in page.rows(vera.pk)] == expected
    finally:
        signal.disconnect(hear, sender=Process)
    assert heard == [Process, Process]


def test_a_kept_page_knows_where_nothing_is_related(vera):
    (task,) = tasks_of(owner=vera)
    other = tasks_of(TextFlow, owner=vera)[0]
    Process.objects.filter(pk=task.process_id).update(parent_task=other.pk)
    rows = Task.objects.filter(owner=vera.pk).select_related("process__parent_task").order_by("pk")
    kept = KeptPage(rows, vera.pk).rows(vera.pk)
    with CaptureQueriesContext(connection) as queries:
        assert [row.process.parent_task for row in kept] == [other, None]
    assert not queries
    assert [facts(row) for row in kept] == [facts(row) for row in rows]


@pytest.mark.parametrize(
    "document", [{}, {"a": {"b": [1, None, "é"]}}, [], [1.5], "text", "", 0, True]
)
def test_a_kept_page_reads_documents_as_the_queryset_does(document, vera):
    tasks_of(owner=vera)
    Task.objects.update(data=document)
    rows = Task.objects.filter(owner=vera.pk)
    (row,) = KeptPage(rows, vera.pk).rows(vera.pk)
    assert row.data == document
    assert type(row.data) is type(document)


@pytest.mark.parametrize(
    "text",
    ["{}", ' {"a": 1}', '{"a": 1} ', "null", "NaN", "1 2", "", "x", '"', "[1,", None, "{}{}"],
)
def test_text_in_a_document_is_read_as_django_reads_it(text):
    field = models.JSONField()
    expected = repr(field.from_db_value(text, None, None))
    assert repr(_quicker(field.from_db_value)(text, None, None)) == expected
    own = models.JSONField(decoder=json.JSONDecoder).from_db_value
    assert _quicker(own) == own


# instances made of rows --------------------------------------------------------------------------


class WithInit(Task):
    class Meta:
        proxy = True
        app_label = "flowviews"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = self.status


class WithSetattr(Task):
    class Meta:
        proxy = True
        app_label = "flowviews"

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        self.__dict__.setdefault("names", []).append(name)


class Counted:
    """Stands behind Django's model among the bases; Django calls it as well."""

    def __init__(self):
        super().__init__()
        self.seen = True


class WithMixin(Task, Counted):
    class Meta:
        proxy = True
        app_label = "flowviews"


class WithNew(Process):
    class Meta:
        proxy = True
        app_label = "flowviews"

    def __new__(cls, *args, **kwargs):
        new = super().__new__(cls)
        new.__dict__["given"] = len(args)
        return new


class Shy:
    """A descriptor that can only be asked of an instance."""

    def __init__(self, field):
        self.field = field

    def __get__(self, instance, owner=None):
        if instance is None:
            raise AttributeError("Only of an instance.")
        return instance.__dict__[self.field.attname]

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = f"set {value}"


class ShyField(models.CharField):
    descriptor_class = Shy


class Strange(QuickLoadingModel):
    """Fields that act when they are set."""

    name = ShyField(max_length=10)
    paper = models.FileField()

    class Meta:
        managed = False
        app_label = "flowviews"


class Simple(QuickLoadingModel):
    """Fields that only hold what they are given."""

    name = models.CharField(max_length=10)
    number = models.IntegerField()
    document = models.ForeignKey(Document, on_delete=models.DO_NOTHING, related_name="+")
    settings = models.JSONField()
    double = models.GeneratedField(
        expression=models.F("number") * 2, output_field=models.IntegerField(), db_persist=True
    )

    class Meta:
        managed = False
        app_label = "flowviews"


def of_django(model, names, values, **kwargs):
    return facts(models.Model.from_db.__func__(model, "default", names, values, **kwargs))


@pytest.mark.parametrize(
    "model",
    [
        Task, Process, Review, PizzaOrder, Errand, LeanTask, LeanProcess, ShownTask, Strange, Simple,
        WithInit, WithSetattr, WithMixin, WithNew,
    ],
)  # fmt: skip
def test_an_instance_is_the_one_that_django_makes(model):
    names = [field.attname for field in model._meta.concrete_fields]
    values = [
        {"parent": 1} if field.get_internal_type() == "JSONField" else f"value {number}"
        for number, field in enumerate(model._meta.concrete_fields)
    ]
    row = model.from_db("default", names, values)
    assert facts(row) == of_django(model, names, values)
    assert row.get_deferred_fields() == set()
    some = [name for name in names if name != names[-1]]
    row = model.from_db("default", some, values[:-1])
    assert facts(row) == of_django(model, some, values[:-1])
    assert row.get_deferred_fields() == {names[-1]}


class WithFromDb(Task):
    class Meta:
        proxy = True
        app_label = "flowviews"

    @classmethod
    def from_db(cls, db, field_names, values, **kwargs):
        new = super().from_db(db, field_names, values, **kwargs)
        new.read_from = db
        return new


@pytest.mark.parametrize("model", [WithFromDb, WithInit, WithMixin, WithSetattr])
def test_a_kept_page_makes_the_instances_of_a_project(model, vera):
    tasks_of(owner=vera, count=2)
    rows = model.objects.filter(owner=vera.pk).order_by("pk")[:3]
    kept = KeptPage(rows, vera.pk).rows(vera.pk)
    assert [facts(row) for row in kept] == [facts(row) for row in rows]
    assert len(kept) == 2
    assert all(vars(row).keys() & {"read_from", "seen", "names"} for row in kept)


def test_what_a_project_adds_is_there():
    values = [str(number) for number in range(len(Task._meta.concrete_fields))]
    names = [field.attname for field in Task._meta.concrete_fields]
    assert WithInit.from_db("default", names, values).seen in values
    assert WithMixin.from_db("default", names, values).seen is True
    assert "status" in WithSetattr.from_db("default", names, values).names
    row = Strange.from_db("default", ["id", "name", "paper"], [1, "x", "file.txt"])
    assert row.name == "set x"
    assert row.paper.name == "file.txt"
    count = len(Process._meta.concrete_fields)
    assert WithNew.from_db("default", [], [None] * count).given == count


@pytest.mark.parametrize("signal", [pre_init, post_init])
def test_receivers_are_told_of_rows_from_the_moment_they_listen(signal, vera):
    tasks_of(owner=vera)
    assert Task.objects.get(owner=vera).owner_id == vera.pk
    heard = []

    def hear(sender, **kwargs):
        heard.append(sender)

    signal.connect(hear, sender=Task)
    try:
        with_receiver = facts(Task.objects.get(owner=vera))
        list(Process.objects.all())
    finally:
        signal.disconnect(hear, sender=Task)
    assert heard == [Task]
    assert facts(Task.objects.get(owner=vera)) == with_receiver
    assert heard == [Task]


def test_what_is_deferred_is_read_when_it_is_asked_for(vera):
    (task,) = tasks_of(TextFlow, owner=vera)
    Review.objects.update(text="A menu")
    row = Task.objects.only("status").get(pk=task.pk)
    assert row.get_deferred_fields() >= {"flow_task", "owner_id"}
    assert (row.owner_id, row.flow_task) == (vera.pk, TextFlow.work)
    row = Review.objects.defer("text").get()
    assert "text" not in vars(row)
    assert row.text == "A menu"
    assert row.process_ptr_id == task.process_id


def test_an_object_of_any_type_is_found_and_can_be_changed():
    a, b = Document.objects.create(title="A"), Document.objects.create(title="B")
    StepsFlow.start.run()
    process = Process.objects.latest("pk")
    process.artifact = a
    process.save()
    row = Process.objects.get(pk=process.pk)
    assert row.artifact == a
    row.artifact = b
    row.save()
    assert Process.objects.get(pk=process.pk).artifact == b


def test_a_foreign_key_that_is_set_anew_forgets_what_it_knew(vera, walter):
    (task,) = tasks_of(owner=vera)
    row = Task.objects.select_related("owner").get(pk=task.pk)
    assert row.owner == vera
    row.owner_id = walter.pk
    assert row.owner == walter
    row.save()
    assert Task.objects.get(pk=task.pk).owner_id == walter.pk
