"""NSubprocess: a process for each of several items (BPMN 2.0.2, clause 10.3.8).

A call activity with multi-instance loop characteristics, parallel or sequential.
"""

from __future__ import annotations

import json
from typing import Any

from django.apps import apps
from django.db import models

from ..activation import Activation
from ..exceptions import FlowRuntimeError
from ..status import STATUS
from .subprocess import Subprocess, without_notes

__all__ = ["NSubprocess"]


class NSubprocess(Subprocess):
    """Starts a process for each item and waits for the end of all.

    ``items_callable(activation)`` gives the items; the start's function gets each as ``item``.
    The other callables get it, too, where they take two arguments. With ``sequential`` the next
    process starts when the one before has ended; the items must be JSON values or saved model
    instances then, because they are kept in the task. While the task waits, code may add a
    process: ``OtherFlow.start.run(_parent_task=task, item=…)``.
    """

    references = (*Subprocess.references, "items_callable")

    def __init__(
        self, start_node: Any, items_callable: Any, sequential: bool = False, **options: Any
    ) -> None:
        super().__init__(start_node, **options)
        self.items_callable = items_callable
        self.sequential = sequential

    @property
    def bpmn_loop(self) -> str:  # type: ignore[override]
        return "sequential" if self.sequential else "parallel"

    def may_adopt(self, task: Any) -> None:
        """Called before code starts a process for ``task`` by itself."""
        rows = type(task)._base_manager.using(task._state.db).filter(pk=task.pk)
        status = rows.values_list("status", flat=True).first()
        if status != STATUS.STARTED:
            raise FlowRuntimeError(
                f"{self}: a process can be added while the task waits; #{task.pk} is {status}."
            )

    def first_items(self, activation: Activation) -> list[Any]:
        items = list(activation.call(self.items_callable, activation))
        task = activation.task
        data = task.data if task.data is not None else {}
        if not isinstance(data, dict):
            if not self.sequential:
                return items
            raise FlowRuntimeError(
                f"{self} keeps its items in task.data, which holds {data!r} instead of a dict."
            )
        packed = [self._key(item, number) for number, item in enumerate(items)]
        kept = list(data.get("_kept") or [])
        children = []
        for key in packed:
            pair = next((pair for pair in kept if pair[0] == key), None)
            children.append(pair[1] if pair is not None else None)
            if pair is not None:
                kept.remove(pair)
        task.data = {**without_notes(data), "_items": packed, "_children": children}
        if self.sequential:
            return self.next_items(activation)
        return [item for item, pk in zip(items, children, strict=True) if pk is None]

    def next_items(self, activation: Activation) -> list[Any]:
        data = activation.task.data
        if not self.sequential or not isinstance(data, dict):
            return []
        notes = zip(data.get("_items") or [], data.get("_children") or [], strict=True)
        return [self._unpack(item) for item, pk in notes if pk is None][:1]

    def note_children(self, task: Any, pks: list[Any]) -> None:
        data = task.data
        if not isinstance(data, dict) or "_children" not in data:
            return
        new = iter(pks)
        children = [next(new, None) if pk is None else pk for pk in data["_children"]]
        task.data = {**data, "_children": children}

    def kept_items(self, task: Any, pks: set[Any]) -> list[Any] | None:
        data = task.data
        if not isinstance(data, dict) or not ("_children" in data or "_kept" in data):
            return None
        pairs = [*zip(data.get("_items", []), data.get("_children", []), strict=True)]
        pairs += data.get("_kept") or []
        return [[item, pk] for item, pk in pairs if pk in pks]

    def _key(self, item: Any, number: int) -> Any:
        """Return what is kept of an item; its number, where nothing else can be."""
        try:
            return self._pack(item)
        except FlowRuntimeError:
            if self.sequential:
                raise
            return {"_number": number}

    def _pack(self, item: Any) -> Any:
        """Return an item as the JSON value that is kept of it."""
        if isinstance(item, models.Model) and item.pk is not None:
            return {"_model": item._meta.label, "pk": item._meta.pk.value_to_string(item)}
        try:
            same = json.loads(json.dumps(item)) == item
        except (TypeError, ValueError):
            same = False
        if not same:
            raise FlowRuntimeError(
                f"{self}: the items of a sequence are JSON values or saved model instances, "
                f"not {item!r}."
            )
        return item

    def _unpack(self, kept: Any) -> Any:
        if not (isinstance(kept, dict) and kept.keys() == {"_model", "pk"}):
            return kept
        return apps.get_model(kept["_model"])._base_manager.get(pk=kept["pk"])
