"""Who is asking: the session and the person, by statements that are compiled once.

Every page begins with these two rows. Building Django's querysets for them takes several times as
long as running them (measured on SQLite: 1.3 ms for both, 0.3 ms here).

Only the reading is done here, and only of what Django would have read: its own session in the
database, and a person of its own ``ModelBackend``. Whoever is not found, is not active, or does
not hold the session's hash is left to Django's ``get_user()``, which decides as if nothing had
happened; so is every project with a session, backend or manager of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user_model,
    middleware,
)
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import EmptyResultSet, ValidationError
from django.db import connections, models, router
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from .kept import Kept

__all__ = ["read_session_quickly", "recall_person"]

_BACKEND = "django.contrib.auth.backends.ModelBackend"


def read_session_quickly(request: HttpRequest) -> None:
    """Let the session of ``request`` be read by the kept statement, once somebody asks for it."""
    session: Any = getattr(request, "session", None)
    if type(session) is SessionStore:
        session.__class__ = _QuickStore


class _QuickStore(SessionStore):
    """Django's session store, which differs in nothing but how the row is read."""

    key_salt = SessionStore().key_salt  # made of the name of the class

    def load(self) -> dict[str, Any]:
        model = self.model
        alias = router.db_for_read(model)
        connection = connections[alias]
        now = model._meta.get_field("expire_date").get_db_prep_value(timezone.now(), connection)
        wanted = [self.session_key, now]
        guess = _guesses.get(self.session_key)
        if guess is not None and (rows := _with_person(model, alias, wanted, guess)):
            (data, *self.person_row) = rows[0]
            return self.decode(data)
        rows = _session(model, alias).rows(connection, wanted)
        # No row is rare: expired, signed out elsewhere, or made up. Django then drops the key too.
        return self.decode(rows[0][0]) if rows else super().load()

    #: The row of a person that was read along, perhaps that of the session.
    person_row: Sequence[Any] = ()


#: The person whose session it was the last time, as the database takes the key.
_guesses: dict[Any, Any] = {}
_MOST_GUESSES: Final = 10_000


def _with_person(model: Any, alias: str, wanted: list[Any], guess: Any) -> Sequence[Any]:
    """Return the session's data and the row of the person who is guessed."""
    person = get_user_model()
    if not _is_plain(person) or router.db_for_read(person) != alias:
        return ()
    sql = _together(model, person, alias)
    if sql is None:
        return ()
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, [*wanted, guess])
        return cursor.fetchall()


@lru_cache(maxsize=16)
def _together(model: Any, person: Any, alias: str) -> str | None:
    known = _people(person, alias)
    if known is None:
        return None
    session = _session(model, alias)
    return f"SELECT * FROM ({session.sql}) s LEFT JOIN ({known[0].sql}) p ON 1 = 1"  # noqa: S608


@lru_cache(maxsize=16)
def _session(model: Any, alias: str) -> Kept:
    # One after the other: the keywords of one filter() are sorted by name.
    rows = (
        model.objects.using(alias).filter(session_key="key").filter(expire_date__gt=timezone.now())
    )
    kept = Kept(rows.order_by().values_list("session_data"), connections[alias])
    assert len(kept.params) == 2 and kept.params[0] == "key", kept.sql
    return kept


def recall_person(request: HttpRequest) -> None:
    """Read the person of ``request`` for a ``request.user`` that nobody has looked at yet.

    To be called where the next line asks for the person anyway.
    """
    session = getattr(request, "session", None)
    if (
        session is None
        or hasattr(request, "_cached_user")  # where Django keeps the person of a request
        or not _is_promised(getattr(request, "user", None))
        or session.get(BACKEND_SESSION_KEY) != _BACKEND
        or _BACKEND not in settings.AUTHENTICATION_BACKENDS
    ):
        return
    key, proof = session.get(SESSION_KEY), session.get(HASH_SESSION_KEY)
    person = _person(session, key) if key and proof else None
    if person is None or not getattr(person, "is_active", True):
        return
    make_hash = getattr(person, "get_session_auth_hash", None)
    if make_hash is not None and constant_time_compare(proof, make_hash()):
        # The person herself instead of a promise of her: a page asks her some hundred things.
        request._cached_user = request.user = person  # type: ignore[attr-defined]


def _is_promised(user: Any) -> bool:
    """Is this the person whom Django's own middleware promises, and not another one's?"""
    if type(user) is not SimpleLazyObject:
        return False
    make = vars(user).get("_setupfunc")
    return getattr(make, "__module__", None) == middleware.__name__


def _person(session: Any, key: Any) -> Any:
    model: Any = get_user_model()
    if not _is_plain(model):
        return None
    alias = router.db_for_read(model)
    connection = connections[alias]
    known = _people(model, alias)
    if known is None:
        return None
    kept, names = known
    pk = model._meta.pk
    wanted = pk.get_db_prep_value(pk.to_python(key), connection)
    place, row = names.index(pk.attname), getattr(session, "person_row", ())
    if len(row) == len(names) and row[place] == wanted:
        rows = kept.values(connection, [row])
    else:
        rows = kept.rows(connection, [wanted])
        if len(_guesses) >= _MOST_GUESSES:
            _guesses.clear()
        _guesses[session.session_key] = wanted
    return model.from_db(alias, names, rows[0]) if rows else None


@lru_cache(maxsize=16)
def _is_plain(model: Any) -> bool:
    """Does the manager give all rows, as Django's does, in one table?"""
    manager = model._default_manager
    return (
        type(manager).get_queryset is models.manager.BaseManager.get_queryset
        and manager._queryset_class is models.QuerySet
        and not any(model._meta.parents.values())
    )


@lru_cache(maxsize=16)
def _people(model: Any, alias: str) -> tuple[Kept, tuple[str, ...]] | None:
    names = tuple(field.attname for field in model._meta.concrete_fields)
    key = model._meta.pk
    try:
        sample = key.to_python("1")
    except ValidationError:  # not a number: a UUID makes one of its own
        sample = key.get_default()
    rows = model._default_manager.using(alias).order_by().values_list(*names).filter(pk=sample)
    try:
        kept = Kept(rows, connections[alias])
    except EmptyResultSet:
        return None
    return (kept, names) if len(kept.params) == 1 else None
