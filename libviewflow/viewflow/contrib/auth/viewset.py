"""
Login, logout, passwords and profile as one viewset.

Every page follows the convention of all viewsets, here for ``login``: ``login_view_class``,
``get_login_view_kwargs(**kwargs)``, ``login_view_kwargs``, ``login_view`` and ``login_path``;
override the smallest of them that does.
"""

from __future__ import annotations

from typing import Any

from django.urls import path, reverse

from viewflow.descriptors import viewprop
from viewflow.urls import Viewset

from . import views

__all__ = ["AuthViewset"]


class AuthViewset(Viewset):
    """
    The account pages, to be mounted at the top of the URLconf without a namespace::

        path("accounts/", AuthViewset().urls)

    Django and many packages look for ``login``, ``logout`` and the rest under these bare names.
    ``allow_password_change=False`` leaves out every page that sets a password, the reset by mail
    included (they are kept elsewhere then); ``with_profile_view=False`` leaves out the profile;
    ``login_view`` replaces the login page.
    """

    allow_password_change = True
    with_profile_view = True

    @property
    def urls(self) -> tuple[list[Any], None, None]:
        """Patterns for ``path("accounts/", …)``, in no namespace."""
        return super().urls[0], None, None

    def reverse(
        self,
        viewname: str,
        args: Any = None,
        kwargs: dict[str, Any] | None = None,
        current_app: str | None = None,
    ) -> str:
        return reverse(viewname, args=args, kwargs=kwargs, current_app=current_app)

    # Login

    login_view_class: Any = views.LoginView

    def get_login_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self.filter_kwargs(self.login_view_class, **{**self.login_view_kwargs, **kwargs})

    @viewprop
    def login_view_kwargs(self) -> dict[str, Any]:
        return {}

    @viewprop
    def login_view(self) -> Any:
        return self.login_view_class.as_view(**self.get_login_view_kwargs())

    @property
    def login_path(self) -> Any:
        return path("login/", self.login_view, name="login")

    # Logout

    logout_view_class: Any = views.LogoutView

    def get_logout_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self.filter_kwargs(self.logout_view_class, **{**self.logout_view_kwargs, **kwargs})

    @viewprop
    def logout_view_kwargs(self) -> dict[str, Any]:
        return {}

    @viewprop
    def logout_view(self) -> Any:
        return self.logout_view_class.as_view(**self.get_logout_view_kwargs())

    @property
    def logout_path(self) -> Any:
        return path("logout/", self.logout_view, name="logout")

    # Password change

    password_change_view_class: Any = views.PasswordChangeView

    def get_password_change_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self.filter_kwargs(
            self.password_change_view_class, **{**self.password_change_view_kwargs, **kwargs}
        )

    @viewprop
    def password_change_view_kwargs(self) -> dict[str, Any]:
        return {}

    @viewprop
    def password_change_view(self) -> Any:
        return self.password_change_view_class.as_view(**self.get_password_change_view_kwargs())

    @property
    def password_change_path(self) -> Any:
        if not self.allow_password_change:
            return None
        return path("password_change/", self.password_change_view, name="password_change")

    # Password change done

    password_change_done_view_class: Any = views.PasswordChangeDoneView

    def get_password_change_done_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self.filter_kwargs(
            self.password_change_done_view_class,
            **{**self.password_change_done_view_kwargs, **kwargs},
        )

    @viewprop
    def password_change_done_view_kwargs(self) -> dict[str, Any]:
        return {}

    @viewprop
    def password_change_done_view(self) -> Any:
        return self.password_change_done_view_class.as_view(
            **self.get_password_change_done_view_kwargs()
        )

    @property
    def password_change_done_path(self) -> Any:
        if not self.allow_password_change:
            return None
        return path(
            "password_change/done/", self.password_change_done_view, name="password_change_done"
        )

    # Password reset

    password_reset_view_class: Any = views.PasswordResetView

    def get_password_reset_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self.filter_kwargs(
            self.password_reset_view_class, **{**self.password_reset_view_kwargs, **kwargs}
        )

    @viewprop
    def password_reset_view_kwargs(self) -> dict[str, Any]:
        return {}

    @viewprop
    def password_reset_view(self) -> Any:
        return self.password_reset_view_class.as_view(**self.get_password_reset_view_kwargs())

    @property
    def password_reset_path(self) -> Any:
        if not self.allow_password_change:
            return None
        return path("password_reset/", self.password_reset_view, name="password_reset")

    # Password reset done

    password_reset_done_view_class: Any = views.PasswordResetDoneView

    def get_password_reset_done_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self.filter_kwargs(
            self.password_reset_done_view_class,
            **{**self.password_reset_done_view_kwargs, **kwargs},
        )

    @viewprop
    def password_reset_done_view_kwargs(self) -> dict[str, Any]:
        return {}

    @viewprop
    def password_reset_done_view(self) -> Any:
        return self.password_reset_done_view_class.as_view(
            **self.get_password_reset_done_view_kwargs()
        )

    @property
    def password_reset_done_path(self) -> Any:
        if not self.allow_password_change:
            return None
        return path(
            "password_reset/done/", self.password_reset_done_view, name="password_reset_done"
        )

    # Password reset confirm

    password_reset_confirm_view_class: Any = views.PasswordResetConfirmView

    def get_password_reset_confirm_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self.filter_kwargs(
            self.password_reset_confirm_view_class,
            **{**self.password_reset_confirm_view_kwargs, **kwargs},
        )

    @viewprop
    def password_reset_confirm_view_kwargs(self) -> dict[str, Any]:
        return {}

    @viewprop
    def password_reset_confirm_view(self) -> Any:
        return self.password_reset_confirm_view_class.as_view(
            **self.get_password_reset_confirm_view_kwargs()
        )

    @property
    def password_reset_confirm_path(self) -> Any:
        if not self.allow_password_change:
            return None
        return path(
            "reset/<uidb64>/<token>/",
            self.password_reset_confirm_view,
            name="password_reset_confirm",
        )

    # Password reset complete

    password_reset_complete_view_class: Any = views.PasswordResetCompleteView

    def get_password_reset_complete_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self.filter_kwargs(
            self.password_reset_complete_view_class,
            **{**self.password_reset_complete_view_kwargs, **kwargs},
        )

    @viewprop
    def password_reset_complete_view_kwargs(self) -> dict[str, Any]:
        return {}

    @viewprop
    def password_reset_complete_view(self) -> Any:
        return self.password_reset_complete_view_class.as_view(
            **self.get_password_reset_complete_view_kwargs()
        )

    @property
    def password_reset_complete_path(self) -> Any:
        if not self.allow_password_change:
            return None
        return path(
            "reset/done/", self.password_reset_complete_view, name="password_reset_complete"
        )

    # Profile

    profile_view_class: Any = views.ProfileView

    def get_profile_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        return self.filter_kwargs(self.profile_view_class, **{**self.profile_view_kwargs, **kwargs})

    @viewprop
    def profile_view_kwargs(self) -> dict[str, Any]:
        return {}

    @viewprop
    def profile_view(self) -> Any:
        return self.profile_view_class.as_view(**self.get_profile_view_kwargs())

    @property
    def profile_path(self) -> Any:
        if not self.with_profile_view:
            return None
        return path("profile/", self.profile_view, name="profile")
