"""Dash behind Django's doors: who gets in, what comes out, and that a browser can work with it."""

from __future__ import annotations

import json
import re

import plotly.graph_objects as go
import pytest
from dash import Input, Output, dcc, html
from django.contrib.auth import get_user_model
from django.test import Client, override_settings
from django.urls import path

from tests.kit.models import Customer
from viewflow.contrib.plotly import Dashboard, current_request, material
from viewflow.urls import Application, Site

pytestmark = pytest.mark.django_db


def layout():
    return material.PageGrid(
        [
            material.Span6(material.Card(dcc.Input(id="kind", value="REG"), title="Kind")),
            material.Span6(html.P(f"for {current_request().user}", id="who")),
            material.Span(material.Card(dcc.Graph(id="chart"))),
        ]
    )


dashboard = Dashboard(app_name="sales", title="Sales", layout=layout)


@dashboard.callback(Output("chart", "figure"), Input("kind", "value"))
def draw(kind):
    rows = Customer.objects.filter(kind=kind, email=current_request().user.email)
    return go.Figure(go.Bar(x=["Mine"], y=[rows.count()]))


class Method(Dashboard):
    permission = "auth.view_group"

    def layout(self):
        return html.P("closed")


site = Site(
    title="Shop",
    viewsets=[
        dashboard,
        Method(app_name="closed"),
        Application(app_name="shop", title="Shop", viewsets=[Dashboard(app_name="plain", layout=html.P("a</script>"))]),
    ],
)  # fmt: skip


class Urls:
    urlpatterns = [path("site/", site.urls)]


@pytest.fixture(autouse=True)
def urls():
    with override_settings(ROOT_URLCONF=Urls):
        yield


@pytest.fixture
def user():
    return get_user_model().objects.create_user("marta", email="marta@x.example")


@pytest.fixture
def browser(user):
    client = Client()
    client.force_login(user)
    return client


ENDPOINTS = ["_dash-layout", "_dash-layout/", "_dash-dependencies", "_dash-dependencies/"]
UPDATE = {
    "output": "chart.figure",
    "outputs": {"id": "chart", "property": "figure"},
    "inputs": [{"id": "kind", "property": "value", "value": "REG"}],
    "changedPropIds": ["kind.value"],
}


def update(client, where="sales", **options):
    return client.post(
        f"/site/{where}/_dash-update-component",
        json.dumps(UPDATE),
        content_type="application/json",
        **options,
    )


def test_the_page_is_one_of_the_site(browser):
    page = browser.get("/site/sales/")
    assert page.status_code == 200
    assert page.templates[0].name == "viewflow/contrib/plotly.html"
    assert "<h1>Sales</h1>" in page.text
    assert 'href="/site/shop/' in page.text
    config = json.loads(re.search(r'"application/json">(.*?)</script>', page.text)[1])
    assert config["requests_pathname_prefix"] == "/site/sales/"
    assert "python_version" not in config
    scripts = re.findall(r'<script src="([^"]+)"', page.text)
    suites = [address for address in scripts if "_dash-component-suites" in address]
    assert suites
    for address in suites:
        assert address.startswith("/site/sales/_dash-component-suites/")
    response = browser.get(suites[0])
    assert response.status_code == 200
    assert "javascript" in response["Content-Type"]
    assert "max-age" in response["Cache-Control"]
    assert "<script>" not in page.text


def test_layout_and_dependencies(browser):
    for slash in ("", "/"):
        found = browser.get(f"/site/sales/_dash-layout{slash}").json()
        assert found["props"]["className"] == "dash-grid"
        assert "for marta" in json.dumps(found)
        [callback] = browser.get(f"/site/sales/_dash-dependencies{slash}").json()
        assert callback["output"] == "chart.figure"
    assert browser.get("/site/shop/plain/_dash-layout").json()["props"]["children"] == "a</script>"
    assert browser.get("/site/shop/plain/").status_code == 200


def test_callbacks_know_who_asks(browser, user):
    """B462"""
    Customer.objects.create(name="A", kind="REG", email=user.email)
    Customer.objects.create(name="B", kind="REG", email="other@x.example")
    answer = update(browser)
    assert answer.status_code == 200
    [bar] = answer.json()["response"]["chart"]["figure"]["data"]
    assert bar["y"] == [1]
    with pytest.raises(LookupError):
        current_request()


@pytest.mark.parametrize("broken", [False, True])
def test_the_first_request_of_a_new_server_may_be_an_update(browser, broken):
    """Somebody has the page open since before the server was started again."""

    def layout():
        return html.P("a" if not broken else {}["nothing"], id=str(current_request().user))

    fresh = Dashboard(app_name="fresh", layout=layout)
    fresh.callback(Output("chart", "figure"), Input("kind", "value"))(lambda kind: {"kind": kind})
    urls = type("urls", (), {"urlpatterns": [path("site/", Site(viewsets=[fresh]).urls)]})
    with override_settings(ROOT_URLCONF=urls):
        if broken:  # the project's mistake is not the request's
            with pytest.raises(KeyError, match="nothing"):
                update(browser, "fresh")
        else:
            answer = update(browser, "fresh").json()
            assert answer["response"]["chart"]["figure"] == {"kind": "REG"}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "{}",
        "[]",
        "null",
        "[" * 100_000,
        '{"output": []}',
        json.dumps(UPDATE | {"output": "other.figure"}),
        json.dumps(UPDATE | {"output": "..chart.figure...other.figure.."}),
        json.dumps(UPDATE | {"inputs": []}),
        json.dumps(UPDATE | {"inputs": [1]}),
        json.dumps(UPDATE | {"inputs": {"id": "kind"}}),
        json.dumps(UPDATE | {"outputs": {"id": 1}}),
        json.dumps(UPDATE | {"outputs": [[]]}),
        json.dumps(UPDATE | {"inputs": UPDATE["inputs"] * 2}),
        json.dumps(UPDATE | {"changedPropIds": 1}),
        json.dumps(UPDATE | {"changedPropIds": [{}]}),
    ],
)
def test_what_no_page_sends_is_refused(browser, body):
    url = "/site/sales/_dash-update-component"
    answer = browser.post(url, body, content_type="application/json")
    assert answer.status_code == 400


def test_nobody_gets_in_without_signing_in(client, user):
    """B461"""
    assert client.get("/site/sales/").url.startswith("/accounts/login/")
    for where in [*ENDPOINTS, "_dash-component-suites/dash/deps/react@18.3.1.min.js"]:
        assert client.get(f"/site/sales/{where}").status_code == 403
    assert update(client).status_code == 403


def test_the_permission_of_the_application_holds_everywhere(browser, user):
    """B461"""
    for where in ["", *ENDPOINTS, "_dash-component-suites/dash/deps/react.js"]:
        assert browser.get(f"/site/closed/{where}").status_code == 403
    assert update(browser, "closed").status_code == 403
    assert 'href="/site/closed/"' not in browser.get("/site/sales/").text
    user.is_superuser = True
    user.save()
    assert browser.get("/site/closed/").status_code == 200
    assert "closed" in browser.get("/site/closed/_dash-layout").content.decode()


def test_updates_want_the_token_and_are_posts(user):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    assert update(strict).status_code == 403
    token = re.search(r'data-token="([^"]+)"', strict.get("/site/sales/").text)[1]
    assert update(strict, headers={"X-CSRFToken": token}).status_code == 200
    assert strict.get("/site/sales/_dash-update-component").status_code == 405


def test_nothing_else_of_the_server_behind_can_be_reached(browser):
    for where in ("_reload-hash", "_favicon.ico", "assets/x", "_mcp", "_dash-ws-callback", "x"):
        assert browser.get(f"/site/sales/{where}").status_code == 404
    for bad in ("dash/../../etc/passwd", "os/__init__.py", "dash/nothing.js", "django/x.js"):
        assert browser.get(f"/site/sales/_dash-component-suites/{bad}").status_code == 404, bad


def test_a_policy_of_the_project_is_widened_for_this_page_alone(browser, settings):
    settings.SECURE_CSP = {"default-src": ["'self'"], "script-src": ["'self'"], "img-src": "'none'"}
    policy = browser.get("/site/sales/")._csp_config
    assert policy == {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "img-src": ["data:", "blob:"],
        "style-src": ["'self'", "'unsafe-inline'"],
    }
    assert settings.SECURE_CSP["img-src"] == "'none'"
    assert not hasattr(browser.get("/site/sales/_dash-layout"), "_csp_config")


def test_spans_are_checked():
    assert material.Span3("x").className == "dash-span dash-span3"
    assert material.InnerRow(className="more").className == "cluster more"
    assert material.InnerGrid().className == "dash-grid inner"
    with pytest.raises(ValueError, match="1 to 12"):
        material.Span(columns=13)
    with pytest.raises(ValueError, match="needs a layout"):
        Dashboard(app_name="x")._make_layout()
