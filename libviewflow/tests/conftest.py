"""What all tests share: one browser at a time, wherever the tests that need it are."""

from __future__ import annotations

import pytest

from tests import chromium as the_browser
from tests import examples as examples  # chooses Hypothesis's profile before any test is read


def pytest_addoption(parser):
    parser.addoption(
        "--screenshots", metavar="FOLDER", help="write pictures of all pages into this folder"
    )


def pytest_collection_modifyitems(config, items):
    for item in items:
        if item.get_closest_marker("browser") is None:
            continue
        if the_browser.MISSING:
            item.add_marker(pytest.mark.skip(reason=the_browser.MISSING))
        # A busy machine may keep a browser waiting: a test that ran out of time, and only such a one,
        # gets a second try, which the summary reports.
        if config.pluginmanager.hasplugin("rerunfailures"):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError"]))
        if config.pluginmanager.hasplugin("xdist"):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def chromium():
    return the_browser.launch()


def pytest_runtest_setup(item):
    # Its event loop is in the way of others. Not sooner: a browser test may get a second try.
    if item.get_closest_marker("browser") is None:
        the_browser.close()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem):
    if nextitem is None:  # at the end of a session, workers of xdist wait for it for ever
        the_browser.close()
