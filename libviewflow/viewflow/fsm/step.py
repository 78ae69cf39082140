"""One step of a stored machine: who may make it, whether it is possible, and the lock around it.

The pages, the admin and the API share this, so that all of them ask the same questions in the same
order. It knows models and users, but no request.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connections, router, transaction
from django.db.models import F, QuerySet

from .transition import BoundTransition, Transition, TransitionNotAllowed

__all__ = ["Refused", "Step", "find_step", "lock_row", "locked", "machine_of", "offered_steps"]


class Refused(Exception):  # noqa: N818 # not an error of the program
    """The step is not possible (any more); the text may say why."""


@dataclass(slots=True, frozen=True)
class Step:
    """A transition of one machine as a person meets it.

    ``possible``: it begins at the current state. ``met``: its conditions hold, else ``reason``
    is what the unmet one says. ``permitted``: the person has the right to it.
    """

    call: BoundTransition
    transition: Transition
    possible: bool
    met: bool
    reason: str
    permitted: bool

    @property
    def slug(self) -> str:
        """The name of the method."""
        return self.call.slug

    @property
    def label(self) -> str:
        """What the button says."""
        return str(self.transition.label)

    @property
    def icon(self) -> str:
        """The icon of the button: ``custom={"icon": …}`` of the transition."""
        return str(self.transition.custom.get("icon") or "")

    def make(self) -> Any:
        """Make the step. Raises :class:`Refused` when it is not possible now."""
        if not self.possible or not self.met:
            raise Refused(self.reason)
        try:
            return self.call()
        except TransitionNotAllowed as error:
            raise Refused(str(error)) from error


def machine_of(flow_state: Any, obj: Any) -> Any:
    """Make the machine of ``obj``: the class that ``flow_state`` was read on, called with it.

    Raises ``ValueError`` for a class that cannot be made of one argument. A model with a slot of
    its own is its machine.
    """
    owner = flow_state.owner
    if isinstance(obj, owner):
        return obj
    try:
        inspect.signature(owner).bind(obj)
    except TypeError as error:
        raise ValueError(
            f"{owner.__name__} is not made of one argument ({error}): "
            f"define get_object_flow(request, obj) to make it."
        ) from error
    return owner(obj)


def _unmet(transition: Transition, machine: Any) -> tuple[bool, str]:
    answer = transition.unmet(machine)
    return answer is None, str(getattr(answer, "message", "") or "")


def _step(method: Any, machine: Any, current: Any, user: Any) -> Step:
    transition = method.find(current)
    call = BoundTransition(method, machine)
    if transition is not None:
        met, reason = _unmet(transition, machine)
        permitted = transition.has_perm(machine, user)
        return Step(call, transition, True, met, reason, permitted)
    # From another state it might be allowed: a late click is no break-in.
    permitted = any(other.has_perm(machine, user) for other in method.transitions)
    return Step(call, method.transitions[0], False, True, "", permitted)


def find_step(flow_state: Any, machine: Any, slug: str, user: Any) -> Step | None:
    """Return the step that ``slug`` names; ``None`` for an unknown or private one."""
    if slug.startswith("_"):
        return None
    for method in flow_state.get_transitions():
        if method.__name__ == slug and method.transitions:
            return _step(method, machine, flow_state.get(machine), user)
    return None


def offered_steps(flow_state: Any, machine: Any, user: Any) -> list[Step]:
    """Return the steps from the current state that ``user`` has a right to, met or not."""
    current = flow_state.get(machine)
    return [
        step
        for method in flow_state.get_transitions()
        if not method.__name__.startswith("_") and method.find(current) is not None
        for step in [_step(method, machine, current, user)]
        if step.permitted
    ]


def lock_row(rows: QuerySet[Any], pk: Any, using: str) -> None:
    """Keep everybody else from the row ``pk`` until the end of the transaction.

    A row lock where the database has one; elsewhere a write at the beginning, for which others
    wait as well.
    """
    row = rows.model._base_manager.using(using).filter(pk=pk)
    if connections[using].features.has_select_for_update:
        list(row.select_for_update().order_by().values_list("pk"))
        return
    fields = rows.model._meta.local_concrete_fields
    plain = next((f for f in fields if not f.primary_key and not f.generated), None)
    if plain is not None:
        row.update(**{plain.attname: F(plain.attname)})


@contextmanager
def locked(rows: QuerySet[Any], pk: Any) -> Iterator[QuerySet[Any]]:
    """Open a transaction that holds the row ``pk``, and give ``rows`` on its database.

    Whoever comes second waits and then reads what the first has written.
    """
    using = getattr(rows, "_db", None) or router.db_for_write(rows.model)
    with transaction.atomic(using=using):
        lock_row(rows, pk, using)
        yield rows.using(using)
