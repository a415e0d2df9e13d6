"""The background worker: a django-q2 cluster with a watch over it. ``python -m cryptohub.worker``.

The cluster can stop without ending: when an idle worker is killed while it holds the queue's lock, nothing is ever
taken from the queue again, and the cluster goes on reporting itself idle. So the heartbeat, which travels through the
queue, is watched from here; when it has stopped this process ends, and whoever started it starts it again.
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
"""How long tasks at work may take to finish once this process was asked to stop."""
STUCK = 75
"""Exit code when the heartbeat has stopped (EX_TEMPFAIL: start me again)."""
PR_SET_PDEATHSIG = 1


def main() -> int:
    """1. Tie all processes to come to this one. 2. Start the cluster. 3. Watch until it stops or has to be stopped."""
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
            logger.critical("the heartbeat has stopped: ending, to be started again")
            cluster.sentinel.kill()
            cluster.sentinel.join()
            return STUCK
    return 0 if cluster.has_stopped else 1


def is_stuck(started: float) -> bool:
    """Whether no task has run for too long, counted from the start of this process at the earliest."""
    from django.db import DatabaseError
    from redis.exceptions import RedisError

    from cryptohub import heartbeat

    now = time.time()
    try:
        age = heartbeat.age(now)
    except (DatabaseError, RedisError):
        logger.warning("the heartbeat cannot be read: the cache cannot be reached")
        return False  # starting anew would not mend it
    return min(now - started, age if age is not None else now - started) > heartbeat.LIMIT_S


def limit_stop_time(cluster: Any) -> None:
    """Bound the cluster's own way of stopping.

    It waits for its processes without a limit, and for ever when the signal went to them as well (a service manager
    that signals a whole group). The alarm's default action ends this process, and with it all that it forked.
    """

    def asked(number: int, frame: FrameType | None) -> None:
        signal.alarm(STOP_S)
        cluster.sig_handler(number, frame)

    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGINT, asked)


def die_with_parent() -> None:
    """Where the system can (Linux), have a forked process killed when the one that forked it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    raise SystemExit(main())
