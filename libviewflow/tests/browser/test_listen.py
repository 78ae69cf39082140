"""The ear of the browser tests: what a page does wrong is heard, what Chromium only remarks is not."""

from __future__ import annotations

import pytest

from tests.chromium import listen

pytestmark = pytest.mark.browser

PAGE = """<script>
    Promise.reject(new DOMException("Transition was aborted because of invalid state", "InvalidStateError"));
    Promise.reject(new DOMException("Transition was skipped", "AbortError"));
    Promise.reject(new Error("The transition of the order is wrong"));
    console.log("Good morning");
    console.error("Burnt");
</script>"""


def test_errors_of_a_page_are_heard_and_transitions_left_out_are_not(chromium):
    tab, errors = chromium.new_page(), []
    listen(tab, errors)
    with tab.expect_event("pageerror", lambda error: "order" in error.message):
        tab.set_content(PAGE)
    tab.close()
    assert sorted(errors) == ["Burnt", "The transition of the order is wrong"]
