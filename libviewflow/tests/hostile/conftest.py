"""The world that is attacked, and whoever attacks it."""

from __future__ import annotations

import logging

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


@pytest.fixture(autouse=True)
def quiet():
    """Thousands of refusals are expected; formatting a traceback for each takes most of the time."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
