"""Queries into embedded objects: ``filter(address__since__year=2024)``, typed by the schema."""

from __future__ import annotations

import copy
from typing import Any

from django.db.models.fields.json import KeyTransform

from .columns import VirtualKey
from .embedded import EmbeddedModel

__all__ = ["EmbeddedKey", "part_of"]


class _AsDocument:
    """``exact`` takes embedded instances too."""

    rhs: Any

    def get_prep_lookup(self) -> Any:
        rhs: Any = self.rhs
        if isinstance(rhs, EmbeddedModel):
            self.rhs = rhs.to_dict()
        elif isinstance(rhs, list | tuple):
            self.rhs = [one.to_dict() if isinstance(one, EmbeddedModel) else one for one in rhs]
        return super().get_prep_lookup()  # type: ignore[misc]


class EmbeddedKey(VirtualKey):
    """An embedded object, or a list of them, whose parts are fields."""

    target: Any

    def lookup_mixins(self, lookup: str) -> tuple[type, ...]:
        mixins = super().lookup_mixins(lookup)
        return (*mixins, _AsDocument) if lookup == "exact" else mixins

    def get_transform(self, name: str) -> Any:
        """Return how to get at a part: an attribute of the schema, a list's index, any other key."""
        part = part_of(self.target, name)
        if part is not None:
            return lambda lhs, *args: part.get_col(lhs.alias)
        return lambda lhs, *args: KeyTransform(name, lhs)

    def get_db_converters(self, connection: Any) -> Any:
        return [*super().get_db_converters(connection), self._python_value]

    def _python_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return self.target.python_value(value)


def part_of(host: Any, name: str) -> Any:
    """Return the field of a part of an embedded object, placed in the host's model; or ``None``."""
    from .embedded_fields import EmbeddedField, EmbeddedListField

    if isinstance(host, EmbeddedListField):
        if not name.isdigit():
            return None
        item = EmbeddedField(host.embedded_model, null=True)
        item.name = item.attname = host.name
        item.json_path = (int(name),)  # type: ignore[assignment]
        return _placed(item, host, name)
    fields = host.embedded_model._fields
    found = fields.get(name)
    if found is None:
        found = next((f for f in fields.values() if f.attname == name), None)
    return found and _placed(found, host, name)


def _placed(field: Any, host: Any, name: str) -> Any:
    """Return ``field`` as if the model of ``host`` had it, with its value inside the host's."""
    found = copy.copy(field)
    for computed in ("key", "query_field", "joiner", "path_infos"):
        found.__dict__.pop(computed, None)
    found.json_path = (*host.json_path, *field.json_path)
    found.json_field_name = host.json_field_name
    found.placed = host, name  # for pickles of queries
    found.holder, found.owner_model, found.model = host.holder, host.owner_model, host.model
    return found
