"""The OpenAPI document: complete, without warnings, and true when somebody tries everything."""

from __future__ import annotations

import base64
import time
from collections import Counter

import pytest
import schemathesis
from django.contrib.auth import get_user_model
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import sampled_from
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from tests.examples import examples
from viewflow.workflow.models import Process, Task

from .conftest import Caller
from .urls import api

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.rest.urls")]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
#: All operations together take no longer than this.
SECONDS = 30


@pytest.fixture
def document():
    GENERATOR_STATS.reset()
    found = SchemaGenerator(patterns=api).get_schema(request=None, public=True)
    assert not GENERATOR_STATS, (GENERATOR_STATS._warn_cache, GENERATOR_STATS._error_cache)
    return found


def test_the_schema_is_valid_and_written_without_warnings(document):
    validate_schema(document)
    operations = [o["operationId"] for path in document["paths"].values() for o in path.values()]
    assert len(operations) == len(set(operations))


def test_the_schema_lists_all_endpoints(document):
    """B468."""
    paths = set(document["paths"])
    assert {
        "/api/pizza/start/",
        "/api/pizza/bake/{id}/execute/",
        "/api/pizza/task/",
        "/api/pizza/task/{id}/",
        "/api/pizza/task/{id}/{step}/",
        "/api/pizza/process/",
        "/api/pizza/process/{id}/",
        "/api/pizza/process/{id}/cancel/",
        "/api/pizza/process/{id}/chart/",
        "/api/pizza/chart/",
        "/api/errand/start/",
        "/api/review/decide/{id}/execute/",
    } <= paths


def test_the_schema_tells_which_numbers_an_address_may_have(document):
    """One below zero leads to no endpoint: its answer would be the site's page, not JSON."""
    numbers = [
        parameter["schema"]
        for path in document["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "path" and parameter["name"] == "id"
    ]
    assert numbers and all(n == {"type": "integer", "minimum": 0} for n in numbers)


def test_the_schema_tells_what_a_form_asks_for(document):
    forms = document["components"]["schemas"]
    start = forms["FlowviewsPizzaStart"]
    assert set(start["properties"]) == {"customer_name", "address", "toppings"}
    assert start["required"] == ["address", "customer_name", "toppings"]
    assert start["properties"]["customer_name"]["maxLength"] == 250
    assert forms["FlowviewsPizzaBake"]["properties"]["baking_time"]["type"] == "integer"
    assert forms["Note"]["required"] == ["note"]


def test_the_schema_view_gives_the_document(boss, anybody):
    """B468."""
    answer = boss.get("/api/schema/", format="json")
    assert answer.json()["info"] == {"title": "Forno", "version": "3"}
    assert "/api/pizza/start/" in answer.json()["paths"]
    assert anybody.get("/api/schema/", format="json").status_code in {401, 403}
    assert anybody.get("/open/schema/", format="json").status_code == 200


def test_the_page_for_people_lists_all_endpoints(boss, anybody, document):
    """B468."""
    page = boss.get("/api/docs/").text.replace("/<wbr>", "/")
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
    assert "<code>customer_name</code>" in page
    assert "inbox | queue | archive | all" in page.replace(
        "all | archive | inbox | queue", "inbox | queue | archive | all"
    )
    assert anybody.get("/api/docs/").status_code == 302


@pytest.fixture
def busy_kitchen():
    """Processes of all flows, and requests that run in the transaction of the test."""
    boss = Caller(get_user_model().objects.create_superuser("boss", password="x"))
    for url in ("errand", "review", "pizza"):
        for text in ("a", "b"):
            data = {"note": text, "text": text}
            data |= {"customer_name": text, "address": text, "toppings": text}
            assert boss.post(f"/api/{url}/start/", **data).status_code == 201
    # As Django's test client does, for as long as one of its requests runs.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_whatever_is_sent_the_api_keeps_to_its_schema(busy_kitchen):
    """Schemathesis sends good and bad requests to every endpoint, for somebody with all rights."""
    known = [
        *Process.objects.values_list("pk", flat=True),
        *Task.objects.values_list("pk", flat=True),
    ]
    headers = {"Authorization": "Basic " + base64.b64encode(b"boss:x").decode()}
    schema = schemathesis.openapi.from_wsgi(
        "/api/schema/?format=json", get_wsgi_application(), headers=headers
    )
    deadline = time.monotonic() + SECONDS
    sent: Counter[int] = Counter()
    for result in schema.get_all_operations():
        operation = result.ok()

        @seed(1)
        @settings(
            max_examples=examples(30),
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(), pk=sampled_from([*known, None]))
        def send(case, pk):
            if time.monotonic() > deadline:
                return
            if pk is not None and "id" in case.path_parameters:
                case.path_parameters["id"] = pk
            answer = case.call(headers=headers)
            sent[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        send()
    assert sent.total() > 100
    assert sent[200] > 20, sent
