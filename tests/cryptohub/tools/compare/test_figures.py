"""Comparison of two releases: which figures are read, which direction is better, and when a median counts as worse."""

from __future__ import annotations

from cryptohub.tools.compare.figures import bench_figures, compare, drill_figures


def test_a_median_within_the_spread_of_the_earlier_release_is_not_worse() -> None:
    (row,) = compare([{"bench: price": 0.10}, {"bench: price": 0.12}, {"bench: price": 0.14}], [{"bench: price": 0.11}])
    assert (row.before, row.lowest, row.highest, row.now, row.is_worse) == (0.12, 0.10, 0.14, 0.11, False)


def test_more_requests_are_better_and_longer_times_are_worse() -> None:
    (slower,) = compare([{"bench: price": 0.10}], [{"bench: price": 0.09}])
    (longer,) = compare([{"drill: miss_overhead": 0.4}], [{"drill: miss_overhead": 0.5}])
    (caught,) = compare([{"drill: caught": 100.0}], [{"drill: caught": 99.0}])
    (hanging,) = compare([{"bench: hanging p99": 1.5}], [{"bench: hanging p99": 1.4}])
    assert (slower.is_worse, longer.is_worse, caught.is_worse, hanging.is_worse) == (True, True, True, False)


def test_only_figures_that_both_releases_measured_are_compared() -> None:
    report = {"numbers": {"caught": {"value": 100}, "soak_max": {"value": None}}}
    assert drill_figures(report) == {"drill: caught": 100.0}
    assert [row.name for row in compare([{"drill: caught": 1.0, "drill: wrong": 0.0}], [{"drill: caught": 1.0}])] == [
        "drill: caught"
    ]


def test_a_bench_gives_the_ratio_of_each_case() -> None:
    report = {"cases": {"price": {"ratio": 0.13}}, "hanging": {"ratio": 1.5}}
    assert bench_figures(report) == {"bench: price": 0.13, "bench: hanging p99": 1.5}
