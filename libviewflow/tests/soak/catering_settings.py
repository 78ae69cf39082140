"""Production settings of the generated project, on a try: little patience, and a moody bank."""

from __future__ import annotations

import random
import time
from typing import Any

from config.settings.production import *  # noqa: F403
from config.settings.production import INSTALLED_APPS
from django.apps import AppConfig

VIEWFLOW = {"JOB_LEASE": 1.5, "JOB_PATIENCE": 1}
INSTALLED_APPS += ["tests.soak.catering_settings.MoodyBank"]


class MoodyBank(AppConfig):
    """The bank takes its time, and now and then nobody is there."""

    # No package of this one's neighbourhood: the flows beside it are not this project's.
    name = "config"
    label = "moody_bank"

    def ready(self) -> None:
        from catering import payments
        from catering.flows import CateringFlow, ComplaintFlow

        CateringFlow.charge._backoff = ComplaintFlow.pay_back._backoff = 0.5
        ask = payments.ask_provider

        def ask_moody(*args: Any) -> str:
            time.sleep(random.uniform(0, 0.2))
            if random.random() < 0.1:
                raise ConnectionError("The bank does not answer.")
            return ask(*args)

        payments.ask_provider = ask_moody
