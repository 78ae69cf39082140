"""The API for people: every endpoint on one page, written on the server from the schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator

__all__ = ["DocsView", "Endpoint", "Value", "get_docs_view"]


@dataclass(slots=True)
class Value:
    """Something that is sent: a parameter or a field of the body."""

    name: str
    kind: str
    required: bool
    text: str = ""


@dataclass(slots=True)
class Endpoint:
    """One method of one address."""

    method: str
    path: str
    name: str
    summary: str
    description: str
    values: list[Value] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def path_html(self) -> SafeString:
        """The path, which may break behind each of its slashes."""
        return SafeString(escape(self.path).replace("/", "/<wbr>"))


class DocsView(LoginRequiredMixin, TemplateView):
    """What the API offers, by flow. For whoever is signed in."""

    template_name = "viewflow/contrib/swagger.html"
    title: str = ""
    patterns: Any = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        title = self.title or _("API")
        return super().get_context_data(
            title=title,
            breadcrumbs=[(title, None)],
            groups=self.get_groups(),
            **kwargs,
        )

    def get_groups(self) -> dict[str, list[Endpoint]]:
        """The endpoints by tag, in the order of the addresses."""
        generator: Any = SchemaGenerator(patterns=self.patterns)
        schema = generator.get_schema(request=None, public=True)
        known = schema.get("components", {}).get("schemas", {})
        groups: dict[str, list[Endpoint]] = {}
        for path, methods in schema["paths"].items():
            for method, operation in methods.items():
                tag = (operation.get("tags") or [""])[0]
                groups.setdefault(tag, []).append(_endpoint(path, method, operation, known))
        return groups


def _endpoint(path: str, method: str, operation: Any, known: Any) -> Endpoint:
    values = [
        Value(
            item["name"],
            _kind(item.get("schema", {}), known),
            bool(item.get("required")),
            item.get("description", ""),
        )
        for item in operation.get("parameters", ())
    ]
    body = operation.get("requestBody", {}).get("content", {})
    content: Any = next(iter(body.values()), None) or {}
    schema = _resolved(content.get("schema", {}), known)
    wanted = set(schema.get("required", ()))
    values += [
        Value(name, _kind(value, known), name in wanted, value.get("description", ""))
        for name, value in schema.get("properties", {}).items()
        if not value.get("readOnly")
    ]
    answers = [
        (str(code), answer.get("description") or _("Success"))
        for code, answer in operation.get("responses", {}).items()
    ]
    summary, description = operation.get("summary", ""), operation.get("description", "")
    return Endpoint(
        method.upper(),
        path,
        operation["operationId"],
        summary,
        description if description.rstrip(".") != summary else "",
        values,
        answers,
    )


def _resolved(schema: Any, known: Any) -> Any:
    reference = schema.get("$ref")
    return known.get(reference.rpartition("/")[2], {}) if reference else schema


def _kind(schema: Any, known: Any) -> str:
    """The type of a value in a word or two, with its choices."""
    for several in ("oneOf", "allOf", "anyOf"):
        if several in schema:
            kinds = [_kind(item, known) for item in schema[several]]
            return ", ".join(dict.fromkeys(kind for kind in kinds if kind))
    schema = _resolved(schema, known)
    choices = [str(value) for value in schema.get("enum", ()) if value not in ("", None)]
    if choices:
        return " | ".join(choices)
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}), known)}]"
    return str(schema.get("format") or schema.get("type") or "")


def get_docs_view(title: str = "", patterns: Any = None) -> Any:
    """A page of the site that tells what the API of ``patterns``, or of the whole project, offers."""
    return DocsView.as_view(title=title, patterns=patterns)
