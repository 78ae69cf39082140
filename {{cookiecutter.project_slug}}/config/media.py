"""Uploaded files, for people who are logged in.

A file that somebody uploaded is shown as a file and never runs as a page of this site: its own
content security policy forbids everything. With many or large files, let the proxy or an object
store serve them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe
from django.views.static import serve

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@require_safe
@login_required
@csp_override({"default-src": [CSP.NONE], "sandbox": ""})
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    try:
        response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except (OSError, SuspiciousFileOperation, ValueError) as error:
        # Names that no file can have: too long, outside the folder, with a NUL byte.
        raise Http404 from error
    response.headers["Cache-Control"] = "private"
    return response
