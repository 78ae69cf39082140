"""Drawings as answers."""

from __future__ import annotations

import json
from typing import Any

from rest_framework.renderers import BaseRenderer

__all__ = ["BPMNRenderer", "SVGRenderer"]


class _TextRenderer(BaseRenderer):
    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, context: Any = None) -> bytes:
        response = (context or {}).get("response")
        if not isinstance(data, str):
            # An error has no drawing.
            if response is not None:
                response["Content-Type"] = "application/json"
            return json.dumps(data, default=str).encode()
        return data.encode()


class SVGRenderer(_TextRenderer):
    """A picture."""

    media_type = "image/svg+xml"
    format = "svg"


class BPMNRenderer(_TextRenderer):
    """A file for modelling tools."""

    media_type = "application/xml"
    format = "bpmn"
