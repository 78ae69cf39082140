"""The attribute of a ``ManyToManyField``: a manager of the rows that a document's list names."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import Case, IntegerField, Value, When

from .document import InvalidValueError

if TYPE_CHECKING:
    from .many import ManyToManyField

__all__ = ["PREFETCHED", "MembersDescriptor", "manager_class"]

#: Where Django keeps what ``prefetch_related`` has loaded.
PREFETCHED = "_prefetched_objects_cache"


class MembersDescriptor:
    """The attribute of a ``ManyToManyField``: a manager, or what to put into the list."""

    def __init__(self, field: ManyToManyField) -> None:
        self.field = field

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        return self if instance is None else self.field.manager_class(instance)

    def __set__(self, instance: Any, value: Any) -> None:
        self.field.write(instance, value)


def manager_class(base: Any, field: ManyToManyField) -> Any:
    """Return the related model's default manager, for the rows that an owner's list names."""

    class Members(base):  # type: ignore[misc]
        """The rows in the order of the list. Nothing is saved before the owner is."""

        _owners: ClassVar[ManyToManyField] = field

        def __init__(self, instance: Any) -> None:
            super().__init__()
            self.instance = instance
            self.model = field.remote_field.model

        # --- rows ---

        def get_queryset(self) -> Any:
            done = self.instance.__dict__.get(PREFETCHED, {}).get(field.name)
            if done is not None and done._jsonstore_keys == field.keys(self.instance):
                return done
            return self._apply_rel_filters(super().get_queryset())

        def _apply_rel_filters(self, queryset: Any) -> Any:
            queryset._add_hints(instance=self.instance)
            if self.instance._state.db:
                queryset = queryset.using(self.instance._state.db)
            keys = field.keys(self.instance)
            queryset = queryset.filter(pk__in=keys) if keys else queryset.none()
            if len(keys) > 1 and not queryset.query.order_by:
                places = [When(pk=key, then=Value(n)) for n, key in enumerate(keys)]
                queryset = queryset.order_by(Case(*places, output_field=IntegerField()))
            queryset._jsonstore_keys = keys
            return queryset

        def get_prefetch_querysets(self, instances: Any, querysets: Any = None) -> Any:
            if querysets and len(querysets) != 1:
                raise ValueError(
                    "querysets argument of get_prefetch_querysets() should have a length of 1."
                )
            queryset = querysets[0] if querysets else super().get_queryset()
            queryset._add_hints(instance=instances[0])
            queryset = queryset.using(queryset._db or self.instance._state.db)
            owners = defaultdict(list)
            for number, instance in enumerate(instances):
                for key in field.keys(instance):
                    owners[key].append(number)
            rows = queryset.filter(pk__in=list(owners))
            copies = [
                (number, copy.copy(row))  # each owner has rows of its own, as in Django
                for row in rows.prefetch_related(None)
                for number in owners[row.pk]
            ]
            numbers = {id(row): number for number, row in copies}
            if not rows.query.order_by:
                ranks = [{key: n for n, key in enumerate(field.keys(one))} for one in instances]
                copies.sort(key=lambda pair: ranks[pair[0]][pair[1].pk])
            rows._result_cache = [row for _number, row in copies]
            positions = {id(instance): number for number, instance in enumerate(instances)}
            return (
                rows,
                lambda row: numbers[id(row)],
                lambda instance: positions[id(instance)],
                False,
                field.name,
                False,
            )

        def __iter__(self) -> Iterator[Any]:
            return iter(self.get_queryset())

        def __len__(self) -> int:
            return int(self.get_queryset().count())

        def __contains__(self, item: Any) -> bool:
            try:
                return field.dump_one(item) in field.items(self.instance)
            except InvalidValueError:
                return False

        # --- the list ---

        def set(self, objs: Iterable[Any], *, clear: bool = False) -> None:
            """Replace the list."""
            field.write(self.instance, objs)

        def add(self, *objs: Any) -> None:
            """Append what is not in the list yet."""
            field.write(self.instance, [*field.items(self.instance), *objs])

        def remove(self, *objs: Any) -> None:
            """Take out of the list what is in it."""
            gone = field.to_stored(objs)
            left = [item for item in field.items(self.instance) if item not in gone]
            field.write(self.instance, left)

        def clear(self) -> None:
            """Empty the list; the document then has no such key."""
            field.write(self.instance, [])

        def create(self, **kwargs: Any) -> Any:
            """Create a row and append it."""
            row = super().create(**kwargs)
            self.add(row)
            return row

        def get_or_create(self, **kwargs: Any) -> Any:
            """Get a row of the list, or create one and append it."""
            row, created = super().get_or_create(**kwargs)
            self.add(row)
            return row, created

        def update_or_create(self, **kwargs: Any) -> Any:
            """Update a row of the list, or create one and append it."""
            row, created = super().update_or_create(**kwargs)
            self.add(row)
            return row, created

    for name in ("set", "add", "remove", "clear", "create", "get_or_create", "update_or_create"):
        getattr(Members, name).alters_data = True
    return Members
