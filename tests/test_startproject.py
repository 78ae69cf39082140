"""The library without the template: two lines in a bare ``startproject`` and a pizza arrives."""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .conftest import ROOT
from .test_project import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECTS = (("5.2", "first"), ("6.0", "last"), ("6.1", "first"), ("6.1", "last"))
"""Versions of Django, and where the apps stand in ``INSTALLED_APPS``: before or after its own."""

PASSWORD = "correct horse battery staple"

MODELS = """\
from viewflow import jsonstore
from viewflow.workflow.models import Process


class PizzaOrder(Process):
    customer_name = jsonstore.CharField(max_length=250)
    address = jsonstore.TextField()
    toppings = jsonstore.TextField()
    tips_received = jsonstore.IntegerField(default=0)
    baking_time = jsonstore.IntegerField(default=10)

    class Meta:
        proxy = True
"""

FLOWS = """\
from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.flow.views import CreateProcessView, UpdateProcessView

from .models import PizzaOrder


class PizzaFlow(flow.Flow):
    process_class = PizzaOrder

    start = flow.Start(
        CreateProcessView.as_view(fields=["customer_name", "address", "toppings"])
    ).Next(this.bake)

    bake = flow.View(UpdateProcessView.as_view(fields=["baking_time"])).Next(this.deliver)

    deliver = flow.View(UpdateProcessView.as_view(fields=["tips_received"])).Next(this.end)

    end = flow.End()
"""

# With ADMIN and without: Django's own account pages, which are found first where the apps come
# last, have links into it.
URLS = """\
from django.urls import path
from viewflow.contrib.auth import AuthViewset
from viewflow.urls import Site
from viewflow.workflow.flow import FlowAppViewset

from pizza.flows import PizzaFlow

site = Site(
    title="Pizza Flow Demo",
    viewsets=[FlowAppViewset(PizzaFlow, icon="local_pizza")],
)

urlpatterns = [
ADMIN    path("accounts/", AuthViewset().urls),
    path("", site.urls),
]
"""

# What a project adds one day to be deployed; the example itself does without.
DEPLOYED = """\
from .settings import *  # noqa: F403

STATIC_ROOT = BASE_DIR / "collected"  # noqa: F405
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
"""


@dataclass
class Bare:
    """A project as ``startproject`` makes it, with the example in it."""

    path: Path
    python: Path
    environment: dict[str, str]

    def manage(self, *arguments: str, **environment: str) -> str:
        """What a management command says; it must neither fail nor warn."""
        done = subprocess.run(
            [self.python, "-W", "always", "manage.py", *arguments],
            cwd=self.path,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.returncode == 0, output
        assert not re.search(r"Warning: ", output), output
        return output


def install(version: str, folder: Path, environment: dict[str, str]) -> Path:
    """A virtual environment with one version of Django and the library, and nothing for tests."""
    python = folder / "bin/python"
    wanted = [f"django~={version}.0", str(ROOT / "libviewflow")]
    beside = Path(sys.executable).with_name("uv")
    uv = beside if beside.exists() else shutil.which("uv")
    if uv:
        create = [uv, "venv", "-q", "--python", sys.executable, folder]
        # uv does not notice by itself that the library's files have changed.
        fill = [uv, "pip", "install", "-q", "--python", python]
        fill += ["--refresh-package", "libviewflow", *wanted]
    else:
        create = [sys.executable, "-m", "venv", folder]
        fill = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted]
    for command in (create, fill):
        subprocess.run(command, env=environment, check=True)
    return python


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the virtual environments are, one for each version of Django."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(scope="session", params=PROJECTS, ids="-".join)
def bare(
    request: pytest.FixtureRequest,
    environments: Path,
    tmp_path_factory: pytest.TempPathFactory,
    clean_environment: dict[str, str],
) -> Bare:
    """The example, migrated, with somebody who may log in."""
    version, order = request.param
    python = environments / version / "bin/python"
    if not python.exists():
        install(version, environments / version, clean_environment)
    folder = tmp_path_factory.mktemp("startproject")
    project = Bare(folder, python, clean_environment)
    for arguments in (["startproject", "mysite", folder], ["startapp", "pizza"]):
        subprocess.run(
            [python.with_name("django-admin"), *arguments],
            env=clean_environment,
            cwd=folder,
            check=True,
        )
    (folder / "pizza/models.py").write_text(MODELS)
    (folder / "pizza/flows.py").write_text(FLOWS)
    admin = '    path("admin/", admin.site.urls),\n' if order == "first" else ""
    urls = "from django.contrib import admin\n" * bool(admin) + URLS.replace("ADMIN", admin)
    (folder / "mysite/urls.py").write_text(urls)
    settings = folder / "mysite/settings.py"
    before = settings.read_text()
    apps = '    "viewflow",\n    "viewflow.workflow",\n    "pizza",\n'
    opening = "INSTALLED_APPS = [\n"
    assert before.count(opening) == 1
    head, tail = before.split(opening)
    djangos, rest = tail.split("]\n", 1)
    listed = apps + djangos if order == "first" else djangos + apps
    settings.write_text(head + opening + listed + "]\n" + rest)
    assert settings.read_text().replace(apps, "") == before
    project.manage("makemigrations")
    project.manage("migrate")
    project.manage(
        "createsuperuser",
        "--noinput",
        "--username=ada",
        "--email=ada@example.com",
        DJANGO_SUPERUSER_PASSWORD=PASSWORD,
    )
    return project


class Browser:
    """Plain HTTP with cookies; any answer but 200 is a failure."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )

    def open(self, path: str, data: dict[str, str] | None = None) -> tuple[str, str]:
        """Where the request arrived after redirects, with the query, and what is there."""
        body = None if data is None else urllib.parse.urlencode(data).encode()
        url = urllib.parse.urljoin(self.address, path)
        try:
            with self.opener.open(urllib.request.Request(url, body), timeout=60) as response:
                self.type = response.headers.get_content_type()
                return response.url.removeprefix(self.address), response.read().decode()
        except urllib.error.HTTPError as error:
            text = re.sub(r"<[^>]+>|\s+", " ", error.read().decode(errors="replace"))
            raise AssertionError(f"{path} answered {error.code}: {text[:2000]}") from None

    def send(self, path: str, **answers: str) -> tuple[str, str]:
        """Fill in the form of a page as a person does, and send it."""
        page = self.open(path)[1]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, f"{path} has no form"
        for name in answers:
            assert f'name="{name}"' in page, f"{path} does not ask for {name}"
        arrived, page = self.open(path, {"csrfmiddlewaretoken": token[1], **answers})
        assert arrived != path, f"{path} did not accept {answers}"
        return arrived, page

    def log_in(self) -> None:
        arrived, _page = self.send("/accounts/login/", username="ada", password=PASSWORD)
        assert arrived == "/accounts/profile/", "Django's default LOGIN_REDIRECT_URL"


@pytest.fixture(scope="session")
def server(bare: Bare, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of ``runserver``. In the end its log must be clean."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [bare.python, "-W", "always", "manage.py", "runserver", "--noreload", str(port)],
            cwd=bare.path,
            env=bare.environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(address + "/accounts/login/", timeout=30).close()
                break
            except OSError as error:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, f"{error}\n{log.read_text()}"
                time.sleep(0.2)
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)
    said = log.read_text()
    assert not re.search(r'Traceback|Warning: |" [45]\d\d ', said), said


def test_checks_and_migrations_have_nothing_to_say(bare: Bare) -> None:
    assert "no issues (0 silenced)" in bare.manage("check")
    assert "No changes detected" in bare.manage("makemigrations", "--check", "--dry-run")
    assert {path.name for path in (bare.path / "pizza/migrations").glob("0*.py")} == {
        "0001_initial.py"
    }
    assert '"proxy": True' in (bare.path / "pizza/migrations/0001_initial.py").read_text().replace(
        "'", '"'
    )


def test_a_pizza_is_ordered_baked_and_delivered(bare: Bare, server: str) -> None:
    """Over plain HTTP with cookies and CSRF, on Django's default ``LOGIN_URL``."""
    browser = Browser(server)
    assert browser.open("/")[0] == "/accounts/login/?next=/pizza/"
    assert browser.open("/pizza/inbox/")[0] == "/accounts/login/?next=/pizza/inbox/"
    browser.log_in()
    assert "Pizza Flow Demo" in browser.open("/")[1]

    arrived, _page = browser.send(
        "/pizza/start/", customer_name="Ada <Lovelace>", address="12 St James's", toppings="Figs"
    )
    found = re.match(r"/pizza/(\d+)/", arrived)
    assert found, arrived
    order = f"/pizza/{found[1]}/"
    for step, answers in {
        "bake": {"baking_time": "15"},
        "deliver": {"tips_received": "3"},
    }.items():
        page = browser.open(order)[1]
        assert not re.search(r"\bDone\b.*</h1>", page)
        task = re.search(rf"{order}{step}/\d+/", page)
        assert task, f"{order} shows no task {step}"
        assert task[0] in browser.open("/pizza/queue/")[1]
        browser.send(f"{task[0]}assign/")
        assert task[0] in browser.open("/pizza/inbox/")[1]
        browser.send(f"{task[0]}execute/", **answers)
        assert task[0] in browser.open("/pizza/archive/")[1]

    page = browser.open(order)[1]
    assert re.search(r"\bDone\b", page)
    assert "Ada &lt;Lovelace&gt;" in page and ">15<" in re.sub(r"\s+", "", page)
    for path in ("/pizza/", "/pizza/tasks/", "/pizza/flows/", f"{order}chart/", "/pizza/chart/"):
        browser.open(path)
    with closing(sqlite3.connect(bare.path / "db.sqlite3")) as database:
        rows = database.execute("SELECT id, status, data FROM viewflow_process").fetchall()
    assert [(row[:2], json.loads(row[2])) for row in rows] == [
        (
            (int(found[1]), "DONE"),
            {
                "customer_name": "Ada <Lovelace>",
                "address": "12 St James's",
                "toppings": "Figs",
                "baking_time": 15,
                "tips_received": 3,
            },
        )
    ]


def test_account_pages_are_the_librarys(bare: Bare, server: str) -> None:
    """Django's admin has templates of the same names, with links that only it has."""
    browser = Browser(server)
    # Somebody unknown: the answer is the same, and no mail leaves this machine.
    arrived, page = browser.send("/accounts/password_reset/", email="nobody@example.com")
    assert arrived == "/accounts/password_reset/done/"
    assert "viewflow/viewflow.css" in page and "admin/css" not in page
    browser.log_in()
    page = browser.open("/accounts/password_change/")[1]
    assert "viewflow/viewflow.css" in page and "admin/css" not in page
    arrived, page = browser.send(
        "/accounts/password_change/",
        old_password=PASSWORD,
        new_password1=PASSWORD,
        new_password2=PASSWORD,
    )
    assert arrived == "/accounts/password_change/done/"
    assert "viewflow/viewflow.css" in page and "admin/css" not in page
    if "admin.site" in (bare.path / "mysite/urls.py").read_text():
        assert "admin/css" in browser.open("/admin/")[1]
        browser.open("/admin/password_change/")
    token = re.search(r'"csrfmiddlewaretoken" value="([^"]+)"', browser.open("/pizza/start/")[1])
    assert token
    browser.open("/accounts/logout/", {"csrfmiddlewaretoken": token[1]})
    assert browser.open("/pizza/inbox/")[0] == "/accounts/login/?next=/pizza/inbox/"


def linked(address: str, page: str) -> set[str]:
    """Static files that a page, a stylesheet or a module asks for."""
    found = re.findall(r'(?:href|src)="([^"]+\.(?:css|js|svg|json|png|ico)(?:\?[^"]*)?)"', page)
    if urllib.parse.urlsplit(address).path.endswith((".css", ".js")):
        found = re.findall(r"""url\(["']?([^"')]+)|(?:from|import)\s*\(?["']([^"']+)["']""", page)
        found = [left or right for left, right in found]
    urls = {urllib.parse.urljoin(address, unescape(name)) for name in found}
    return {url for url in urls if url.startswith("http") and "/static/" in url}


def test_runserver_serves_every_static_file_and_they_can_be_collected(
    bare: Bare, server: str
) -> None:
    browser = Browser(server)
    todo = linked(server, browser.open("/accounts/login/")[1])
    browser.log_in()
    for path in ("/", "/pizza/start/", "/pizza/inbox/", "/accounts/profile/"):
        todo |= linked(server, browser.open(path)[1])
    seen: dict[str, str] = {}
    while todo - seen.keys():
        url = (todo - seen.keys()).pop()
        todo |= linked(url, browser.open(url)[1])
        seen[url] = browser.type
    names = {urllib.parse.urlsplit(url).path.removeprefix("/static/"): url for url in seen}
    types = {Path(name).suffix: seen[url] for name, url in names.items()}
    assert types[".css"] == "text/css" and types[".js"] == "text/javascript"
    assert any(name.startswith("viewflow/") and name.endswith(".css") for name in names)
    assert any(re.fullmatch(r"django_htmx/htmx[\w.-]*\.js", name) for name in names)

    (bare.path / "mysite/deployed.py").write_text(DEPLOYED)
    bare.manage("collectstatic", "--noinput", "--settings=mysite.deployed")
    collected = bare.path / "collected"
    assert [name for name in names if not (collected / name).is_file()] == []
    page = bare.manage(
        "shell",
        "-v0",
        "--settings=mysite.deployed",
        "-c",
        "from django.conf import settings; settings.DEBUG = False; settings.ALLOWED_HOSTS = ['*']\n"
        "from django.test import Client; print(Client().get('/accounts/login/').text)",
    )
    hashed = linked(server, page)
    assert any(re.search(r"htmx[\w.-]*\.[0-9a-f]{12}\.js$", url) for url in hashed)
    for url in hashed:
        assert (collected / urllib.parse.urlsplit(url).path.removeprefix("/static/")).is_file()
