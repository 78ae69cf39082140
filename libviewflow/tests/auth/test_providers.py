"""Other accounts to sign in with, where django-allauth is installed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROJECT = """
from tests.settings import *
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles", "viewflow", "allauth",
    "allauth.account", "allauth.socialaccount", "allauth.socialaccount.providers.github"]
MIDDLEWARE = [*MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
SOCIALACCOUNT_PROVIDERS = {"github": {"APPS": [{"name": "Git <Hub>", "client_id": "x", "secret": "y"}]}}
ROOT_URLCONF = "allauth_urls"
"""
URLS = """
from django.urls import include, path
from viewflow.contrib.auth import AuthViewset
urlpatterns = [path("accounts/", AuthViewset().urls), path("social/", include("allauth.urls"))]
"""
VISIT = """
import django; django.setup()
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0)
print(Client().get("/accounts/login/?next=/x/").content.decode())
"""


def test_login_page_links_to_the_other_accounts(tmp_path):
    """B460"""
    pytest.importorskip("allauth.socialaccount", reason="django-allauth is not installed")
    (tmp_path / "allauth_settings.py").write_text(PROJECT)
    (tmp_path / "allauth_urls.py").write_text(URLS)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), os.getcwd()]),
        "DJANGO_SETTINGS_MODULE": "allauth_settings",
        "DATABASE_URL": "",
    }
    page = subprocess.run(
        [sys.executable, "-c", VISIT], env=environment, capture_output=True, text=True, check=False
    )
    assert page.returncode == 0, page.stderr
    assert "Continue with Git &lt;Hub&gt;" in page.stdout
    assert "/social/github/login/?process=login&amp;next=%2Fx%2F" in page.stdout
