"""``VirtualField``: what every jsonstore field adds to the Django field it derives from.

A virtual field is a private, non-concrete field of the model: it has no column of its own, so
migrations do not see it, and forms, admin, validation and queries do. Its value is one key of a
JSON column's document, which is all that is ever loaded and saved.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from django.core import checks
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Value
from django.db.models.fields import NOT_PROVIDED
from django.db.models.signals import class_prepared
from django.utils.functional import cached_property

from .access import UNREADABLE, build_property
from .document import MISSING, InvalidValueError, dig, discard, place
from .keys import Key
from .options import FORM_DATA, adopt_model

if TYPE_CHECKING:
    from .writing import Change

__all__ = ["VirtualField"]

_DEFAULTS_READ = "_jsonstore_defaults"
_UNCHECKED = "_jsonstore_unchecked"


class VirtualField(models.Field if TYPE_CHECKING else object):  # type: ignore[misc]
    """Mixin in front of a Django field class; keeps the value under a key of a JSON column.

    ``json_field_name`` names the model's ``JSONField`` (default ``"data"``). ``json_key`` says
    where in its document: ``None`` for the attribute name, a string, or a list or tuple of strings
    for a nested place. Raises ``TypeError`` for any other ``json_key``.

    A read of an absent key gives the ``default`` (a callable is called), or ``None``. Assigning
    ``None`` or ``""`` to a field with ``blank=True, null=False`` removes the key.
    """

    #: Which SQL the value is in a query, see ``columns`` and ``keys``.
    sql_kind = "text"
    #: Values of exactly this type are stored as they are.
    native_type: type | None = None
    #: Stored JSON value to Python value, for values other than null; ``None``: they are the same.
    load: Callable[[Any], Any] | None = None

    #: What is empty besides ``None``, if it has no length.
    empty_types: tuple[type, ...] = (str,)

    #: Whether the owner is an ``EmbeddedModel``, whose document is a part of another one.
    is_embedded = False

    json_path: tuple[str, ...]
    placed: tuple[VirtualField, str]
    embedded_in: type

    def __init__(
        self,
        *args: Any,
        json_field_name: str = "data",
        json_key: str | Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        if not (
            json_key is None
            or isinstance(json_key, str)
            or (isinstance(json_key, list | tuple) and all(isinstance(k, str) for k in json_key))
        ):
            raise TypeError(f"json_key must be a string or a list of strings, not {json_key!r}")
        self.json_field_name = json_field_name
        self.json_key = json_key
        super().__init__(*args, **kwargs)

    # --- Python value <-> JSON value ------------------------------------------------------------

    def dump(self, value: Any) -> Any:
        """Return the JSON form of a value other than ``None``; may raise what ``to_python`` does."""
        return self.to_python(value)

    def to_stored(self, value: Any) -> Any:
        """Return the JSON form of any value. Raises :class:`InvalidValueError`."""
        if value is None:
            return None
        if self.is_expression(value):
            raise InvalidValueError(
                f"{self}: an expression cannot be assigned, use QuerySet.update({self.name}=…)"
            )
        try:
            return self.dump(value)
        except InvalidValueError:
            raise
        except (*UNREADABLE, ValidationError):
            raise InvalidValueError(
                f"{self}: {value!r} is not a value for {type(self).__name__}"
            ) from None

    def is_expression(self, value: Any) -> bool:
        """Tell whether ``value`` is for the database to compute."""
        return hasattr(value, "resolve_expression")

    def removes(self, value: Any) -> bool:
        """Tell whether assigning ``value`` removes the key instead of storing something."""
        return (
            self.blank
            and not self.null
            and (value is None or (isinstance(value, self.empty_types) and not value))
        )

    # --- the attribute --------------------------------------------------------------------------

    def write(self, owner: Any, value: Any) -> None:
        """Store ``value`` in the owner's document.

        A string that cannot be converted is kept, as a column's attribute keeps it, for
        ``full_clean()`` to report and ``save()`` to refuse. Raises :class:`InvalidValueError` for
        anything else that is not a value of this field.
        """
        document = getattr(owner, self.holder)
        if document and not isinstance(document, dict):
            raise InvalidValueError(
                f"{self}: {self.holder} holds {document!r}, which is not an object to write into"
            )
        if self.removes(value):
            if document:
                discard(document, self.json_path)
            owner.__dict__.get(_DEFAULTS_READ, {}).pop(self.name, None)
            return
        try:
            value = self.to_stored(value)
        except InvalidValueError:
            if not isinstance(value, str):
                raise
            owner.__dict__.setdefault(_UNCHECKED, set()).add(self.name)
        self.store(owner, value)

    def store(self, owner: Any, value: Any) -> None:
        """Put a JSON value into the owner's document, or into a new one if it has none."""
        document = getattr(owner, self.holder)
        if document or (self.is_embedded and isinstance(document, dict)):
            place(document, self.json_path, value)
        else:
            # An empty document of a model may be a default that all its instances share.
            document = {}
            place(document, self.json_path, value)
            setattr(owner, self.holder, document)

    def absent_value(self, owner: Any) -> Any:
        """Return what a read gives when the document has no such key."""
        default = self.default
        if default is NOT_PROVIDED:
            return None
        return self.remembered_default(owner) if callable(default) else default

    def fresh_default(self) -> Any:
        """Return a new value of a callable default."""
        return cast("Callable[[], Any]", self.default)()

    def remembered_default(self, owner: Any) -> Any:
        """Return the default; if it can be edited in place, the same object each time."""
        document = getattr(owner, self.holder)
        read = owner.__dict__.get(_DEFAULTS_READ)
        if read is not None and self.name in read:
            known, value = read[self.name]
            if known is document:
                return value
        value = self.fresh_default()
        if value.__hash__ is None:
            # Kept, so that changes made in place are there at the next read and at save().
            owner.__dict__.setdefault(_DEFAULTS_READ, {})[self.name] = (document, value)
        return value

    def is_stored(self, owner: Any) -> bool:
        """Tell whether the owner's document has the key, as opposed to a default being read."""
        return dig(getattr(owner, self.holder), self.json_path) is not MISSING

    def refuse_unconverted(self, owner: Any) -> None:
        """Raise :class:`InvalidValueError` if the document holds a string put there unconverted."""
        stored = dig(getattr(owner, self.holder), self.json_path)
        if isinstance(stored, str):
            self.to_stored(stored)

    def prepare_save(self, owner: Any, add: bool) -> None:
        """Bring the document up to date before it is written: ``auto_now``, edited defaults."""
        if self.is_automatic:
            self.pre_save(owner, add)
        known, value = owner.__dict__.get(_DEFAULTS_READ, {}).get(self.name, (None, None))
        if (
            value is not None
            and known is getattr(owner, self.holder)
            and not self.is_stored(owner)
            and value != self.fresh_default()
        ):
            setattr(owner, self.attname, value)

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        """Assign what a form has cleaned.

        Django does so for columns before the save, and for what is no column once more after it
        (``save_m2m``). By then code may have changed the value, so the second time is ignored.
        """
        marks = instance.__dict__.setdefault(FORM_DATA, {})
        is_saved, known = marks.pop(self.name, (False, None))
        if is_saved and known is data:
            return
        marks[self.name] = (False, data)
        super().save_form_data(instance, data)

    @property
    def needs_prepare(self) -> bool:
        """Whether :meth:`prepare_save` can have anything to do."""
        return self.is_automatic or callable(self.default)

    @property
    def is_automatic(self) -> bool:
        """Whether the value is set at save, as ``auto_now`` does."""
        return bool(getattr(self, "auto_now", False) or getattr(self, "auto_now_add", False))

    def attribute(self) -> Any:
        """Return the descriptor that reads and writes the value."""
        return build_property(self, self.holder)

    # --- membership in the model ----------------------------------------------------------------

    def get_attname_column(self) -> tuple[str, None]:  # type: ignore[override]
        return self.get_attname(), None

    def set_attributes_from_name(self, name: str) -> None:
        super().set_attributes_from_name(name)
        if not self.json_key:
            self.json_path = (self.attname,)
        elif isinstance(self.json_key, str):
            self.json_path = (self.json_key,)
        else:
            self.json_path = tuple(self.json_key)

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        if hasattr(self, "owner_model") and name in cls.__dict__:
            return  # a child's own attribute of that name (`name = None`) replaces the field
        self.holder = self.json_field_name
        super().contribute_to_class(cls, name, private_only=True)
        self.owner_model = cls
        setattr(cls, self.attname, self.attribute())
        if not cls._meta.abstract:
            adopt_model(cls)
            class_prepared.connect(self._locate, sender=cls)
            if cls._meta.pk is not None:
                self._locate(sender=cls)

    def contribute_to_embedded(self, cls: Any, name: str) -> None:
        """Become a field of an ``EmbeddedModel``. Raises ``TypeError`` for ``json_field_name``."""
        if self.json_field_name != "data":
            raise TypeError(f"{cls.__name__}.{name}: an embedded model has no columns")
        self.set_attributes_from_name(name)
        self.holder, self.is_embedded, self.embedded_in = "_document", True, cls
        setattr(cls, self.attname, self.attribute())

    def _locate(self, sender: type[models.Model], **kwargs: Any) -> None:
        # With multi-table inheritance the column may be in a parent's table. Django joins the
        # table of `field.model`, as it does for inherited columns.
        try:
            column = sender._meta.get_field(self.json_field_name)
        except FieldDoesNotExist:
            return
        if column.model._meta.concrete_model is not sender._meta.concrete_model:
            self.model = column.model

    @property
    def json_column(self) -> models.JSONField:
        """The column that holds the document."""
        return cast(models.JSONField, self.owner_model._meta.get_field(self.json_field_name))

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.json_field_name != "data":
            kwargs["json_field_name"] = self.json_field_name
        if self.json_key is not None:
            kwargs["json_key"] = self.json_key
        return name, path, args, kwargs

    def __str__(self) -> str:
        if self.is_embedded:
            return f"{self.embedded_in.__qualname__}.{self.name}"
        return super().__str__()

    def __reduce__(self) -> Any:
        if "placed" in self.__dict__:
            from .embedded_keys import part_of

            return part_of, self.placed
        if self.is_embedded:
            return _load_embedded_field, (self.embedded_in, self.name)
        if hasattr(self, "owner_model"):
            meta = self.owner_model._meta
            return _load_field, (meta.app_label, meta.object_name, self.name)
        return super().__reduce__()

    # --- queries --------------------------------------------------------------------------------

    @cached_property
    def key(self) -> Key:
        """What SQL needs to know of this field."""
        default = self.default
        more: dict[str, Any] = {}
        if self.json_field_name != "data":
            more["column"] = self.json_field_name
        if self.null:
            more["null"] = True
        if default is not NOT_PROVIDED and default is not None and not callable(default):
            more["default"] = self.to_stored(default)
        if getattr(self, "max_digits", None):
            more["digits"] = (self.max_digits, getattr(self, "decimal_places", None) or 0)
        if "placed" in self.__dict__:
            more["within"] = self.placed[0].json_path
        return Key(self.json_path, self.sql_kind, **more)

    @cached_property
    def query_field(self) -> models.Field[Any, Any]:
        """The field that a query sees: one of Django's own class, which expressions compare."""
        django_class = next(c for c in type(self).__mro__ if not issubclass(c, VirtualField))
        twin = copy.copy(self)
        twin.__class__ = django_class  # type: ignore[assignment]
        # Without a model and what may not be pickled: queries are pickled with their fields.
        for name in ("model", "owner_model", "load", "validators"):
            twin.__dict__.pop(name, None)
        twin.name = None
        twin.default, twin.choices, twin._validators = NOT_PROVIDED, None, []
        return twin

    def get_col(self, alias: str | None, output_field: Any = None) -> Any:
        from .columns import VirtualCol

        return VirtualCol(alias, self, self.query_field)

    @property
    def cached_col(self) -> Any:
        return self.get_col(self.model._meta.db_table)

    def json_text(self, value: Any) -> str:
        """Return the JSON text that :meth:`write` would leave in the document for ``value``."""
        return json.dumps(self.to_stored(value), cls=getattr(self.json_column, "encoder", None))

    def saved_change(self, owner: Any) -> Change:
        """Return the change that brings the database to what the owner's document says."""
        from .writing import JSON_TEXT, Change

        stored = dig(getattr(owner, self.holder), self.json_path)
        if stored is MISSING:
            return Change(self.json_path)
        text = json.dumps(stored, cls=getattr(self.json_column, "encoder", None))
        return Change(self.json_path, JSON_TEXT, Value(text, output_field=models.TextField()))

    # --- checks ---------------------------------------------------------------------------------

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        from .checks import check_place

        if self.is_embedded and not hasattr(self, "model"):
            # Django's checks ask the model which features of the database it requires.
            twin = copy.copy(self)
            twin.model = cast(Any, SimpleNamespace(_meta=SimpleNamespace(required_db_features=())))
            return twin.check(**kwargs)
        # A document has no column lengths, so CharField may go without max_length; and an empty
        # IP address is an absent key, not a null.
        needless = {"fields.E120", "fields.E150"}
        found = [m for m in super().check(**kwargs) if m.id not in needless]
        return found if self.is_embedded else [*found, *check_place(self)]


def _load_field(app_label: str, model_name: str, name: str) -> VirtualField:
    from django.apps import apps

    return cast(VirtualField, apps.get_model(app_label, model_name)._meta.get_field(name))


def _load_embedded_field(cls: Any, name: str) -> VirtualField:
    return cast(VirtualField, cls._fields[name])
