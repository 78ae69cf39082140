"""Every shipped language says everything, and says it with the same placeholders."""

from __future__ import annotations

import ast
import gettext
import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation.template import templatize

import viewflow
from viewflow.workflow import PROCESS, STATUS
from viewflow.workflow.models import Process, Task

PACKAGE = Path(viewflow.__file__).parent
LOCALE = PACKAGE / "locale"
LANGUAGES = ["de", "es", "fr", "it", "ja", "kk", "ko", "pt", "ru", "sr", "zh_Hans"]
AGAIN = "run tools/messages.sh"


# A small reader of catalogues, so that the tests need no gettext tools


@dataclass
class Entry:
    context: str | None = None
    text: str = ""
    plural: str = ""
    translations: dict[int, str] = field(default_factory=dict)
    fuzzy: bool = False

    @property
    def key(self) -> tuple[str | None, str]:
        return self.context, self.text


def read_catalogue(path: Path) -> tuple[dict[str, str], dict[tuple[str | None, str], Entry]]:
    """The header and the entries of a .po or .pot file; obsolete entries are an error."""
    entries = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        entry, target, parts = Entry(), "", {}
        for line in block.splitlines():
            assert not line.startswith("#~"), f"{path}: {line}"
            if line.startswith("#"):
                entry.fuzzy |= line.startswith("#,") and "fuzzy" in line
            elif line:
                match = re.fullmatch(r'(?:(msg\w+(?:\[\d+\])?) )?(".*")', line)
                assert match, f"{path}: {line}"
                target = match[1] or target
                # The escapes of PO are among those of Python.
                parts[target] = parts.get(target, "") + ast.literal_eval(match[2])
        if "msgid" not in parts:
            continue
        entry.context, entry.text = parts.get("msgctxt"), parts["msgid"]
        entry.plural = parts.get("msgid_plural", "")
        if entry.plural:
            entry.translations = {
                int(name[7:-1]): text for name, text in parts.items() if name.startswith("msgstr[")
            }
        else:
            entry.translations = {0: parts["msgstr"]}
        entries.append(entry)
    header = dict(
        line.split(": ", 1) for line in entries.pop(0).translations[0].splitlines() if ": " in line
    )
    found = {entry.key: entry for entry in entries}
    assert len(found) == len(entries), f"{path} has a text twice"
    return header, found


def po(language: str) -> tuple[dict[str, str], dict[tuple[str | None, str], Entry]]:
    return read_catalogue(LOCALE / language / "LC_MESSAGES" / "django.po")


def plural_rule(header: dict[str, str]):
    match = re.fullmatch(r"nplurals=(\d+); plural=(.+);", header["Plural-Forms"])
    assert match, header["Plural-Forms"]
    return int(match[1]), gettext.c2py(match[2])


PLACEHOLDER = re.compile(r"%\(\w+\)[.\d]*[a-z]|%[.\d]*[sdf]|\{\w*\}")


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


@pytest.fixture(scope="module")
def template():
    return read_catalogue(LOCALE / "django.pot")[1]


def test_the_shipped_languages_are_these():
    assert sorted(path.parent.parent.name for path in LOCALE.glob("*/*/django.mo")) == LANGUAGES


# The template: what the code says


def words_of_code():
    """``(context, text)`` of every marked literal in the code, also those inside f-strings."""
    plain = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            literals = [a.value for a in node.args if isinstance(a, ast.Constant)]
            if node.func.id in plain and node.args:
                assert literals, f"{path}:{node.lineno}: only a literal can be collected"
                yield None, literals[0]
            elif node.func.id in {"pgettext", "pgettext_lazy"}:
                assert len(literals) == 2, f"{path}:{node.lineno}: only literals can be collected"
                yield literals[0], literals[1]


def words_of_templates():
    call = re.compile(
        r"""\b(n?p?gettext|_)\((u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*"|u?'''.*?''')"""
    )
    for path in PACKAGE.rglob("templates/**/*.*"):
        marked = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        for name, literal in call.findall(marked):
            assert "p" not in name, f"{path}: contexts in templates are not looked at here"
            # Named placeholders are written for Python: a lone per cent sign is doubled.
            yield None, ast.literal_eval(literal)


def test_the_template_has_every_text_of_the_code_and_nothing_else(template):
    """B476. Also what xgettext overlooks, such as a call inside an f-string."""
    used = {*words_of_code(), *words_of_templates()}
    assert len(used) > 400
    assert used - set(template) == set(), AGAIN
    assert set(template) - used == set(), AGAIN
    # Django has these in all of its languages: its own catalogue says them better.
    assert not {text for _context, text in used} & {"Django site admin", "Django administration"}


# The catalogues


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language, template):
    """B476."""
    header, entries = po(language)
    assert header["Language"] == language
    assert "charset=UTF-8" in header["Content-Type"]
    assert set(entries) == set(template), AGAIN
    forms, _rule = plural_rule(header)
    for key, entry in entries.items():
        assert not entry.fuzzy, key
        assert entry.plural == template[key].plural, key
        assert set(entry.translations) == set(range(forms if entry.plural else 1)), key
        assert all(text.strip() for text in entry.translations.values()), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_survive_the_translation(language):
    header, entries = po(language)
    _forms, rule = plural_rule(header)
    # A form that is for one thing only may leave the number out; one for 1, 21, 31 … may not.
    many = {rule(n) for n in range(2, 200)}
    for key, entry in entries.items():
        for number, text in entry.translations.items():
            allowed = [placeholders(entry.plural or entry.text)]
            if entry.plural and number not in many:
                allowed.append(placeholders(entry.text))
            assert placeholders(text) in allowed, (key, text)
            # What is left is plain words: a stray sign would break the formatting.
            rest = PLACEHOLDER.sub("", text)
            assert rest.count("%") == PLACEHOLDER.sub("", entry.text).count("%"), (key, text)
            assert "{" not in rest and "}" not in rest, (key, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_are_safe_in_html(language):
    """Templates print translations as they are, in attributes too."""
    for key, entry in po(language)[1].items():
        for text in entry.translations.values():
            assert not set(text) & set("<>&\"'`"), (key, text)
            assert text == text.strip() or entry.text != entry.text.strip(), (key, text)
            assert text.count("\n\n") == entry.text.count("\n\n"), (key, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogues_are_current(language):
    header, entries = po(language)
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.info()["plural-forms"] == header["Plural-Forms"]
    _forms, rule = plural_rule(header)
    for (context, text), entry in entries.items():
        for n in range(120) if entry.plural else [1]:
            if entry.plural:
                said = compiled.ngettext(text, entry.plural, n)
            elif context is not None:
                said = compiled.pgettext(context, text)
            else:
                said = compiled.gettext(text)
            form = rule(n) if entry.plural else 0
            assert said == entry.translations[form], f"{text}: {AGAIN}"


# Pages


@pytest.fixture
def site(settings):
    settings.ROOT_URLCONF = "tests.flowviews.urls"
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[:2],
        "django.middleware.locale.LocaleMiddleware",
        *settings.MIDDLEWARE[2:],
    ]
    yield settings
    # Django leaves the last request's language on: the next test would read it.
    translation.deactivate()


def person_who_reads(language: str) -> Client:
    return Client(headers={"accept-language": language})


@pytest.mark.parametrize(
    ("language", "lang", "words"),
    [
        ("de", "de", ["Anmelden", "Willkommen zurück.", "Vergessen?"]),
        ("fr", "fr", ["Se connecter", "Oublié"]),
        ("ja", "ja", ["ログイン"]),
        ("pt-br", "pt-br", ["Entrar", "Senha"]),
    ],
)
@pytest.mark.django_db
def test_the_login_page_speaks_the_readers_language(site, language, lang, words):
    """B476."""
    site.ROOT_URLCONF = "tests.auth.urls"
    page = person_who_reads(language).get("/accounts/login/").content.decode()
    assert f'<html lang="{lang}"' in page
    for word in words:
        assert word in page
    for word in ("Sign in", "Welcome back", "Forgot it"):
        assert word not in page


@pytest.mark.parametrize("language", ["de", "ja"])
@pytest.mark.django_db
def test_the_inbox_speaks_the_readers_language(site, language):
    """B476."""
    user = get_user_model().objects.create_superuser("boss", "boss@example.com", "x")
    client = person_who_reads(language)
    client.force_login(user)
    catalogue = {key: entry.translations[0] for key, entry in po(language)[1].items()}

    empty = client.get(reverse("pizza:inbox")).content.decode()
    assert f'<html lang="{language}"' in empty
    for text in ("Inbox", "Queue", "Archive", "Skip to content", "Open menu"):
        assert catalogue[None, text] in empty
    assert catalogue[None, "All done, nothing is waiting for you"] in empty
    assert "Skip to content" not in empty

    client.post(
        reverse("pizza:start:execute"),
        {"customer_name": "Hannah", "address": "Elm St 1", "toppings": "olives"},
    )
    process = Process.objects.get()
    task = Task.objects.get(status=STATUS.NEW)
    client.post(task.reverse("assign"))
    inbox = client.get(reverse("pizza:inbox")).content.decode()
    assert catalogue[None, "Give back"] in inbox

    detail = client.get(reverse("pizza:process_detail", args=[process.pk])).content.decode()
    assert catalogue[None, "In progress"] in detail
    assert catalogue[None, "What happened"] in detail
    assert "In progress" not in detail


@pytest.mark.django_db
def test_the_story_agrees_with_the_person_it_is_about(site):
    """German says „Sie haben“, but „Berta Boss hat“."""
    boss, other = (
        get_user_model().objects.create_superuser(name, f"{name}@example.com", "x")
        for name in ("boss", "other")
    )
    pages = []
    for user in (boss, other):
        client = person_who_reads("de")
        client.force_login(user)
        if user == boss:
            client.post(
                reverse("pizza:start:execute"),
                {"customer_name": "Hannah", "address": "Elm St 1", "toppings": "olives"},
            )
        address = reverse("pizza:process_detail", args=[Process.objects.get().pk])
        pages.append(client.get(address).content.decode())
    assert "<b>Sie</b> haben den Prozess gestartet" in pages[0]
    assert "<b>boss</b> hat den Prozess gestartet" in pages[1]


@pytest.mark.parametrize("language", [name.replace("_", "-").lower() for name in LANGUAGES])
def test_states_have_names_in_every_language(language):
    """B476."""
    with translation.override("en"):
        english = {str(label) for choices in (STATUS, PROCESS) for label in choices.labels}
    with translation.override(language):
        for choices in (STATUS, PROCESS):
            names = [str(label) for label in choices.labels]
            assert not set(names) & english
            assert len(set(names)) == len(names)
