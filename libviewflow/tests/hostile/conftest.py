"""The world that is attacked, and whoever attacks it."""

from __future__ import annotations

import pytest

from .attack import Attacker
from .world import World


@pytest.fixture(autouse=True)
def urlconf(settings, tmp_path):
    settings.ROOT_URLCONF = "tests.hostile.urls"
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def attacker(world):
    return Attacker(world)
