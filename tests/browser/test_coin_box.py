"""The coin box: Enter selects from the suggestions of the text typed, however quickly it comes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.relaxed_timing


@pytest.mark.parametrize(("typed", "more", "coin"), [("b", "nb", "BNB"), ("x", "lm", "Stellar")])
def test_enter_waits_for_the_suggestions_of_the_text_typed(operator: Page, typed: str, more: str, coin: str) -> None:
    operator.goto("/alerts/")
    box = operator.locator("#id_coin")
    box.press_sequentially(typed)
    operator.locator("#id_coin-list [role=option][data-slug]").first.wait_for()
    box.press_sequentially(more)
    box.press("Enter")
    expect(box).to_have_value(re.compile(rf"^{coin} \("))
