"""The production server. PORT, HOST and WEB_CONCURRENCY (processes) come from the environment."""

from __future__ import annotations

import os
from pathlib import Path

wsgi_app = "config.wsgi:application"
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 30
# A worker that grows is replaced, not all at the same time.
max_requests = 2000
max_requests_jitter = 200

# A read-only root file system has no other place for the workers' heartbeat …
if Path("/dev/shm").is_dir():  # noqa: S108
    worker_tmp_dir = "/dev/shm"  # noqa: S108
# … and none for a control socket under the home directory.
control_socket_disable = True

# Paths without their query: a search may hold somebody's name.
accesslog = "-"
access_log_format = "%(m)s %(U)s %(s)s %(M)sms"
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "gunicorn.error": {"handlers": [], "propagate": True, "level": "INFO"},
        "gunicorn.access": {"handlers": [], "propagate": True, "level": "INFO"},
    },
}
