"""Forms that set what a process is about, and forms with files."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from viewflow.workflow.models import Process

from .conftest import newest, task_url, text_of, url
from .guarded import LockedFlow, ParentFlow
from .models import Document, Errand

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def urlconf(settings):
    settings.ROOT_URLCONF = "tests.flowviews.guarded"


@pytest.fixture
def menu(db):
    return Document.objects.create(title="Menu")


def start(browser, **data):
    return browser.post(url("parent:start:execute"), {"note": "read it", **data})


def test_form_fields_named_seed_and_artifact_set_what_the_process_is_about(browser, menu):
    """B411"""
    wine = Document.objects.create(title="Wine list")
    assert start(browser, artifact=menu.pk, seed=wine.pk).status_code == 302
    process = Errand.objects.get()
    assert (process.artifact, process.seed, process.note) == (menu, wine, "read it")
    page = browser.get(url("parent:process_detail", process.pk))
    assert "Menu" in text_of(page)


def test_an_empty_seed_leaves_none(browser, menu):
    """B411"""
    start(browser, artifact=menu.pk, seed="")
    process = Errand.objects.get()
    assert (process.artifact, process.seed) == (menu, None)


def test_an_artifact_that_is_not_offered_starts_nothing(browser, menu):
    """B411"""
    for wrong in ("", menu.pk + 1, "x", "\x00"):
        page = start(browser, artifact=wrong)
        assert page.status_code == 200
        assert page.context["form"].errors["artifact"]
    assert not Process.objects.exists()


def test_pages_stay_readable_when_the_artifact_is_deleted(browser, menu):
    """B425, B20"""
    start(browser, artifact=menu.pk)
    process = Errand.objects.get()
    menu.delete()
    task = newest(process, "pay")
    browser.post(task_url(task, "assign", "parent"))
    for page in (
        url("parent:process_detail", process.pk), url("parent:index"), url("parent:inbox"),
        url("parent:process_list"), task_url(task, "detail", "parent"),
        task_url(task, "execute", "parent"),
    ):  # fmt: skip
        assert browser.get(page).status_code == 200, page


def test_a_form_with_a_file_is_sent_with_it(browser, menu):
    """B112"""
    start(browser, artifact=menu.pk)
    task = newest(Errand.objects.get(), "pay")
    browser.post(task_url(task, "assign", "parent"))
    page = browser.get(task_url(task, "execute", "parent")).content.decode()
    assert 'enctype="multipart/form-data"' in page
    receipt = SimpleUploadedFile("receipt.txt", b"paid")
    answer = browser.post(task_url(task, "execute", "parent"), {"note": "x", "receipt": receipt})
    assert answer.status_code == 302
    process = Errand.objects.get()
    assert (process.note, process.status) == ("receipt.txt", "DONE")


def test_a_form_without_a_file_is_a_plain_one(browser):
    assert "multipart" not in browser.get(url("parent:start:execute")).content.decode()


def test_a_submit_that_changes_nothing_completes_the_task(browser):
    """B113"""
    process = ParentFlow.begin.run(note="as it is")
    task = newest(process, "first")
    browser.post(task_url(task, "assign", "parent"))
    answer = browser.post(task_url(task, "execute", "parent"), {"note": "as it is"})
    assert answer.status_code == 302
    task.refresh_from_db()
    assert task.status == "DONE"
    assert Errand.objects.get().note == "as it is"


def test_what_later_steps_make_of_a_form_is_kept(browser):
    process = LockedFlow.start.run()
    task = newest(process, "work")
    browser.post(task_url(task, "assign", "locked"))
    browser.post(task_url(task, "execute", "locked"), {"note": "correct me"})
    process = Errand.objects.get()
    assert (process.note, process.amount) == ("corrected", 7)
