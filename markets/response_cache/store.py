"""The answers this process keeps, by question: bounded in bytes, the ones not asked for longest thrown away first."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from markets.feeds.cache_dependencies import CacheDependencies, ConfigEpoch
from markets.feeds.cache_stats import CacheCounters, CacheStats
from providers.api import structs

MAX_BYTES = 64 * 1024 * 1024
LARGEST_SHARE = 8
"""An answer larger than this part of the whole is not kept: it would throw out too many others."""
OVERHEAD = 2048
"""Counted for each answer beside its bytes: its question, its headers, what it stands on."""
LEAST_TO_COMPRESS = 200
LEVEL = 6
SWEPT = 4
"""So many of the oldest are looked at with each that comes: what stands no more need not wait to be pushed out."""

CacheKey = tuple[str, str]
"""A path and a query string."""


@dataclass(slots=True)
class Answer:
    """A body as it goes out. ``since`` is when its oldest part was fetched (unix seconds), if anything was.

    ``gzipped`` is made when it is first asked for; empty where it would not be smaller.
    """

    content: bytes
    tag: str
    fetched_at: float | None
    dependencies: CacheDependencies
    gzipped: bytes | None = None
    epoch: ConfigEpoch | None = None
    valid_until: float = field(default=0.0)

    def is_valid(self, now: float) -> bool:
        """Whether whoever asks now (unix seconds) would be answered the same."""
        if self.dependencies is None or self.epoch is None or now > self.valid_until or not self.epoch.is_current():
            return False
        if not all(ground.is_valid(now) for ground in self.dependencies):
            return False
        for ground in self.dependencies:
            ground.count_use()
        return True

    def size(self) -> int:
        return len(self.content) + len(self.gzipped or b"") + OVERHEAD


def build(body: structs.Body | dict[str, Any], fetched_at: datetime | None, dependencies: CacheDependencies) -> Answer:
    """The answer with this body."""
    content = structs.encode(body)
    tag = hashlib.blake2b(content, digest_size=12).hexdigest()
    return Answer(content, tag, fetched_at.timestamp() if fetched_at is not None else None, dependencies)


class ResponseCache:
    """Answers by question, those asked for last at the end."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._answers: OrderedDict[CacheKey, Answer] = OrderedDict()
        self._counts = CacheCounters(datetime.now(UTC))
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, question: CacheKey, now: float) -> Answer | None:
        """The answer to a question, if it still stands."""
        answer = self._answers.get(question)
        stands = answer is not None and answer.is_valid(now)
        self._counts.count(stands, not stands)
        if answer is None:
            return None
        with self._lock:
            if not stands:
                self._drop(question, answer)
            elif self._answers.get(question) is answer:
                self._answers.move_to_end(question)
        return answer if stands else None

    def stats(self) -> CacheStats:
        """How many answers are kept, and how often one was sent again (a hit) or made (a miss)."""
        return self._counts.stats(len(self._answers))

    def put(self, question: CacheKey, answer: Answer, world: ConfigEpoch, now: float) -> None:
        """Keep an answer that was made in a world, if it stands on anything that can be looked at."""
        if answer.dependencies is None or answer.size() > self.max_bytes // LARGEST_SHARE:
            return
        answer.epoch = world
        answer.valid_until = min((ground.valid_until for ground in answer.dependencies), default=float("inf"))
        with self._lock:
            self._drop(question, self._answers.get(question))
            self._answers[question] = answer
            self.bytes += answer.size()
            self._sweep(now)

    def gzipped(self, question: CacheKey, answer: Answer) -> bytes:
        """The gzipped bytes, made once; empty where they would not be smaller."""
        if answer.gzipped is None:
            packed = compress(answer.content)
            with self._lock:
                if answer.gzipped is None:
                    answer.gzipped = packed
                    if self._answers.get(question) is answer:
                        self.bytes += len(packed)
        return answer.gzipped

    def _drop(self, question: CacheKey, answer: Answer | None) -> None:
        if answer is not None and self._answers.get(question) is answer:
            del self._answers[question]
            self.bytes -= answer.size()

    def _sweep(self, now: float) -> None:
        for question, answer in list(islice(self._answers.items(), SWEPT)):
            if now > answer.valid_until:
                self._drop(question, answer)
        while self.bytes > self.max_bytes:
            question, answer = next(iter(self._answers.items()))
            self._drop(question, answer)


def compress(content: bytes) -> bytes:
    """Gzipped, the same each time; empty where that is not smaller."""
    if len(content) < LEAST_TO_COMPRESS:
        return b""
    packed = gzip.compress(content, LEVEL, mtime=0)
    return packed if len(packed) < len(content) else b""
