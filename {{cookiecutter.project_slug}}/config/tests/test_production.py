"""The production server, started as it will be: gunicorn, and nothing set but what must be."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from config.tests.processes import manage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CREATE_ADMIN = """
from django.contrib.auth import get_user_model
get_user_model().objects.create_superuser("admin", "admin@example.com", "a long password")
"""


@pytest.fixture(scope="module")
def server(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running gunicorn."""
    manage(environment, "migrate", "--no-input")
    manage(environment, "collectstatic", "--no-input")
    manage(environment, "shell", "-c", CREATE_ADMIN)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log: Path = tmp_path_factory.mktemp("log") / "gunicorn.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn"],
            cwd=settings.BASE_DIR,
            env=environment | {"PORT": str(port)},
            stdout=output,
            stderr=output,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        give_up = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=10)  # noqa: S310
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > give_up:
                    pytest.fail(log.read_text())
                time.sleep(0.1)
        yield address
        assert '"level": "ERROR"' not in log.read_text()
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_the_deployment_check_is_clean(environment: dict[str, str]) -> None:
    needed = {name: environment[name] for name in environment if name not in {"DATABASE_URL"}}
    output = manage(needed, "check", "--deploy", "--fail-level", "WARNING")
    assert "no issues" in output


def test_a_missing_secret_key_is_named(environment: dict[str, str]) -> None:
    without = {name: value for name, value in environment.items() if name != "SECRET_KEY"}
    with pytest.raises(AssertionError, match="Set the SECRET_KEY environment variable"):
        manage(without, "check")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("ALLOWED_HOSTS", "https://example.com", "names like www.example.com"),
        ("ALLOWED_HOSTS", "example.com:8000", "without a port"),
        ("DATABASE_URL", "postgres//example", "DATABASE_URL is no address"),
    ],
)
def test_an_unusable_variable_is_named(
    environment: dict[str, str], name: str, value: str, message: str
) -> None:
    with pytest.raises(AssertionError, match=message):
        manage(environment | {name: value}, "check")


def test_host_names_may_have_spaces_between_them(environment: dict[str, str]) -> None:
    print_hosts = "from django.conf import settings; print(settings.ALLOWED_HOSTS)"
    spaced = environment | {"ALLOWED_HOSTS": "example.com, [::1], .example.org"}
    output = manage(spaced, "shell", "-v", "0", "-c", print_hosts)
    assert "['example.com', '[::1]', '.example.org']" in output


def test_plain_http_is_sent_to_https(server: str) -> None:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: object) -> None:
            return None

    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.build_opener(Stay).open(f"{server}/accounts/login/", timeout=10)
    assert answer.value.code == 301
    assert answer.value.headers["Location"].startswith("https://127.0.0.1")


def test_a_pizza_is_delivered_by_the_production_server(
    server: str, environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "deploy/smoke.py",
            server,
            "--https",
            "--user=admin",
            "--password=a long password",
        ],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "delivered" in done.stdout
    shell = "from pizza.models import PizzaOrder; print(PizzaOrder.objects.get().status)"
    assert "DONE" in manage(environment, "shell", "-c", shell)
