"""A stored moment further ahead than its longest term counts as past."""

from __future__ import annotations

import pytest

from providers.domain.moments import SLACK_S, is_ahead, is_pending, is_within

NOW = 1_800_000_000.0


@pytest.mark.parametrize(("ahead", "verdict"), [(-1.0, False), (SLACK_S, False), (SLACK_S + 1, True), (7200.0, True)])
def test_a_moment_in_the_future_was_stored_by_another_clock(ahead: float, verdict: bool) -> None:
    assert is_ahead(NOW + ahead, NOW) is verdict


@pytest.mark.parametrize(("ahead", "verdict"), [(-1.0, False), (299.0, True), (7200.0, False)])
def test_what_lasts_five_minutes_at_most_is_over_if_it_ends_in_two_hours(ahead: float, verdict: bool) -> None:
    assert is_pending(NOW + ahead, NOW, 300.0) is verdict


@pytest.mark.parametrize(("since", "verdict"), [(-1.0, True), (-6.0, False), (1.0, True), (7200.0, False)])
def test_what_happened_in_the_future_was_long_ago(since: float, verdict: bool) -> None:
    assert is_within(NOW + since, NOW, 5.0) is verdict
