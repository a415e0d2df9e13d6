"""Numbers are held against what they must be and what they aim for."""

from __future__ import annotations

from typing import Any

import pytest

from cryptohub.tools.drill.targets import TARGETS, Measure, TargetResult, judge, shortfall, summary


@pytest.mark.parametrize(
    ("key", "value", "verdict"),
    [
        ("detection", 0.6, TargetResult.MISSED),
        ("detection", 0.4, TargetResult.MUST),
        ("soak_fresh", 99.8, TargetResult.MISSED),
        ("soak_fresh", 99.95, TargetResult.MUST),
        ("soak_fresh", 100.0, TargetResult.AIM),
        ("wasted_one", 3, TargetResult.AIM),
        ("soak_max", 900.0, TargetResult.MUST),
        ("open_ratio", 1.06, TargetResult.MISSED),
        ("recovery", None, TargetResult.UNMEASURED),
    ],
)
def test_a_number_is_judged_in_its_own_direction(key: str, value: float | int | None, verdict: Any) -> None:
    assert judge(Measure(key, value)) is verdict


def test_an_aim_that_depends_on_the_run_replaces_the_usual_one() -> None:
    assert judge(Measure("detection", 0.14, aim=0.15)) is TargetResult.AIM


def test_the_summary_shows_the_worst_of_all_scenarios_and_where() -> None:
    lines = summary(
        [
            ("hang", [Measure("detection", 0.2), Measure("soak_fresh", 100.0)]),
            ("refuse", [Measure("detection", 0.7), Measure("soak_fresh", 99.0)]),
            ("slow", [Measure("detection", None)]),
        ]
    )
    assert [(line.key, line.value, line.scenario) for line in lines] == [
        ("soak_fresh", 99.0, "refuse"),
        ("detection", 0.7, "refuse"),
    ]
    assert shortfall(lines[1]) == "+0.2 s"


def test_what_was_looked_for_and_not_found_is_said_to_be_unmeasured() -> None:
    (line,) = summary([("hang", [Measure("recovery", None)])])
    assert line.result is TargetResult.UNMEASURED


def test_no_aim_is_easier_than_its_must() -> None:
    for target in TARGETS.values():
        if target.must is not None and target.aim is not None:
            assert target.meets(target.aim, target.must)
