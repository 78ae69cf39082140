"""People. The model is the project's own from the first migration, so it can grow later."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """Django's user; add what your project needs to know about people."""
