"""The background worker: a django-q2 cluster and a watchdog. `python -m cryptohub.worker`.

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
import time
from types import FrameType
from typing import Any

import django

logger = logging.getLogger("cryptohub.worker")

POLL_S = 1.0
STOP_S = 30
"""Time for running tasks to finish after TERM or INT."""
STUCK = 75
"""Exit code when the heartbeat has stopped (EX_TEMPFAIL: restart)."""
PR_SET_PDEATHSIG = 1


def main() -> int:
    """Start the cluster, watch it until it stops or hangs, and return the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptohub.settings")
    django.setup()
    from django_q.cluster import Cluster

    os.register_at_fork(after_in_child=die_with_parent)
    cluster: Any = Cluster()
    limit_stop_time(cluster)
    cluster.start()
    started = time.time()
    while cluster.sentinel.is_alive():
        time.sleep(POLL_S)
        if is_stuck(started):
            logger.critical("the heartbeat has stopped: exiting to be restarted")
            cluster.sentinel.kill()
            cluster.sentinel.join()
            return STUCK
    return 0 if cluster.has_stopped else 1


def is_stuck(started: float) -> bool:
    """Return whether no task has started for heartbeat.LIMIT_S since `started` (unix seconds) or later."""
    from django.db import DatabaseError
    from redis.exceptions import RedisError

    from cryptohub import heartbeat

    now = time.time()
    try:
        age = heartbeat.age(now)
    except (DatabaseError, RedisError):
        logger.warning("the heartbeat cannot be read: the cache is unreachable")
        return False  # a restart would not help
    return min(now - started, age if age is not None else now - started) > heartbeat.LIMIT_S


def limit_stop_time(cluster: Any) -> None:
    """Limit how long the cluster takes to stop to STOP_S.

    It waits for its processes without a limit, and forever if they got the signal as well, as from a service manager
    that signals the whole group. The alarm's default action ends this process, and with it all that it forked.
    """

    def on_signal(number: int, frame: FrameType | None) -> None:
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
