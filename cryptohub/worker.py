"""The background worker: a django-q2 cluster, the standing loops, and a watchdog. `python -m cryptohub.worker`.

The cluster can hang without ending: if an idle worker is killed while it holds the queue's lock, no task is taken from
the queue any more, and the cluster still reports itself idle. Therefore this process watches the heartbeat, which
passes through the queue. If the heartbeat stops, the process exits, and the launcher or service manager restarts it.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
import threading
import time
from functools import cache
from types import FrameType
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from providers.background.outage_log import OutageLog

logger = logging.getLogger("cryptohub.worker")

POLL_S = 1.0
STOP_S = 30
"""Time for running tasks to finish after TERM or INT."""
STUCK = 75
"""Exit code when the heartbeat has stopped (EX_TEMPFAIL: restart)."""
PR_SET_PDEATHSIG = 1
LOOPS = ("alerts.tasks.stand_by", "markets.tasks.stand_by")
"""Functions that loop until the event that they are given is set; each runs in a thread of its own."""
RELEASE_S = 3.0
"""Time for the loops to release their leases after the cluster has stopped."""


def main() -> int:
    """Start the cluster, watch it until it stops or hangs, and return the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptohub.settings")
    django.setup()
    from django_q.cluster import Cluster

    from providers.background import standing_loop

    os.register_at_fork(after_in_child=die_with_parent)
    standing_loop.announce()
    cluster: Any = Cluster()
    stop = threading.Event()
    limit_stop_time(cluster, stop)
    cluster.start()
    threads = start_loops(stop)
    watch = HeartbeatWatch(time.time())
    while cluster.sentinel.is_alive():
        time.sleep(POLL_S / 10 if stop.is_set() else POLL_S)
        if not stop.is_set() and watch.is_stuck(time.time()):
            logger.critical("the heartbeat has stopped: exiting to be restarted")
            cluster.sentinel.kill()
            cluster.sentinel.join()
            end_loops(threads, stop)
            return STUCK
    end_loops(threads, stop)
    return 0 if cluster.has_stopped else 1


def start_loops(stop: threading.Event) -> list[threading.Thread]:
    """Start a thread for each loop. The cluster has been forked before: threads do not survive a fork."""
    from django.utils.module_loading import import_string

    threads = [
        threading.Thread(target=import_string(path), args=(stop,), name=path.partition(".")[0], daemon=True)
        for path in LOOPS
    ]
    for thread in threads:
        thread.start()
    return threads


def end_loops(threads: list[threading.Thread], stop: threading.Event) -> None:
    """Have the loops release their leases, and wait for that at most RELEASE_S."""
    stop.set()
    until = time.monotonic() + RELEASE_S
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


class HeartbeatWatch:
    """Decides if the queue is stuck: if no task has started for heartbeat.LIMIT_S although the cache could tell.

    Unknown is not dead: while the cache is unreachable, or has lost the heartbeat, the time counts from then on, and
    the heartbeat is queued again.
    """

    def __init__(self, started: float) -> None:
        self._since = started
        self._known = False

    def is_stuck(self, now: float) -> bool:
        """Return True if the worker must be restarted; ``now`` is in unix seconds."""
        from django.db import DatabaseError
        from redis.exceptions import RedisError

        from cryptohub import heartbeat

        try:
            age = heartbeat.age(now)
            if age is None and self._known:
                self._since = now
            self._known = age is not None
            if age is None or age > 2 * heartbeat.INTERVAL_S:
                heartbeat.schedule(heartbeat.FIRST_DELAY_S)
        except (DatabaseError, RedisError) as error:
            self._since = now  # a restart would not help
            cache_outage().failed(error, time.monotonic())
            return False
        cache_outage().succeeded(time.monotonic())
        silence = now - self._since
        return (silence if age is None else min(silence, age)) > heartbeat.LIMIT_S


@cache
def cache_outage() -> OutageLog:
    """Return the log of times in which the heartbeat cannot be read."""
    from providers.background.outage_log import OutageLog

    return OutageLog(logger, "the heartbeat's cache")


def limit_stop_time(cluster: Any, stop: threading.Event) -> None:
    """Limit how long the cluster takes to stop to STOP_S, and tell the loops to stop at once.

    It waits for its processes without a limit, and forever if they got the signal as well, as from a service manager
    that signals the whole group. The alarm's default action ends this process, and with it all that it forked.
    """

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()
        signal.alarm(STOP_S)
        cluster.sig_handler(number, frame)

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)


def die_with_parent() -> None:
    """Have Linux kill this forked process when its parent dies; elsewhere do nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    raise SystemExit(main())
