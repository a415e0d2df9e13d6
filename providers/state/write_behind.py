"""Background writer: one thread that writes health, cooldowns and records to the database.

Jobs (breaker changes, cooldowns) run in order, as soon as possible; counters and records are flushed in batches about
once a second. If the thread is not running (in a command or a test), jobs run in the caller and flushes on request.
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
"""Raised for a lost connection or a busy database: a retry may succeed."""
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
    """Run a database job; reconnect and retry if the connection is lost."""
    try:
        job()
    except CONNECTION_ERRORS:
        connection.close()
        _retry(job)


class Writer:
    """A queue of jobs and a list of flushers, served by one thread."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Job, Future[None]] | None] = queue.SimpleQueue()
        self._flushers: list[Job] = []
        self._thread: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        """True while the thread serves the queue."""
        return self._thread is not None and self._thread.is_alive()

    def add_flusher(self, flusher: Job) -> None:
        """Call ``flusher`` about once a second, and when the writer stops."""
        self._flushers.append(flusher)

    def submit(self, job: Job) -> Future[None]:
        """Queue a job; the future is done once it has been written or has failed."""
        done: Future[None] = Future()
        if self.is_running:
            self._jobs.put((job, done))
        else:
            _run_job(job, done)
        return done

    def start(self) -> None:
        """Start the thread, unless it is running."""
        if not self.is_running:
            self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
            self._thread.start()

    def stop(self, timeout: float = 3.0) -> None:
        """Run the queued jobs, flush, and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None and thread.is_alive():
            self._jobs.put(None)
            thread.join(timeout)
        self.flush()

    def flush(self) -> None:
        """Call every flusher now."""
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
                pass  # only the flush is due
            if time.monotonic() >= due:
                self.flush()
                close_old_connections()
                due = time.monotonic() + FLUSH_S
        connection.close()


def _run_job(job: Job, done: Future[None]) -> None:
    """Run a job and report its result in the future; never raises, because the thread has other jobs."""
    try:
        run_with_retries(job)
    except DatabaseTrouble as error:
        log.error("could not write to the database: %s", type(error).__name__)  # noqa: TRY400 - a traceback adds nothing
        done.set_exception(error)
    except Exception as error:
        log.exception("could not write to the database: unexpected error")
        done.set_exception(error)
    else:
        done.set_result(None)
