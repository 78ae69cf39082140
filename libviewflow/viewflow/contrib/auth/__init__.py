"""Account pages for a site: sign in and out, passwords, a profile with a picture."""

from __future__ import annotations

from .avatars import get_user_avatar_url
from .forms import AuthenticationForm
from .providers import get_allauth_providers
from .views import ProfileView
from .viewset import AuthViewset

__all__ = [
    "AuthViewset",
    "AuthenticationForm",
    "ProfileView",
    "get_allauth_providers",
    "get_user_avatar_url",
]
