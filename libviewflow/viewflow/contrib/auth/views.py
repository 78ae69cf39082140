"""The account pages: Django's views with our templates, a friendlier logout and a profile."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from viewflow.urls import current_site

from .avatars import delete_avatar, get_user_avatar_url, has_avatar, save_avatar
from .forms import AuthenticationForm, AvatarForm, PasswordResetForm
from .providers import get_allauth_providers
from .signin import sign_in_page
from .templates import OwnTemplateMixin

__all__ = [
    "LoginView",
    "LogoutView",
    "PasswordChangeDoneView",
    "PasswordChangeView",
    "PasswordResetCompleteView",
    "PasswordResetConfirmView",
    "PasswordResetDoneView",
    "PasswordResetView",
    "ProfileView",
]


def url_of(name: str) -> str:
    """The address of an account page, empty where the project has left it out."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


class LoginView(OwnTemplateMixin, auth_views.LoginView):
    """Sign in. ``next`` is followed within the same host only."""

    form_class = AuthenticationForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        make = super().get
        if type(self) is not LoginView:
            return make(request, *args, **kwargs)
        return sign_in_page(self, request, lambda: make(request, *args, **kwargs))

    def get_form(self, form_class: Any = None) -> Any:
        form: Any = super().get_form(form_class)
        if "password" in form.fields and (url := url_of("password_reset")):
            form.fields["password"].label_link = (url, _("Forgot it?"))
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        next_url = context.get(self.redirect_field_name, "")
        context["providers"] = get_allauth_providers(self.request, next_url)
        return context


class LogoutView(OwnTemplateMixin, auth_views.LogoutView):
    """
    Sign out with POST. A GET, from an old bookmark, asks first: a link or an image on another
    site must not be able to sign anybody out.
    """

    http_method_names = ["get", "head", "post", "options"]
    confirm_template_name = "registration/logout_confirm.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            self.template_name = self.confirm_template_name
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context[self.redirect_field_name] = self.get_redirect_url()
        return context


class AccountPageMixin:
    """A page of the signed-in person, with the way back to the profile in the breadcrumb."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        crumbs = [(_("Profile"), url)] if (url := url_of("profile")) else []
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        context["breadcrumbs"] = [*crumbs, (context.get("title"), None)]
        context["profile_url"] = url
        return context


class PasswordChangeView(OwnTemplateMixin, AccountPageMixin, auth_views.PasswordChangeView):
    """Set a new password, knowing the old one; other sessions end."""

    title = gettext_lazy("Change password")


class PasswordChangeDoneView(OwnTemplateMixin, AccountPageMixin, auth_views.PasswordChangeDoneView):
    """The password was changed."""

    title = gettext_lazy("Password changed")


class PasswordResetView(OwnTemplateMixin, auth_views.PasswordResetView):
    """Ask for a mail with a link; the answer is the same for addresses that nobody has."""

    form_class = PasswordResetForm

    def form_valid(self, form: Any) -> HttpResponse:
        if self.extra_email_context is None:
            site = current_site(self.request)
            self.extra_email_context = {"site_title": str(site.title)} if site else None
        return super().form_valid(form)


class PasswordResetDoneView(OwnTemplateMixin, auth_views.PasswordResetDoneView):
    """A mail is on its way, if there is such an account."""


class PasswordResetConfirmView(OwnTemplateMixin, auth_views.PasswordResetConfirmView):
    """Set a new password with the link of the mail; the link works once."""


class PasswordResetCompleteView(OwnTemplateMixin, auth_views.PasswordResetCompleteView):
    """The new password is set."""


class ProfileView(OwnTemplateMixin, LoginRequiredMixin, FormView):
    """Who one is here, and a picture to go with it."""

    template_name = "registration/profile.html"
    form_class = AvatarForm

    def get_success_url(self) -> str:
        return self.request.path

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "_remove" in request.POST:
            delete_avatar(request.user)
            messages.success(request, _("Your picture is removed."), fail_silently=True)
            return HttpResponseRedirect(self.get_success_url())
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        save_avatar(self.request.user, form.cleaned_data["avatar"])
        messages.success(self.request, _("Your picture is changed."), fail_silently=True)
        return super().form_valid(form)

    def get_user_data(self) -> list[tuple[str, Any]]:
        """What the page tells about the person: label and value, empty values left out."""
        user: Any = self.request.user
        names = [user.USERNAME_FIELD, "email", "date_joined", "last_login"]
        rows: list[tuple[str, Any]] = [(_("Name"), user.get_full_name())]
        for name in dict.fromkeys(names):
            try:
                label = user._meta.get_field(name).verbose_name
            except FieldDoesNotExist:
                continue
            rows.append((str(label), getattr(user, name)))
        return [(label, value) for label, value in rows if value]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        user = self.request.user
        context.update(
            title=_("Profile"),
            breadcrumbs=[(_("Profile"), None)],
            user_data=self.get_user_data(),
            has_avatar=has_avatar(user),
            avatar_url=get_user_avatar_url(user),
            password_change_url=url_of("password_change"),
        )
        return context
