"""Development: everything has a default, .env changes it, mail is printed."""

from __future__ import annotations

from pathlib import Path

import environ

# Before base looks at the environment. A variable that is set already wins over the file.
environ.Env.read_env(Path(__file__).resolve().parent.parent.parent / ".env")

from .base import *  # noqa: E402, F403
from .base import env  # noqa: E402

DEBUG = True
SECRET_KEY = env.str("SECRET_KEY", default="for-development-only")
# Empty is localhost, as long as DEBUG is on.
ALLOWED_HOSTS = [host.strip() for host in env.list("ALLOWED_HOSTS", default=[])]
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
