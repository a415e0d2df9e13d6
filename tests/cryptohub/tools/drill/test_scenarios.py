"""The drill's short form, as anyone runs it: real processes, real faults. Counts are asserted, timings only printed.

Calls are counted for the requests that this machine did not hold up itself: the others are rightly hedged.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from cryptohub.tools.drill.scenarios import SHORT

ROOT = Path(__file__).parents[4]
LOADED = tuple(name for name in SHORT if name not in ("sql", "integrity", "cold-key"))
"""Scenarios with a steady load of users."""

LANES = (SHORT[::2], SHORT[1::2])
"""Played side by side: a drill mostly waits."""

pytestmark = pytest.mark.xdist_group("drill")

Played = dict[str, dict[str, Any]]


def play(names: tuple[str, ...]) -> dict[str, Any]:
    """What `manage.py drill --short --scenario ... --json` says."""
    ended = subprocess.run(
        [sys.executable, "manage.py", "drill", "--short", "--json", "--scenario", *names],
        cwd=ROOT, capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip
    assert ended.stdout, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout)
    print(ended.stdout)
    return answer


@pytest.fixture(scope="module")
def drills() -> list[dict[str, Any]]:
    with ThreadPoolExecutor(len(LANES)) as pool:
        return list(pool.map(play, LANES))


@pytest.fixture
def played(drills: list[dict[str, Any]]) -> Played:
    scenarios = [played for drill in drills for played in drill["scenarios"].items()]
    return {name: scenario["figures"] | scenario["measures"] for name, scenario in scenarios}


def test_every_scenario_of_the_short_form_is_played(drills: list[dict[str, Any]]) -> None:
    assert [drill["failed"] for drill in drills] == [{}, {}]
    assert [tuple(drill["scenarios"]) for drill in drills] == list(LANES)


@pytest.mark.parametrize("name", LOADED)
def test_users_are_always_answered_and_never_wrongly(played: Played, name: str) -> None:
    assert played[name]["answered"] == 100
    assert played[name]["wrong"] == 0


def test_every_call_the_upstreams_saw_is_one_that_a_worker_accounts_for(played: Played) -> None:
    assert {name: found["unexplained"] for name, found in played.items() if found.get("unexplained")} == {}


def test_one_failing_host_costs_few_calls_and_six_hardly_more(played: Played) -> None:
    assert played["hang"]["paced_wasted"] <= 5
    assert played["six-500"]["paced_wasted"] <= 8


def test_a_healthy_hub_makes_one_call_a_request(played: Played) -> None:
    assert fmean(played[name]["paced_calls"] for name in LOADED) <= 1.05


def test_nobody_is_asked_before_the_time_it_named(played: Played) -> None:
    assert played["rate-limited"]["early_told"] == 0
    assert played["rate-limited"]["early_others"] == 0


def test_a_killed_worker_remembers_when_it_is_back(played: Played) -> None:
    assert played["kill"]["early_restart"] == 0


def test_with_everybody_dead_what_was_known_is_served_as_stale_with_calls_within_the_budget(played: Played) -> None:
    assert played["all-refuse"]["dead_stale"] == 100
    assert played["all-refuse"]["dead_calls"] == 0


def test_a_cold_key_costs_the_whole_fleet_one_call(played: Played) -> None:
    assert played["cold-key"]["flight_calls"] == 1


def test_neither_warm_answers_nor_healthy_misses_cost_users_any_sql(played: Played) -> None:
    assert (played["sql"]["sql_warm"], played["sql"]["sql_miss"]) == (0, 0)


def test_wrong_prices_are_caught(played: Played) -> None:
    assert played["integrity"]["caught"] >= 99.9
    assert played["integrity"]["false_alarms"] <= 1
