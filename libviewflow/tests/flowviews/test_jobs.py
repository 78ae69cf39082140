"""The pages of a background task: what it waits for, why it failed, and trying again."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.auth.models import Permission

from viewflow.workflow import STATUS, jobs
from viewflow.workflow.models import Process

from .background import ChargeFlow
from .conftest import client_of, make_user, newest, task_url, text_of, url

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def urlconf(settings, urlconf):
    settings.ROOT_URLCONF = "tests.flowviews.background"
    settings.VIEWFLOW = {"JOB_RUNNER": "immediate"}
    ChargeFlow.works = False


@pytest.fixture
def submit(browser, django_capture_on_commit_callbacks):
    """Post a page and let the work run that it ordered."""

    def post(address, **data):
        with django_capture_on_commit_callbacks(execute=True):
            response = browser.post(address, data)
        assert response.status_code == 302, text_of(response)
        return response

    return post


@pytest.fixture
def attempted(submit):
    """A task whose first attempt has failed."""
    submit(url("charge:start:execute"))
    return newest(Process.objects.latest("pk"), "charge")


@pytest.fixture
def failed(attempted, django_capture_on_commit_callbacks):
    attempted.scheduled -= datetime.timedelta(minutes=1)
    attempted.save()
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.sweep().sent == 1
    attempted.refresh_from_db()
    assert attempted.status == STATUS.ERROR
    return attempted


def page(client, task, name="detail"):
    return client.get(task_url(task, name, "charge"))


def test_a_waiting_attempt_tells_when_and_why(browser, attempted):
    text = text_of(page(browser, attempted))
    assert "1 of 2" not in text and "2 of 2" in text
    assert "Next attempt" in text
    assert "The last attempt failed; it is tried again by itself." in text
    assert "ConnectionError: The card company does not answer <now>." in text
    assert attempted.external_task_id.split(":")[0] in text
    assert "Try again" not in text


def test_a_failed_job_tells_the_cause_and_is_ordered_again(browser, failed, submit):
    """B387."""
    text = text_of(page(browser, failed))
    assert "This step failed" in text
    assert "in do_charge" in text
    for action in ("Try again…", "Cancel task…", "Open again…"):
        assert action in text
    confirm = text_of(page(browser, failed, "retry"))
    assert "Try “Charge” again?" in confirm and "does not answer" in confirm
    ChargeFlow.works = True
    response = submit(task_url(failed, "retry", "charge"))
    assert response.url == task_url(failed, "detail", "charge")
    failed.refresh_from_db()
    assert failed.status == STATUS.DONE
    assert page(browser, failed, "retry").status_code == 403


def test_a_failed_job_is_on_the_dashboard(browser, failed):
    """B416."""
    text = text_of(browser.get(url("charge:index")))
    assert "Charge" in text and "ConnectionError" in text
    assert "Failed steps 1" in " ".join(text.split())


def test_who_may_only_look_sees_the_cause_but_no_traceback_and_no_buttons(failed):
    vera = make_user("vera")
    assert page(client_of(vera), failed).status_code == 403
    vera.user_permissions.add(Permission.objects.get(codename="view_process"))
    client = client_of(vera)
    text = text_of(page(client, failed))
    assert "does not answer" in text
    assert "Traceback" not in text and "do_charge" not in text
    assert "Try again" not in text
    assert page(client, failed, "retry").status_code == 403
    assert client.post(task_url(failed, "retry", "charge")).status_code == 403
    failed.refresh_from_db()
    assert failed.status == STATUS.ERROR


@pytest.mark.parametrize(
    ("action", "status"), [("cancel", STATUS.CANCELED), ("revive", STATUS.REVIVED)]
)
def test_a_failed_job_is_cancelled_or_replaced(failed, submit, action, status):
    """B387."""
    submit(task_url(failed, action, "charge"))
    failed.refresh_from_db()
    assert failed.status == status
    new = newest(failed.process, "charge")
    assert (new.pk != failed.pk) == (action == "revive")


def test_a_job_is_drawn_with_a_gear(browser, failed):
    from viewflow.drawing.svg import icon_of

    assert icon_of(ChargeFlow.charge) == "cog"
    assert "Charge" in browser.get(url("charge:chart")).content.decode()
