"""The writer behind the snapshot: one thread that takes health, cooldowns and records to the database.

What must be known elsewhere at once (a breaker's change, a cooldown) is a job, done in order as soon as the thread
gets to it; counters and records are flushed in batches about once a second. Where the thread does not run (a command,
a test) jobs are done by the caller and flushes when they are asked for.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from django.db import Error as DatabaseTrouble
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

log = logging.getLogger(__name__)

CONNECTION_ERRORS = (OperationalError, InterfaceError)
"""What a connection that was lost, or a database that is busy, raises: the same may well go through later."""
FLUSH_S = 1.0
Job = Callable[[], None]


@retry(
    retry=retry_if_exception_type(CONNECTION_ERRORS),
    stop=stop_after_attempt(4),
    wait=wait_exponential(multiplier=0.05, max=0.5),
    before_sleep=lambda _: connection.close(),
    reraise=True,
)
def _retry(job: Job) -> None:
    job()


def run_with_retries(job: Job) -> None:
    """Do a database job; a lost connection is made anew and the job done again."""
    try:
        job()
    except CONNECTION_ERRORS:
        connection.close()
        _retry(job)


class Writer:
    """Jobs in order, flushes by the clock."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Job, Future[None]] | None] = queue.SimpleQueue()
        self._flushers: list[Job] = []
        self._thread: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def add_flusher(self, flusher: Job) -> None:
        """Have something flushed about once a second, and at the end."""
        self._flushers.append(flusher)

    def submit(self, job: Job) -> Future[None]:
        """Have a job done; wait on the future to know it is in the database."""
        done: Future[None] = Future()
        if self.is_running:
            self._jobs.put((job, done))
        else:
            _run_job(job, done)
        return done

    def start(self) -> None:
        if not self.is_running:
            self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 3.0) -> None:
        """Do what is left, flush, and end."""
        thread, self._thread = self._thread, None
        if thread is not None and thread.is_alive():
            self._jobs.put(None)
            thread.join(timeout)
        self.flush()

    def flush(self) -> None:
        for flusher in self._flushers:
            _run_job(flusher, Future())

    def _run(self) -> None:
        due = time.monotonic() + FLUSH_S
        while True:
            try:
                entry = self._jobs.get(timeout=max(0.0, due - time.monotonic()))
                if entry is None:
                    break
                _run_job(*entry)
            except queue.Empty:
                pass  # nothing to do but the flush that is due
            if time.monotonic() >= due:
                self.flush()
                close_old_connections()
                due = time.monotonic() + FLUSH_S
        connection.close()


def _run_job(job: Job, done: Future[None]) -> None:
    """Do a job, whatever comes of it: the thread has others to do."""
    try:
        run_with_retries(job)
    except DatabaseTrouble as error:
        log.error("could not be written: %s", type(error).__name__)  # noqa: TRY400 - a trace would tell nothing more
        done.set_exception(error)
    except Exception as error:
        log.exception("could not be written: a fault of ours")
        done.set_exception(error)
    else:
        done.set_result(None)
