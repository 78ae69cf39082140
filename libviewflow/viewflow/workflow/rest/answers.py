"""What the API answers when a step is not taken: 403, 404, 409 and 503, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.exceptions import ValidationError as InvalidData

from viewflow.fsm import TransitionNotAllowed
from viewflow.workflow import FlowLockFailed, FlowRuntimeError
from viewflow.workflow.flow.refusal import RETRY_AFTER, explain

__all__ = ["Busy", "Conflict", "NoForm", "conflict_of", "held", "messages_of", "told"]


class Conflict(APIException):
    """The step is not possible in the present state; nothing was changed."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class Busy(APIException):
    """Somebody else's step of the same process is being saved; trying again is safe."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = _(
        "Another step of the same process is being saved. Nothing of yours was changed or lost; "
        "try again in a moment."
    )
    default_code = "busy"
    wait = RETRY_AFTER  # sent as Retry-After


class NoForm(APIException):
    """The step has a view of its own making, which only a browser can fill in."""

    status_code = status.HTTP_501_NOT_IMPLEMENTED
    default_detail = _("This step has no form that could be sent here; it has a page.")
    default_code = "no_form"


def conflict_of(task: Any, user: Any, step: str | None) -> Conflict:
    """The answer to a step that the state of ``task`` does not allow, with the reason."""
    heading, sentence, _action = explain(task, user, step)
    return Conflict(f"{heading}: {sentence}")


def messages_of(error: ValidationError) -> dict[str, Any]:
    """Errors by field; those of the whole under ``non_field_errors``."""
    if not hasattr(error, "error_dict"):
        return {"non_field_errors": error.messages}
    found: dict[str, Any] = dict(error.message_dict)
    if NON_FIELD_ERRORS in found:
        found["non_field_errors"] = found.pop(NON_FIELD_ERRORS)
    return found


@contextmanager
def held(flow_class: Any, process_pk: Any) -> Iterator[None]:
    """Hold the process's lock and transaction; what the engine refuses becomes an answer."""
    with told(flow_class), flow_class.lock(process_pk):
        yield


@contextmanager
def told(flow_class: Any) -> Iterator[None]:
    """Turn what the engine refuses into an answer."""
    try:
        yield
    except FlowLockFailed as error:
        raise Busy from error
    except TransitionNotAllowed as error:
        raise Conflict(str(error) or None) from error
    except FlowRuntimeError as error:
        raise Conflict(str(error)) from error
    except ValidationError as error:
        raise InvalidData(messages_of(error)) from error
    except ObjectDoesNotExist as error:
        if isinstance(error, flow_class.process_class.DoesNotExist):
            raise Http404 from error
        raise
