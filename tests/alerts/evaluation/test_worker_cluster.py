"""The whole way through a real queue: a price crosses in the sandbox, an event and a letter come out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

from alerts import tasks
from alerts.models import AlertEvent, Delivery, PriceAlert
from providers.models import Chain
from providers.sandbox.client import Sandbox

ROOT = Path(__file__).parents[3]


@contextmanager
def cluster(environment: dict[str, str], answer: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker with all its processes; its letters go to the console, and that to a file."""
    environment = environment | {"ALLOW_PRIVATE_UPSTREAMS": "1", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "cryptohub.worker"]
    with answer.open("wb") as console:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=console, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(holds: Callable[[], Any], process: subprocess.Popen[bytes], patience: float = 40.0) -> None:
    """Wait for what the cluster does, while it lives."""
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"the cluster ended with {process.wait(timeout=0.1)}")


@pytest.mark.slow
def test_an_alert_fires_through_the_queue_and_a_stopping_cluster_does_not_wait_for_the_loop(
    hub: Chain,
    make_alert: Callable[..., PriceAlert],
    sandbox: Sandbox,
    child_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    cache.clear()
    alert = make_alert(threshold=sandbox.price("BTC", "USDT") * 2, quote="USDT")
    tasks.ensure_schedules()
    with cluster(child_environment, tmp_path / "said") as process:
        until(lambda: PriceAlert.objects.get(pk=alert.pk).armed, process)
        sandbox.scale_price("BTC", 3)
        until(AlertEvent.objects.exists, process)
        until(lambda: Delivery.objects.filter(status="sent").exists(), process)
        began = time.monotonic()
        process.terminate()
        assert process.wait(timeout=30) == 0
        print(f"the cluster stopped in {time.monotonic() - began:.1f} s")
    assert AlertEvent.objects.count() == 1
    assert (tmp_path / "said").read_text().count("Subject: BTC rose to") == 1
