"""What all settings have in common. Only this folder reads the environment; see .env.example."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

if importlib.util.find_spec("viewflow") is None:
    raise ImproperlyConfigured(
        "libviewflow is not installed: run `make install`; if there is no libviewflow/ folder, "
        "generate the project again and let cookiecutter run its hooks."
    )

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

# Applications
INSTALLED_APPS = [
    "users",
    "pizza",
    "catering",
    "shop",
    "viewflow",
    "viewflow.workflow",
{%- if cookiecutter.background == "database" %}
    "django_tasks_db",
{%- endif %}
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
# An API of the flows below /api/; people prove who they are by their session, as on the pages.
API = env.bool("API", default=False)
if API:
    INSTALLED_APPS += ["rest_framework", "drf_spectacular"]
    REST_FRAMEWORK = {
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
        "DEFAULT_AUTHENTICATION_CLASSES": [
            "rest_framework.authentication.SessionAuthentication",
        ],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    }
MIDDLEWARE = [
    # First: a health check knows no host name, no session and no https.
    "config.health.HealthMiddleware",
    "viewflow.middleware.NulByteMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Database: SQLite in the project's folder, or what DATABASE_URL says.
if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.db("DATABASE_URL")}
    if not DATABASES["default"].get("ENGINE"):
        raise ImproperlyConfigured(
            "DATABASE_URL is no address of a database: write postgres://user:password@host:5432/name."
        )
else:
    DATABASES = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}
    }
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Readers do not wait for the writer, and a transaction that will write queues at its start.
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Work in the background: {% if cookiecutter.background == "database" -%}
tasks, and jobs of flows, wait in the database until
# `make worker` takes them; that fires timers, too.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
# For how many seconds a task may wait while no worker begins any, before that counts as a fault.
WORKER_PATIENCE = env.float("WORKER_PATIENCE", default=300)
{%- else -%}
Celery's tasks wait in Redis until `make worker` takes them.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="redis://127.0.0.1:6379/0")
CELERY_TIMEZONE = "{{ cookiecutter.timezone }}"
CELERY_TASK_IGNORE_RESULT = True
# A task that was lost with its worker is done again, so each must be able to run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# The jobs of flows are tasks of Celery, too; timers and jobs that were lost come by its clock.
VIEWFLOW = {"JOB_RUNNER": "celery"}
CELERY_IMPORTS = ["viewflow.contrib.celery"]
CELERY_BEAT_SCHEDULE = {
    "workflow": {"task": "viewflow.workflow.tasks.workflow_fire_timers", "schedule": 5.0},
}
{%- endif %}

# People
AUTH_USER_MODEL = "users.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"

# Language and time
LANGUAGE_CODE = "en-us"
TIME_ZONE = "{{ cookiecutter.timezone }}"
USE_I18N = True
USE_TZ = True

# Files
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
MEDIA_URL = "media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / "media")))

# Mail
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL",
    default="noreply@{{ cookiecutter.domain_name }}",
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Security: pages load scripts, styles and forms from this site alone, and run nothing inline.
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
