"""Who may open what: a matrix made from the URLs themselves, so that no page is forgotten."""

from __future__ import annotations

import re

import pytest
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver

from viewflow.workflow.models import Process, Task

from .conftest import baking, client_of, make_user, newest, start_pizza, task_url, text_of, url
from .flows import ErrandFlow, ReviewFlow
from .guarded import ParentFlow

pytestmark = pytest.mark.django_db

SPACES = ("pizza", "workflow", "errands", "layout")


def workflow_patterns():
    """Every URL of the mounted flows as ``(namespaced name, parameters)``."""
    found = []

    def walk(patterns, names):
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                space = [pattern.namespace] if pattern.namespace else []
                walk(pattern.url_patterns, [*names, *space])
            elif isinstance(pattern, URLPattern) and names and names[0] in SPACES:
                found.append((":".join([*names, pattern.name]), tuple(pattern.pattern.converters)))

    walk(get_resolver("tests.flowviews.urls").url_patterns, [])
    return sorted(set(found))


PATTERNS = workflow_patterns()
#: Redirects that show nothing, and a person's own lists: open to everybody who is signed in.
OWN = {
    "pizza:inbox", "pizza:queue", "pizza:archive", "pizza:tasks_assign", "pizza:tasks_unassign",
    "pizza:work_counts", "workflow:work_counts", "layout:work_counts",
    "workflow:index", "workflow:inbox", "workflow:queue", "workflow:archive",
    "workflow:tasks_assign", "workflow:tasks_unassign", "errands:index",
    "layout:inbox", "layout:queue", "layout:archive", "layout:tasks_assign", "layout:tasks_unassign",
}  # fmt: skip
#: Start pages without a permission of their own: whoever is signed in may start.
OPEN_STARTS = {
    "layout:start:execute",
    "pizza:start:execute",
    "workflow:flows:document:start:execute",
    "workflow:flows:pizza:start:execute",
}


def address(name, parameters):
    """The URL with numbers of rows that exist, of this very flow and node where there are any."""
    kwargs = {}
    if "process_pk" in parameters:
        kwargs = dict.fromkeys(parameters, 999)
        for task in Task.objects.select_related("process").order_by("-pk"):
            flow, node = task.flow_task.flow_class.app_name, task.flow_task.name
            if "task_pk" in parameters and f"{flow}:{node}:" in name:
                kwargs = {"process_pk": task.process_id, "task_pk": task.pk}
                break
            if "task_pk" not in parameters and f"{flow}:process" in name:
                kwargs = {"process_pk": task.process_id}
                break
    return url(name, **kwargs)


@pytest.fixture
def rows(browser, vera):
    """A process of each flow, so that refusals are about rights and not about missing rows."""
    baking(browser)
    ReviewFlow.begin.run()
    ErrandFlow.start.run()
    assert Process.objects.count() == 3


def test_there_are_pages_to_test():
    assert len(PATTERNS) > 150


def states():
    return list(Task.objects.order_by("pk").values_list("pk", "status", "owner"))


def test_anonymous_people_are_sent_to_the_login_page(rows):
    """B321 B394"""
    before, wrong = states(), []
    client = client_of()
    for name, parameters in PATTERNS:
        for method in (client.get, client.post):
            response = method(address(name, parameters))
            to = response.get("Location", "")
            # The index of a plain Application is a redirect of the kit, which shows nothing.
            if name != "errands:index" and not to.startswith("/accounts/login/?next=/"):
                wrong.append((name, response.status_code, to))
    assert wrong == []
    assert states() == before


def test_a_stranger_sees_only_their_own_work(rows):
    """B325 B395 B399 B401"""
    before, wrong = states(), []
    client = client_of(make_user("stranger"))
    for name, parameters in PATTERNS:
        for method in (client.get, client.post):
            status = method(address(name, parameters)).status_code
            own = name in OWN or name in OPEN_STARTS
            if status not in ((200, 302, 405) if own else (403, 404, 405)):
                wrong.append((name, status))
    assert wrong == []
    assert [row for row in states() if row in before] == before


@pytest.mark.parametrize("page", ["index", "process_list", "task_list", "chart"])
def test_view_permission_opens_the_flow(page):
    viewer = make_user("viewer", "flowviews.view_pizzaorder")
    assert client_of(viewer).get(url(f"pizza:{page}")).status_code == 200
    assert client_of(viewer).get(url(f"workflow:flows:review:{page}")).status_code == 403


def test_viewing_is_not_managing(browser):
    """B399"""
    task = baking(browser)
    viewer = client_of(make_user("viewer", "flowviews.view_pizzaorder"))
    assert viewer.get(url("pizza:process_detail", task.process_id)).status_code == 200
    assert viewer.get(task_url(task, "detail")).status_code == 200
    cancel = url("pizza:process_cancel", task.process_id)
    assert viewer.get(cancel).status_code == 403
    assert viewer.post(cancel, {"_cancel_process": "1"}).status_code == 403
    for page in ("cancel", "undo", "revive", "execute", "unassign"):
        assert viewer.post(task_url(task, page)).status_code == 403
    task.refresh_from_db()
    assert task.status == "ASSIGNED"


def test_managers_cancel(browser):
    task = baking(browser)
    manager = client_of(make_user("manager", "flowviews.manage_pizzaorder"))
    cancel = url("pizza:process_cancel", task.process_id)
    assert manager.get(cancel).status_code == 200
    response = manager.post(cancel, {"_cancel_process": "1"})
    assert response["Location"] == url("pizza:process_detail", task.process_id)
    assert Process.objects.get(pk=task.process_id).status == "CANCELED"


def test_the_owner_sees_and_does_only_that_task(browser, vera):
    process = start_pizza(browser)
    bake = newest(process, "bake")
    client = client_of(vera)
    assert client.post(task_url(bake, "assign")).status_code == 302
    for page in ("execute", "detail", "unassign"):
        assert client.get(task_url(bake, page)).status_code == 200
    assert client.get(url("pizza:process_detail", process.pk)).status_code == 403
    assert browser.get(task_url(bake, "execute")).status_code == 403


def test_a_task_permission_is_asked_for(browser):
    """B319 B324"""
    ReviewFlow.begin.run()
    task = newest(Process.objects.latest("pk"), "decide")
    space = "workflow:flows:review"
    stranger = client_of(make_user("stranger"))
    assert stranger.get(task_url(task, "assign", space)).status_code == 403
    decider = client_of(make_user("decider", "flowviews.can_decide_review"))
    index = decider.get(task_url(task, "index", space))
    assert index["Location"] == task_url(task, "assign", space)
    assert decider.post(task_url(task, "assign", space)).status_code == 302
    index = decider.get(task_url(task, "index", space))
    assert index["Location"] == task_url(task, "execute", space)
    watcher = client_of(make_user("watcher", "flowviews.view_review"))
    assert watcher.get(task_url(task, "index", space))["Location"] == task_url(
        task, "detail", space
    )


def test_a_start_permission_is_asked_for():
    """B319"""
    page = url("workflow:flows:review:start:execute")
    stranger = client_of(make_user("stranger"))
    assert stranger.get(page).status_code == 403
    assert stranger.post(page, {"text": "x"}).status_code == 403
    assert not Process.objects.exists()
    starter = client_of(make_user("starter", "flowviews.can_start_review"))
    assert starter.get(page).status_code == 200
    assert starter.post(page, {"text": "x"}).status_code == 302
    assert Process.objects.count() == 1


@pytest.mark.parametrize("huge", [2**31, 2**63 - 1, 2**63, 10**40])
def test_numbers_no_row_can_have_are_not_found(browser, huge):
    task = baking(browser)
    for path in (f"/pizza/{huge}/", f"/pizza/{huge}/cancel/", f"/pizza/{huge}/chart/",
                 f"/pizza/{task.process_id}/bake/{huge}/execute/",
                 f"/pizza/{huge}/bake/{task.pk}/execute/"):  # fmt: skip
        assert browser.get(path).status_code == 404
        assert browser.post(path).status_code in (404, 405)


def test_the_flow_as_bpmn_is_for_those_who_may_see_it(browser):
    """B435"""
    response = browser.get("/pizza/chart/", {"format": "bpmn"})
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml"
    assert response["Content-Disposition"] == 'attachment; filename="pizza.bpmn"'
    assert response.content.startswith(b"<?xml")
    assert b'id="id_node_bake"' in response.content
    stranger = client_of(make_user("reader"))
    assert stranger.get("/pizza/chart/", {"format": "bpmn"}).status_code == 403


def test_numbers_of_other_flows_nodes_and_processes_are_not_found(browser):
    """B396 B397 B398"""
    task = baking(browser)
    other = start_pizza(browser)
    ReviewFlow.begin.run()
    review = Process.objects.latest("pk")
    decide = newest(review, "decide")
    for path in (
        f"/pizza/{review.pk}/",
        f"/pizza/{review.pk}/cancel/",
        f"/pizza/{review.pk}/bake/{decide.pk}/detail/",
        f"/pizza/{other.pk}/bake/{task.pk}/execute/",
        f"/pizza/{task.process_id}/deliver/{task.pk}/execute/",
    ):
        assert browser.get(path).status_code == 404
        status = browser.post(path, {"_cancel_process": "1", "baking_time": "1"}).status_code
        assert status in (404, 405)
    task.refresh_from_db()
    assert task.status == "ASSIGNED"


def test_a_form_without_its_token_changes_nothing(boss, browser):
    task = baking(browser)
    strict = client_of(boss, enforce_csrf_checks=True)
    assert strict.post(task_url(task, "execute"), {"baking_time": "1"}).status_code == 403
    task.refresh_from_db()
    assert task.status == "ASSIGNED"


def test_other_methods_are_refused(browser):
    task = baking(browser)
    for page in ("detail", "execute", "assign", "index"):
        assert browser.delete(task_url(task, page)).status_code in (403, 405)
    assert browser.put(url("pizza:inbox")).status_code == 405
    assert browser.delete(url("pizza:process_detail", task.process_id)).status_code == 405


def test_people_without_the_overview_land_in_their_inbox(vera):
    client = client_of(vera)
    assert client.get("/")["Location"] == url("pizza:inbox")
    page = client.get(url("pizza:index"))
    assert page.status_code == 403
    assert f'href="{url("pizza:inbox")}"' in page.content.decode()
    assert "Dashboard" not in text_of(page)


class TestAvailable:
    """Starts that name who may use them."""

    @pytest.fixture(autouse=True)
    def urlconf(self, settings):
        settings.ROOT_URLCONF = "tests.flowviews.guarded"

    def start(self, user, node):
        page = url(f"chosen:chosen:{node}:execute")
        client = client_of(user)
        before = Process.objects.count()
        asked = client.get(page).status_code
        done = client.post(page, {"customer_name": "Ann"}).status_code
        assert (asked == 200) == (done == 302) == (Process.objects.count() > before)
        return asked

    def test_the_predicate_alone_decides_for_superusers_too(self, boss, vera):
        """B320"""
        assert self.start(make_user("regular guest"), "regular") == 200
        assert self.start(vera, "regular") == 403
        assert self.start(boss, "regular") == 403

    def test_a_lookup_names_the_people(self, boss, vera):
        """B320"""
        assert self.start(vera, "vera") == 200
        assert self.start(boss, "vera") == 403

    def test_the_dashboard_offers_what_i_may_start(self, vera):
        """B320, B416"""
        viewer = make_user("regular guest", "flowviews.view_pizzaorder")
        page = client_of(viewer).get(url("chosen:chosen:index"))
        assert "Regulars order" in text_of(page)
        assert url("chosen:chosen:vera:execute") not in page.content.decode()


class TestReassign:
    """A node with ``reassign_view_class``, and one without."""

    @pytest.fixture(autouse=True)
    def urlconf(self, settings):
        settings.ROOT_URLCONF = "tests.flowviews.guarded"

    @pytest.fixture
    def task(self, vera):
        process = ParentFlow.begin.run()
        task = newest(process, "first")
        client_of(vera).post(task_url(task, "assign", "parent"))
        return task

    def test_owner_and_managers_hand_a_task_to_somebody(self, vera, task):
        """B331"""
        other = make_user("other")
        manager = make_user("manager", "flowviews.manage_errand")
        for user, to in ((vera, other), (other, vera), (manager, other), (manager, vera)):
            client = client_of(user)
            page = task_url(task, "reassign", "parent")
            assert page in client.get(task_url(task, "detail", "parent")).content.decode()
            assert client.get(page).status_code == 200
            assert client.post(page, {"to": to.pk}).status_code == 302
            task.refresh_from_db()
            assert (task.owner, task.status) == (to, "ASSIGNED")

    def test_others_do_not(self, vera, task):
        """B331"""
        viewer = make_user("viewer", "flowviews.view_errand")
        page = task_url(task, "reassign", "parent")
        for user in (viewer, make_user("stranger")):
            client = client_of(user)
            assert page not in client.get(task_url(task, "detail", "parent")).content.decode()
            assert client.get(page).status_code == 403
            assert client.post(page, {"to": user.pk}).status_code == 403
        task.refresh_from_db()
        assert task.owner == vera

    def test_a_task_that_nobody_has_or_that_is_done_is_not_handed_over(self, vera, task):
        """B331"""
        client = client_of(make_user("manager", "flowviews.manage_errand"))
        page = task_url(task, "reassign", "parent")
        client_of(vera).post(task_url(task, "unassign", "parent"))
        assert client.post(page, {"to": vera.pk}).status_code == 403
        client_of(vera).post(task_url(task, "assign", "parent"))
        client_of(vera).post(task_url(task, "execute", "parent"), {"note": "x"})
        assert client.post(page, {"to": vera.pk}).status_code == 403

    def test_without_the_class_there_is_neither_page_nor_action(self, vera, task):
        """B331"""
        second = newest(task.process, "second")
        client = client_of(vera)
        client.post(task_url(second, "assign", "parent"))
        assert "Hand to someone" not in text_of(client.get(task_url(second, "detail", "parent")))
        with pytest.raises(NoReverseMatch):
            second.reverse("reassign")
        path = task_url(second, "assign", "parent").replace("/assign/", "/reassign/")
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("page", ["inbox", "archive"])
def test_the_breadcrumb_leads_where_its_reader_may_go(vera, boss, page):
    def first(user, path):
        answer = client_of(user).get(path).content.decode()
        return re.search(r'aria-label="Breadcrumb"><ol><li>(.*?)</li>', answer).group(1)

    assert f'href="{url("pizza:index")}"' in first(boss, url(f"pizza:{page}"))
    assert client_of(vera).get(url("pizza:index")).status_code == 403
    assert f'href="{url("pizza:inbox")}"' in first(vera, url(f"pizza:{page}"))
