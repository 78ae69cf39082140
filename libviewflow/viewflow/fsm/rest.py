"""``FlowRESTMixin``: the transitions of a state machine in an API of Django REST framework.

Needs the extra ``libviewflow[rest]``.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.db import DataError, IntegrityError
from django.utils.translation import gettext as _

try:
    from drf_spectacular.types import OpenApiTypes
    from drf_spectacular.utils import OpenApiResponse, extend_schema
    from rest_framework import permissions, serializers, status
    from rest_framework.decorators import action
    from rest_framework.exceptions import APIException, NotFound, PermissionDenied
    from rest_framework.exceptions import ValidationError as InvalidData
    from rest_framework.generics import get_object_or_404
    from rest_framework.response import Response
    from rest_framework.reverse import reverse
except ImportError as error:  # pragma: no cover - depends on what is installed
    raise ImportError(
        "The API of state machines needs Django REST framework and drf-spectacular: "
        'pip install "libviewflow[rest]".'
    ) from error

from ..utils import has_object_perm
from .chart import label_in
from .options import FlowOptions
from .step import Refused, Step, find_step, locked, offered_steps

__all__ = ["Conflict", "FlowRESTMixin", "MaySeeObject", "TransitionSerializer"]


class Conflict(APIException):
    """The step is not possible in the present state; nothing was changed."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"


class MaySeeObject(permissions.IsAuthenticated):
    """For people who may view or change the model, or the object."""

    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        return any(
            has_object_perm(request.user, right, type(obj), obj) for right in ("view", "change")
        )


class TransitionSerializer(serializers.Serializer):
    """A transition that begins at the object's state and that the person has a right to."""

    slug = serializers.CharField(help_text="The name of the transition.")
    label = serializers.CharField(help_text="What a button should say.")
    available = serializers.BooleanField(help_text="Whether its conditions hold.")
    reason = serializers.CharField(help_text="Why it is not available.", allow_blank=True)
    fields_wanted = serializers.ListField(
        child=serializers.CharField(), help_text="Fields that the request may hold."
    )
    url = serializers.URLField(help_text="Where to POST them.")


class FlowRESTMixin(FlowOptions):
    """``GET <pk>/transition/`` lists what can be done, ``POST <pk>/transition/<slug>/`` does it.

    Put it before a ``ModelViewSet`` and set ``flow_state``. The same rules hold as on the pages:
    people who may see the object, with the transition's permission; fields and transition in one
    transaction under the row's lock. 404 for an unknown or private name, 403 without the
    permission, 400 for wrong fields, 409 for a transition that is not possible (any more).
    """

    #: Who gets to the transitions; the transition's own permission is asked as well.
    transition_permission_classes: Any = (MaySeeObject,)

    def get_permissions(self) -> list[Any]:
        if getattr(self, "action", None) in {"transitions", "transition"}:
            return [permission() for permission in self.transition_permission_classes]
        return super().get_permissions()  # type: ignore[misc,no-any-return]

    def get_transition_serializer_class(self, request: Any, obj: Any, slug: str) -> Any:
        """The serializer that checks and saves the fields of a transition, and no others."""
        model = type(obj)
        names = list(self.get_transition_fields(request, obj, slug) or ())
        meta = type("Meta", (), {"model": model, "fields": names})
        return type(f"{model.__name__}Transition", (serializers.ModelSerializer,), {"Meta": meta})

    def get_transition_url(self, request: Any, slug: str) -> str:
        """The address of a transition of the object that the request is about."""
        match = request.resolver_match
        name = f"{self.basename}-transition"  # type: ignore[attr-defined]
        if match is not None and match.namespace:
            name = f"{match.namespace}:{name}"
        kwargs = {**self.kwargs, "slug": slug}  # type: ignore[attr-defined]
        return str(reverse(name, kwargs=kwargs, request=request))

    @extend_schema(responses=TransitionSerializer(many=True), filters=False)
    @action(
        detail=True,
        methods=["get"],
        url_path="transition",
        url_name="transition-list",
        pagination_class=None,
    )
    def transitions(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """List the transitions from the object's state that the person may make."""
        obj = self.get_object()  # type: ignore[attr-defined]
        machine = self.get_object_flow(request, obj)
        steps = offered_steps(self.get_flow_state(request), machine, request.user)
        rows = [
            {
                "slug": step.slug,
                "label": step.label,
                "available": step.met,
                "reason": step.reason,
                "fields_wanted": list(self.get_transition_fields(request, obj, step.slug) or ()),
                "url": self.get_transition_url(request, step.slug),
            }
            for step in steps
        ]
        return Response(TransitionSerializer(rows, many=True).data)

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses={
            403: OpenApiResponse(description="The person has no right to the transition."),
            409: OpenApiResponse(description="Not possible in the present state."),
            200: OpenApiResponse(OpenApiTypes.OBJECT, description="The object afterwards."),
        },
        filters=False,
    )
    @action(
        detail=True,
        methods=["post"],
        url_path=r"transition/(?P<slug>[-\w]+)",
        url_name="transition",
    )
    def transition(self, request: Any, *args: Any, slug: str = "", **kwargs: Any) -> Response:
        """Make a transition, with the fields that it asks for."""
        obj = self.get_object()  # type: ignore[attr-defined]
        self._find(request, obj, slug)
        try:
            with locked(self.get_queryset(), obj.pk) as rows:  # type: ignore[attr-defined]
                obj = self._look_again(rows, obj)
                step = self._find(request, obj, slug)
                if not step.possible or not step.met:
                    raise Refused(step.reason)
                self.make_transition(request, obj, step)
        except Refused as refusal:
            raise Conflict(self._why(request, obj, str(refusal))) from refusal
        except ValidationError as error:
            raise InvalidData(_messages(error)) from error
        except (IntegrityError, DataError) as error:
            text = _("This cannot be saved: it clashes with another entry.")
            raise InvalidData({"non_field_errors": [text]}) from error
        return Response(self.get_serializer(obj).data)  # type: ignore[attr-defined]

    def perform_update(self, serializer: Any) -> None:
        """Save an object's other fields; a step that was made meanwhile is not overwritten.

        Whoever has lost sight of the object meanwhile, or the right to it, changes nothing.
        """
        obj = serializer.instance
        with locked(self.get_queryset(), obj.pk) as rows:  # type: ignore[attr-defined]
            self._look_again(rows, obj)
            try:
                obj.refresh_from_db()
            except ObjectDoesNotExist as error:
                raise NotFound from error
            super().perform_update(serializer)  # type: ignore[misc]

    def perform_destroy(self, instance: Any) -> None:
        """Delete an object as it is now; the same questions are asked again under the lock."""
        with locked(self.get_queryset(), instance.pk) as rows:  # type: ignore[attr-defined]
            super().perform_destroy(self._look_again(rows, instance))  # type: ignore[misc]

    def _look_again(self, rows: Any, obj: Any) -> Any:
        """Read the object within what the person sees. Raises ``Http404``, ``PermissionDenied``."""
        found = get_object_or_404(self.filter_queryset(rows), pk=obj.pk)  # type: ignore[attr-defined]
        self.check_object_permissions(self.request, found)  # type: ignore[attr-defined]
        return found

    def make_transition(self, request: Any, obj: Any, step: Step) -> None:
        """Save the fields, make the step and store the state; one transaction is around it."""
        serializer_class = self.get_transition_serializer_class(request, obj, step.slug)
        context = self.get_serializer_context()  # type: ignore[attr-defined]
        serializer = serializer_class(obj, data=request.data, context=context)
        wanted = set(self.get_transition_fields(request, obj, step.slug) or ())
        for name in list(serializer.fields):
            if name not in wanted:
                serializer.fields.pop(name)
        serializer.is_valid(raise_exception=True)
        if serializer.fields:
            serializer.save()
        step.make()
        if obj.pk is not None:
            obj.save()

    def _find(self, request: Any, obj: Any, slug: str) -> Step:
        machine = self.get_object_flow(request, obj)
        step = find_step(self.get_flow_state(request), machine, slug, request.user)
        if step is None:
            raise NotFound(_("There is no such transition."))
        if not step.permitted:
            raise PermissionDenied
        return step

    def _why(self, request: Any, obj: Any, reason: str) -> str:
        if reason:
            return reason
        flow_state = self.get_flow_state(request)
        state = flow_state.get(self.get_object_flow(request, obj))
        return _("Not possible now: %(object)s is %(state)s.") % {
            "object": f"“{obj}”",
            "state": label_in(flow_state, state),
        }


def _messages(error: ValidationError) -> dict[str, Any]:
    if not hasattr(error, "error_dict"):
        return {"non_field_errors": error.messages}
    found = dict(error.message_dict)
    if NON_FIELD_ERRORS in found:
        found["non_field_errors"] = found.pop(NON_FIELD_ERRORS)
    return found
