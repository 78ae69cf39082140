"""OpenAPI: what each endpoint takes and gives, written by drf-spectacular."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated

__all__ = ["FlowSchema", "Operation", "get_schema_view"]


class Detail(serializers.Serializer):
    """Why a request was refused."""

    detail = serializers.CharField()


_ERRORS: dict[int, Any] = {
    400: OpenApiResponse(OpenApiTypes.OBJECT, description="A value is wrong; by field."),
    403: OpenApiResponse(Detail, description="Not signed in, or without the right."),
    404: OpenApiResponse(Detail, description="There is no such thing."),
    409: OpenApiResponse(Detail, description="Not possible in the present state."),
    415: OpenApiResponse(Detail, description="A kind of data that is not understood."),
    501: OpenApiResponse(Detail, description="The step has no form that could be sent."),
    503: OpenApiResponse(Detail, description="The process is busy; try again."),
}


@dataclass(slots=True)
class Operation:
    """One method of an endpoint: its name, what it is for, and what it gives."""

    name: str
    summary: str
    response: Any = None
    status: int = 200
    errors: tuple[int, ...] = (403, 404)
    parameters: list[Any] = field(default_factory=list)
    media_types: list[str] | None = None


class FlowSchema(AutoSchema):
    """Reads ``view.operations``, by method, and ``view.get_body_class()``."""

    def _operation(self) -> Operation:
        found: Operation = self.view.operations[self.method]
        return found

    def get_operation_id(self) -> str:
        return f"{self.view.flow_slug()}_{self._operation().name}"

    def get_tags(self) -> list[str]:
        return [str(self.view.flow_class.process_title)]

    def get_summary(self) -> str:
        return self._operation().summary

    def get_description(self) -> str:
        return str(self.view.get_description())

    def get_override_parameters(self) -> list[Any]:
        parameters = list(self._operation().parameters)
        if "<int:pk>" in self.path_regex:
            # An address with another number does not lead here, so it has none of these answers.
            number = {"type": "integer", "minimum": 0}
            parameters.append(OpenApiParameter("id", number, OpenApiParameter.PATH))
        return parameters

    def get_request_serializer(self) -> Any:
        return self.view.get_body_class() if self.method == "POST" else None

    def get_response_serializers(self) -> Any:
        operation = self._operation()
        if operation.media_types is None:
            good = {operation.status: operation.response}
            return {**good, **{code: _ERRORS[code] for code in operation.errors}}
        # A drawing has no JSON, an error has nothing else.
        drawn = {(operation.status, kind): operation.response for kind in operation.media_types}
        told = {(code, "application/json"): _ERRORS[code] for code in operation.errors}
        return {**drawn, **told}

    def _is_list_view(self, serializer: Any = None) -> bool:
        return getattr(self.view, "pagination_class", None) is not None


def get_schema_view(
    title: str = "",
    patterns: Any = None,
    permission_classes: Any = (IsAuthenticated,),
    **settings: Any,
) -> Any:
    """A view that gives the OpenAPI document of ``patterns``, or of the whole project.

    It is for whoever is signed in, unless ``permission_classes`` say otherwise. ``settings`` are
    further settings of drf-spectacular, in lower case: ``version="2"``.
    """
    custom = {name.upper(): value for name, value in settings.items()}
    custom.setdefault("TITLE", title)
    custom.setdefault("VERSION", "1")
    return SpectacularAPIView.as_view(
        patterns=patterns, custom_settings=custom, permission_classes=list(permission_classes)
    )
