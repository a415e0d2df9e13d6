"""The bench as anyone runs it, with next to no requests: counts are asserted, timings only printed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cryptohub.tools.bench.cases import CASES
from tests.cryptohub.tools.drill.test_command import children
from tests.waiting import until

ROOT = Path(__file__).parents[4]

pytestmark = pytest.mark.slow


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "bench", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=170, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def bench() -> dict[str, Any]:
    ended = command("--seconds", "0.1", "--rounds", "1", "--json")
    assert ended.stdout, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout)
    print(ended.stdout)
    return answer


def test_every_case_is_measured_on_both_servers(bench: dict[str, Any]) -> None:
    assert list(bench["cases"]) == list(CASES)
    assert all(found[side]["count"] > 0 for found in bench["cases"].values() for side in ("hub", "bare"))
    assert bench["hanging"]["hanging"]["count"] > 0


def test_no_warm_answer_costs_sql(bench: dict[str, Any]) -> None:
    assert {name: found["statements"] for name, found in bench["cases"].items()} == dict.fromkeys(CASES, 0)


def test_answers_have_the_sizes_they_are_named_for(bench: dict[str, Any]) -> None:
    sizes = {name: found["bytes"] for name, found in bench["cases"].items()}
    assert 700 < sizes["price"] < 1500
    assert 80_000 < sizes["table"] < 120_000
    assert sizes["gzip"] < sizes["candles"] / 3
    assert sizes["unchanged"] == 0


def test_the_crowd_is_told_that_nothing_can_be_had_until_it_can(bench: dict[str, Any]) -> None:
    assert {"503", "504"} & set(bench["hanging"]["crowd"])
    assert set(bench["hanging"]["crowd"]) <= {"200", "503", "504"}


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_however_a_bench_ends_it_leaves_no_process_behind(end: signal.Signals) -> None:
    bench = subprocess.Popen(
        [sys.executable, "manage.py", "bench"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    assert until(lambda: any("granian" in command_of(pid) for pid in descendants(bench.pid)), 60)
    left = descendants(bench.pid)
    bench.send_signal(end)
    bench.wait(30)
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left), 30)


def descendants(pid: int) -> set[int]:
    found = set(children(pid))
    return found.union(*(descendants(child) for child in found))


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
