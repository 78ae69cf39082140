import pytest
from tests.flowviews.test_attachments import url, newest, task_url, Errand, Document, SimpleUploadedFile, urlconf
@pytest.mark.django_db
def test_dbg(browser, django_assert_num_queries):
    menu = Document.objects.create(title="Menu")
    browser.post(url("parent:start:execute"), {"note": "read it", "artifact": menu.pk})
    task = newest(Errand.objects.get(), "pay")
    browser.post(task_url(task, "assign", "parent"))
    from django.test.utils import CaptureQueriesContext
    from django.db import connection
    with CaptureQueriesContext(connection) as c:
        browser.post(task_url(task, "execute", "parent"), {"note": "x", "receipt": SimpleUploadedFile("receipt.txt", b"paid")})
    for q in c: print(q["sql"][:400])
    assert 0
