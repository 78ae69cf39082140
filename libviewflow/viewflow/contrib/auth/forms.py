"""Forms of the account pages."""

from __future__ import annotations

import logging
from typing import Any

from django import forms
from django.contrib.auth import forms as auth_forms
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext_lazy as _

from .avatars import to_png
from .templates import find_template

__all__ = ["AuthenticationForm", "AvatarForm", "PasswordResetForm"]

logger = logging.getLogger("viewflow.auth")


class AuthenticationForm(auth_forms.AuthenticationForm):
    """Django's form with icons; the cursor stands in the first field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs.update(
            {"leading-icon": "user", "autofocus": True, "autocapitalize": "none"}
        )
        self.fields["password"].widget.attrs["leading-icon"] = "lock"


class PasswordResetForm(auth_forms.PasswordResetForm):
    """Django's form; the mail is made from our templates wherever ``viewflow`` is listed."""

    def send_mail(
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        from_email: str | None,
        to_email: str,
        html_email_template_name: str | None = None,
    ) -> None:
        """Send one mail. A failure is logged and not shown: it would tell who has an account."""
        subject = "".join(find_template(subject_template_name).render(context).splitlines())
        body = find_template(email_template_name).render(context)
        message = EmailMultiAlternatives(subject.strip(), body, from_email, [to_email])
        if html_email_template_name is not None:
            html = find_template(html_email_template_name).render(context)
            message.attach_alternative(html, "text/html")
        try:
            message.send()
        except Exception:
            logger.exception("The password reset mail for user %s failed", context["user"].pk)


class AvatarForm(forms.Form):
    """A picture to upload: a real image of at most 5 MB."""

    avatar = forms.FileField(
        label=_("New picture"),
        help_text=_("PNG, JPEG, GIF or WebP, up to 5 MB. The middle of it is used, as a square."),
        error_messages={"required": _("Choose a picture first.")},
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"}),
    )

    def clean_avatar(self) -> bytes:
        """The picture as a clean PNG."""
        return to_png(self.cleaned_data["avatar"])
