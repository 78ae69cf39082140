"""Permissions on single objects with django-guardian.

Needs the extra ``libviewflow[guardian]``, ``"guardian"`` in ``INSTALLED_APPS`` and its backend in
``AUTHENTICATION_BACKENDS``. The backend alone opens the pages of the objects that a person has a
permission for; the mixin lists them too.
"""

from __future__ import annotations

from .viewset import ObjectPermissionsMixin

__all__ = ["ObjectPermissionsMixin"]
