"""`manage.py drill` as a command: what it lists, what it refuses, and that it leaves nothing behind."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cryptohub.tools.drill.scenarios import SCENARIOS
from tests.waiting import until

ROOT = Path(__file__).parents[4]
DRILL = [sys.executable, "manage.py", "drill"]


def children(pid: int) -> list[int]:
    """The processes that this one has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has just ended
            if int(stat.read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_however_a_drill_ends_it_leaves_no_process_behind(end: signal.Signals) -> None:
    with subprocess.Popen(
        [*DRILL, "--scenario", "hang"],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as drill:  # fmt: skip
        assert until(lambda: len(children(drill.pid)) == 4)  # the sandbox, the fixture_db, the prober, a worker
        left = children(drill.pid)
        drill.send_signal(end)
        drill.wait(60)
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


def output_of(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*DRILL, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_what_there_is_to_play_can_be_listed() -> None:
    assert [line.split()[0] for line in output_of("--list").stdout.splitlines()] == list(SCENARIOS)


def test_a_scenario_that_does_not_exist_is_refused_in_one_line() -> None:
    refused = output_of("--scenario", "earthquake")
    assert refused.returncode != 0
    assert "earthquake" in refused.stderr
    assert "Traceback" not in refused.stderr
