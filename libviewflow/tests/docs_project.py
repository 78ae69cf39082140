"""Run the examples of one page of the documentation in a project of their own.

    python -m tests.docs_project docs/site.md

An HTML comment before a fenced block says what is done with it:

* ``<!-- test: shop/flows.py -->`` writes it into the project (again: appends to the file);
* ``<!-- test -->`` runs it, after all files are written, in one namespace for the page;
* ``<!-- test from: README.md -->``, anywhere, begins with the files of another page.

The project has the settings of ``django-admin startproject`` and the two apps; its database is a
SQLite one in memory. A page with a ``urls.py`` has each URL without parameters opened as well.
"""

from __future__ import annotations

import importlib
import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

__all__ = ["Block", "examples", "run"]

_BLOCK = re.compile(
    r"^<!-- test(?:: (?P<path>\S+))? -->\n+```(?P<language>\w*)\n(?P<code>.*?)^```$", re.M | re.S
)
_FROM = re.compile(r"^<!-- test from: (\S+) -->$", re.M)


class Block(NamedTuple):
    """An example: its file in the project (``""``: it is run), its line on the page, its text."""

    path: str
    line: int
    code: str


def examples(page: Path) -> list[Block]:
    """Return the marked blocks of a page, those that it builds upon first."""
    text = page.read_text(encoding="utf-8")
    found = [
        block
        for other in _FROM.findall(text)
        for block in examples((page.parent / other).resolve())
        if block.path
    ]
    for match in _BLOCK.finditer(text):
        line = text[: match.start("code")].count("\n")
        found.append(Block(match["path"] or "", line, match["code"]))
    return found


def write(blocks: list[Block], folder: Path) -> list[str]:
    """Write the files into the folder; return the names of the packages that they make."""
    packages: dict[str, None] = {}
    for block in blocks:
        if not block.path:
            continue
        target = folder / block.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a", encoding="utf-8") as file:
            file.write(block.code)
        first = Path(block.path).parts[0]
        if target.suffix == ".py" and target.parent != folder:
            packages[first] = None
            for parent in [target.parent, *target.parent.parents]:
                if parent == folder:
                    break
                (parent / "__init__.py").touch()
    return list(packages)


def configure(folder: Path, packages: list[str]) -> None:
    """Set Django up as ``startproject`` does, with the two apps and those of the page."""
    import django
    from django.conf import settings

    sys.path.insert(0, str(folder))
    (folder / "no_urls.py").write_text("urlpatterns = []\n")
    contrib = "django.contrib"
    settings.configure(
        SECRET_KEY="only-for-the-examples",
        DEBUG=True,
        ALLOWED_HOSTS=["*"],
        INSTALLED_APPS=[
            *(
                f"{contrib}.{name}"
                for name in (
                    "admin",
                    "auth",
                    "contenttypes",
                    "sessions",
                    "messages",
                    "staticfiles",
                )
            ),
            "viewflow",
            "viewflow.workflow",
            *packages,
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            f"{contrib}.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            f"{contrib}.auth.middleware.AuthenticationMiddleware",
            f"{contrib}.messages.middleware.MessageMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        ROOT_URLCONF="urls" if (folder / "urls.py").exists() else "no_urls",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [folder / "templates"],
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        f"{contrib}.auth.context_processors.auth",
                        f"{contrib}.messages.context_processors.messages",
                    ],
                },
            },
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        LOGIN_URL="/accounts/login/",
        MEDIA_ROOT=folder / "media",
        STATIC_URL="static/",
        USE_TZ=True,
    )
    django.setup()


def open_pages() -> int:
    """Open every URL without parameters as a superuser; return how many there were."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import get_resolver

    user = get_user_model().objects.create_superuser("the-tester", "", "x")
    client = Client()
    client.force_login(user)
    # What Django's admin shows is not for the kit's documentation to say.
    left_out = ("logout", "/admin/")
    urls = [url for url in walk(get_resolver()) if not any(part in url for part in left_out)]
    for url in urls:
        status = client.get(url).status_code
        assert status < 400, f"{url} answers {status}"
    user.delete()
    return len(urls)


def walk(resolver, before: str = "/"):
    """Yield the URLs below a resolver that have no parameters."""
    from django.urls import URLResolver

    for pattern in resolver.url_patterns:
        route = str(pattern.pattern)
        if "<" in route or "(" in route:
            continue
        if isinstance(pattern, URLResolver):
            yield from walk(pattern, before + route)
        elif not getattr(pattern.callback, "viewflow_hidden", False):
            yield before + route


def run(page: Path) -> str:
    """Run a page's examples; return what was done in one line. Raises what an example raises."""
    blocks = examples(page)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packages = write(blocks, folder)
        configure(folder, packages)

        from django.core.management import call_command
        from django.template.loader import get_template
        from django.test.utils import setup_test_environment

        files = sorted({block.path for block in blocks if block.path})
        for path in files:
            if path.endswith(".py"):
                importlib.import_module(path.removesuffix(".py").replace("/", "."))
            elif path.endswith(".html"):
                get_template(path.partition("templates/")[2])
        for package in packages:
            call_command("makemigrations", package, verbosity=0)
        importlib.invalidate_caches()
        call_command("migrate", verbosity=0)
        call_command("check", fail_level="WARNING", verbosity=0)
        opened = open_pages() if "urls.py" in files else 0
        setup_test_environment()  # pages remember the context of their templates
        namespace: dict[str, object] = {"__name__": "examples"}
        scripts = [block for block in blocks if not block.path]
        for block in scripts:
            # Line numbers of a traceback are those of the page.
            code = compile("\n" * block.line + block.code, page.name, "exec")
            exec(code, namespace)  # noqa: S102 - our own documentation
    return f"{page.name}: {len(files)} files, {len(scripts)} examples, {opened} pages"


if __name__ == "__main__":
    print(run(Path(sys.argv[1]).resolve()))
