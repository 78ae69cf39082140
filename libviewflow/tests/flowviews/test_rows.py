"""What is written once (statements, URLs, parts of pages) means what it stands for."""

from __future__ import annotations

import datetime
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, models
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse
from django.utils import timezone, translation

from viewflow.urls import Viewset
from viewflow.workflow.flow.brief import as_text, process_line, task_line
from viewflow.workflow.flow.labels import full_date, short_time
from viewflow.workflow.flow.views import FlowQueueListView
from viewflow.workflow.models import Process, Task
from viewflow.workflow.rows import read_rows, read_values

from .conftest import make_user, newest, start_pizza, url
from .flows import PizzaFlow, ReviewFlow
from .models import PizzaOrder, Review

pytestmark = pytest.mark.django_db


def values(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_task_is_read_with_process_and_owner_in_one_query(browser, boss):
    task = newest(start_pizza(browser), "bake")
    Task.objects.filter(pk=task.pk).update(owner=boss, data={"a": [1, None]})
    wanted = {"pk": task.pk, "process_id": task.process_id}
    process = Process.objects.get(pk=task.process_id)
    with CaptureQueriesContext(connection) as queries:
        (found,) = read_rows(Task, wanted, ("process", "owner"))
        assert values(found.process) == values(process)
        assert values(found.owner) == values(boss)
        assert found.process.coerced.customer_name == process.coerced.customer_name
    assert len(queries) == 1, [query["sql"] for query in queries]
    assert values(found) == values(Task.objects.get(pk=task.pk))
    assert not found._state.adding
    assert found._state.db == "default"
    found.status = "DONE"
    found.save()
    assert Task.objects.get(pk=task.pk).status == "DONE"


def test_a_task_of_nobody_has_no_owner(browser):
    task = newest(start_pizza(browser), "bake")
    (found,) = read_rows(Task, {"pk": task.pk}, ("owner",))
    assert found.owner is None
    assert read_rows(Task, {"pk": task.pk + 1000}, ("owner",)) == []


def test_newest_rows_come_first_and_share_their_process(browser):
    process = start_pizza(browser)
    tasks = read_rows(
        Task, {"process_id": process.pk}, ("owner",), newest=1, shared={"process": process}
    )
    assert [task.pk for task in tasks] == [newest(process, "bake").pk]
    assert tasks[0].process is process


def test_values_come_in_the_order_of_their_rows(browser):
    process = start_pizza(browser)
    expected = list(
        Task.objects.filter(process=process).order_by("pk").values_list("flow_task", "status")
    )
    assert read_values(Task, ("flow_task", "status"), {"process_id": process.pk}) == expected


def test_a_process_with_a_table_of_its_own_is_read_whole(browser):
    review = Review.objects.create(flow_class=ReviewFlow, text="Read me")
    (found,) = read_rows(Review, {"pk": review.pk, "flow_class": ReviewFlow})
    assert (type(found), found.text) == (Review, "Read me")
    assert read_rows(PizzaOrder, {"pk": review.pk, "flow_class": PizzaFlow}) == []


def test_a_manager_of_the_project_decides_what_is_there(browser, monkeypatch):
    process = start_pizza(browser)

    class Hiding(models.Manager):
        def get_queryset(self):
            return super().get_queryset().none()

    hiding = Hiding()
    hiding.model = Task
    assert Task._default_manager is not hiding
    monkeypatch.setitem(Task._meta.__dict__, "default_manager", hiding)
    assert Task._default_manager is hiding
    assert read_rows(Task, {"process_id": process.pk}, ("owner",)) == []
    assert read_values(Task, ("status",), {"process_id": process.pk}) == []


def test_counts_by_node_are_those_of_the_lists(browser, boss):
    mine, free = (newest(start_pizza(browser), "bake") for _ in range(2))
    start_pizza(browser)
    Task.objects.filter(pk=mine.pk).update(owner=boss, status="ASSIGNED")
    Task.objects.filter(pk=free.pk).update(owner_permission="auth.add_user")
    vera = make_user("vera")
    paul = make_user("paul", "auth.add_user")
    for user, expected in ((boss, (1, 2)), (vera, (0, 1)), (paul, (0, 2))):
        flows = [PizzaFlow, ReviewFlow]
        by_node = Task.objects.work_by_node(flows, user)
        assert tuple(sum(counts.values()) for counts in by_node) == expected
        assert expected == (
            Task.objects.inbox(flows, user).count(),
            Task.objects.queue(flows, user).count(),
        )
    inbox, queue = Task.objects.work_by_node([PizzaFlow], boss)
    assert inbox == {str(PizzaFlow.bake): 1}
    assert queue == {str(PizzaFlow.bake): 2}


def test_urls_of_numbers_are_what_django_reverses(browser):
    bake = PizzaFlow.bake
    for process, task in ((1, 2), (918273645001, 918273645002), (12, 1)):
        for page in ("assign", "detail", "index"):
            args = [process, task]
            assert bake.reverse(page, args=args) == reverse(f"pizza:bake:{page}", args=args)
    kwargs = {"process_pk": 7}
    assert PizzaFlow.instance.reverse("process_detail", kwargs=kwargs) == "/pizza/7/"


class Padded:
    regex = "[0-9]+"

    def to_python(self, value):
        return int(value)

    def to_url(self, value):
        return f"{value:04d}"


def test_a_converter_that_writes_numbers_its_own_way_is_respected(settings):
    from django.urls import register_converter
    from django.urls.converters import REGISTERED_CONVERTERS, get_converters

    if "padded" not in REGISTERED_CONVERTERS:
        register_converter(Padded, "padded")

    class Years(Viewset):
        app_name = "years"
        year_path = path("<padded:year>/{x}/", lambda request: None, name="year")

    years = Years()
    urlconf = ModuleType("years_urls")
    urlconf.urlpatterns = [path("years/", years.urls)]
    settings.ROOT_URLCONF = urlconf
    try:
        for year in (7, 2026, 7):
            assert years.reverse("year", args=[year]) == f"/years/{year:04d}/%7Bx%7D/"
    finally:
        del REGISTERED_CONVERTERS["padded"]
        get_converters.cache_clear()


def test_moments_are_written_in_the_zone_and_language_of_the_reader():
    moment = datetime.datetime(2026, 3, 5, 22, 30, tzinfo=datetime.UTC)
    for name, day in (("UTC", "March 5"), ("Asia/Tokyo", "March 6"), ("UTC", "March 5")):
        with timezone.override(ZoneInfo(name)):
            assert full_date(moment).startswith(day)
            assert short_time(moment, moment + datetime.timedelta(days=2)) == day
    with translation.override("de"):
        assert "März" in full_date(moment)
    with translation.override("en"):
        assert "March" in full_date(moment)


def test_a_still_part_gets_the_token_of_each_page():
    part = Template("{% load viewflow_shell %}{% still a %}{{ a }}{% csrf_token %}{% endstill %}")
    for token in ("one", "two"):
        html = part.render(Context({"a": "<x>", "csrf_token": token}))
        assert html.startswith("&lt;x&gt;<input")
        assert f'value="{token}"' in html
    assert part.render(Context({"a": "<x>"})) == "&lt;x&gt;"
    assert 'value="three"' in part.render(Context({"a": "y", "csrf_token": "three"}))


def test_a_long_queue_is_counted_up_to_a_limit(browser, monkeypatch):
    """However much waits, a page costs the same: the numbers say "more than"."""
    from viewflow.views import ListModelView
    from viewflow.workflow.flow import counts

    monkeypatch.setattr(counts, "COUNT_LIMIT", 3)
    monkeypatch.setattr(ListModelView, "count_limit", 3)
    for _ in range(5):
        start_pizza(browser)
    page = browser.get(url("pizza:queue")).content.decode()
    assert '<span class="badge">5</span>' in page  # the page itself shows that these are all
    assert ">3+<span" in page
    assert browser.get(url("pizza:work_counts")).json() == {"inbox": 0, "queue": "3+"}
    monkeypatch.setattr(FlowQueueListView, "paginate_by", 2)
    page = browser.get(url("pizza:queue")).content.decode()
    assert "1 to 2 of more than 3" in page
    assert '<option value="bake">' in page


STRANGE = "O'Neil & <b>Sons</b>"
ESCAPED = "O&#x27;Neil &amp; &lt;b&gt;Sons&lt;/b&gt;"


def test_what_a_summary_says_is_escaped_once(browser, boss):
    """A summary is made by a template, which has escaped what people typed."""
    ReviewFlow.begin.run(text=STRANGE)
    task = newest(Process.objects.latest("pk"), "decide")
    flow = "workflow:flows:review"
    pages = ["workflow:queue", f"{flow}:task_list", f"{flow}:process_list", f"{flow}:index"]

    def check(page):
        text = browser.get(url(page)).content.decode()
        assert f"Review of {ESCAPED}" in text, page
        assert "&amp;#x27;" not in text, page
        assert "&amp;lt;" not in text, page
        assert "<b>Sons</b>" not in text, page

    for page in pages:
        check(page)
    Task.objects.filter(pk=task.pk).update(owner=boss, status="ASSIGNED")
    check("workflow:inbox")


def test_readers_that_know_no_html_get_plain_text():
    ReviewFlow.begin.run(text=STRANGE)
    process = Process.objects.latest("pk")
    task = newest(process, "decide")
    assert as_text(process_line(process)) == f"Review of {STRANGE}"
    assert as_text(task_line(task)) == f"Decide about {STRANGE}"
    assert as_text("a &lt; b") == "a &lt; b", "what somebody typed stays as it is"
