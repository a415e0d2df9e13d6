"""Cached responses: rendered bytes, served again while the values they were built from are valid; 304 where possible.

A warm response costs one check of its dependencies: no SQL, no upstream call, no serialisation, no compression. Bodies
contain no current age; it goes beside the bytes, in the ``Age`` header.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, wraps
from itertools import islice
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified, QueryDict
from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from markets.feeds import provenance
from markets.feeds.cache_dependencies import CacheDependencies, ConfigEpoch
from markets.feeds.concurrency import CacheCounters, CacheStats
from providers.api import query_params, structs

MAX_BYTES = 64 * 1024 * 1024
MAX_SHARE = 8
"""A response larger than this part of the cache is not stored: it would evict too many others."""
OVERHEAD = 2048
"""Bytes counted for each response beside its body: key, headers, dependencies."""
MIN_GZIP_BYTES = 200
GZIP_LEVEL = 6
SWEEP = 4
"""Number of least recently used responses checked for expiry whenever one is added."""

REVALIDATE = "public, max-age=0, must-revalidate"
"""Clients may store the response but must revalidate it, so that an operator's edit is in force at once."""
JSON = "application/json"
CONDITIONS = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"})
IF_NONE_MATCH = {"HTTP_IF_NONE_MATCH"}
SENT_WITH_304 = frozenset({"Cache-Control", "Vary", "Age", "ETag"})
SAFE_METHODS = frozenset({"GET", "HEAD"})
ZERO_WEIGHT = re.compile(r"0(\.0{0,3})?")

EXPLAIN = "explain"
EXPLAIN_PARAMETER = OpenApiParameter(
    EXPLAIN,
    {"type": "string", "enum": ["1", "0"], "default": "0"},
    description="1 adds the attempts behind the answer, and is never cached. For operators it asks the sources anew.",
)
ATTEMPTS_SCHEMA = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/Attempt"},
    "description": "With explain=1: the upstream calls, in order.",
}

P = ParamSpec("P")
R = TypeVar("R")

CacheKey = tuple[str, str]
"""A path and a query string."""


@dataclass(slots=True)
class Answer:
    """A rendered body. ``fetched_at`` is when its oldest part was fetched (unix seconds), None if nothing was.

    ``gzipped`` is built on first use; it is empty where compression would not make the body smaller.
    """

    content: bytes
    tag: str
    fetched_at: float | None
    dependencies: CacheDependencies
    gzipped: bytes | None = None
    epoch: ConfigEpoch | None = None
    valid_until: float = field(default=0.0)

    def is_valid(self, now: float) -> bool:
        """Tell if a view called ``now`` (unix seconds) would return the same body; if so, count the cache hits."""
        if self.dependencies is None or self.epoch is None or now > self.valid_until or not self.epoch.is_current():
            return False
        if not all(dependency.is_valid(now) for dependency in self.dependencies):
            return False
        for dependency in self.dependencies:
            dependency.count_use()
        return True

    def size(self) -> int:
        """Return the bytes it occupies in the cache."""
        return len(self.content) + len(self.gzipped or b"") + OVERHEAD


def build(body: structs.Body | dict[str, Any], fetched_at: datetime | None, dependencies: CacheDependencies) -> Answer:
    """Render a body. It is cached only where ``dependencies`` is not None."""
    content = structs.encode(body)
    tag = hashlib.blake2b(content, digest_size=12).hexdigest()
    return Answer(content, tag, fetched_at.timestamp() if fetched_at is not None else None, dependencies)


class ResponseCache:
    """Answers by path and query string, bounded in bytes; the least recently used are evicted first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._answers: OrderedDict[CacheKey, Answer] = OrderedDict()
        self._counters = CacheCounters(datetime.now(UTC))
        self.max_bytes = max_bytes
        self._lock = threading.Lock()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: CacheKey, now: float) -> Answer | None:
        """Return the cached answer if it is still valid at ``now`` (unix seconds); drop it if it is not."""
        answer = self._answers.get(key)
        valid = answer is not None and answer.is_valid(now)
        self._counters.count(valid, not valid)
        if answer is None:
            return None
        with self._lock:
            if not valid:
                self._drop(key, answer)
            elif self._answers.get(key) is answer:
                self._answers.move_to_end(key)
        return answer if valid else None

    def stats(self) -> CacheStats:
        """Return how many answers are cached, and the hits and misses so far."""
        return self._counters.stats(len(self._answers))

    def put(self, key: CacheKey, answer: Answer, epoch: ConfigEpoch, now: float) -> None:
        """Store an answer that was built in an epoch; one without dependencies, or too large, is not stored."""
        if answer.dependencies is None or answer.size() > self.max_bytes // MAX_SHARE:
            return
        answer.epoch = epoch
        answer.valid_until = min((dependency.valid_until for dependency in answer.dependencies), default=float("inf"))
        with self._lock:
            self._drop(key, self._answers.get(key))
            self._answers[key] = answer
            self.bytes += answer.size()
            self._sweep(now)

    def gzipped(self, key: CacheKey, answer: Answer) -> bytes:
        """Return the compressed body, built once; empty where it would not be smaller."""
        if answer.gzipped is None:
            packed = compress(answer.content)
            with self._lock:
                if answer.gzipped is None:
                    answer.gzipped = packed
                    if self._answers.get(key) is answer:
                        self.bytes += len(packed)
        return answer.gzipped

    def _drop(self, key: CacheKey, answer: Answer | None) -> None:
        if answer is not None and self._answers.get(key) is answer:
            del self._answers[key]
            self.bytes -= answer.size()

    def _sweep(self, now: float) -> None:
        for key, answer in list(islice(self._answers.items(), SWEEP)):
            if now > answer.valid_until:
                self._drop(key, answer)
        while self.bytes > self.max_bytes:
            key, answer = next(iter(self._answers.items()))
            self._drop(key, answer)


response_cache = ResponseCache()
"""This process's responses."""


def explainable(
    method: Callable[Concatenate[Any, Request, P], R],
) -> Callable[Concatenate[Any, Request, P], R]:
    """Give a view's ``get`` or ``post`` the ``explain`` parameter, which is removed from the query it sees."""

    @wraps(method)
    def call(view: Any, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> R:
        plain = request._request
        if EXPLAIN not in plain.META.get("QUERY_STRING", "") or not _pop_switch(plain):
            return method(view, request, *args, **kwargs)
        with provenance.explain_context(anew=_is_operator(plain)):
            return method(view, request, *args, **kwargs)

    documented: Callable[Concatenate[Any, Request, P], R] = extend_schema(parameters=[EXPLAIN_PARAMETER])(call)
    return documented


def _is_operator(request: Any) -> bool:
    """Tell if an operator asks (`cryptohub.api.middleware`): only they may spend providers' quotas at will."""
    return bool(getattr(request, "is_operator", lambda: False)())


def _pop_switch(request: Any) -> bool:
    """Remove the parameter from the query and return its value. Raises ValidationError."""
    query = request.GET.copy()
    given = QueryDict(mutable=True)
    if EXPLAIN in query:
        given.setlist(EXPLAIN, query.pop(EXPLAIN))
        query_params.reject_unknown(given, EXPLAIN)
        request.GET = query
    return query_params.boolean(given, EXPLAIN)


def cached_response(
    get: Callable[Concatenate[Any, Request, P], Answer | HttpResponse],
) -> Callable[Concatenate[Any, Request, P], HttpResponseBase]:
    """Serve the cached response while it is valid; otherwise call the view and cache its ``Answer``.

    Other responses and ``?explain=1`` bypass the cache.
    """

    @explainable
    @wraps(get)
    def serve(view: Any, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        plain = request._request
        if provenance.is_explaining():
            explained = get(view, request, *args, **kwargs)
            return respond(plain, explained) if isinstance(explained, Answer) else explained
        key = (plain.path_info, plain.META.get("QUERY_STRING", ""))
        cached = response_cache.get(key, time.time())
        if cached is not None:
            return respond(plain, cached, key)
        epoch = ConfigEpoch.current()
        answer = get(view, request, *args, **kwargs)
        if not isinstance(answer, Answer):
            return answer
        response_cache.put(key, answer, epoch, time.time())
        return respond(plain, answer, key)

    return serve


def respond(request: HttpRequest, answer: Answer, key: CacheKey = ("", "")) -> HttpResponseBase:
    """Send the bytes, or 304 if the client has them. ``Age`` is the current age of the oldest part.

    Compressed bytes have a weak tag, so that a client with either form revalidates both. An explained answer is sent
    uncached, with its attempts.
    """
    if provenance.is_explaining():
        return _uncached(request, answer.content)
    meta = request.META
    content, tag = answer.content, f'"{answer.tag}"'
    headers = {"Content-Type": JSON, "Cache-Control": REVALIDATE, "Vary": "Accept-Encoding"}
    if answer.fetched_at is not None:
        headers["Age"] = str(max(0, int(time.time() - answer.fetched_at)))
    if accepts_gzip(meta.get("HTTP_ACCEPT_ENCODING", "")) and (packed := response_cache.gzipped(key, answer)):
        content, tag = packed, f"W/{tag}"
        headers["Content-Encoding"] = "gzip"
    headers["ETag"] = tag
    conditions = CONDITIONS & meta.keys()
    if conditions == IF_NONE_MATCH and meta["HTTP_IF_NONE_MATCH"] == tag and request.method in SAFE_METHODS:
        # the usual condition of clients that poll, at a third of the cost of Django's general way below
        return HttpResponseNotModified(headers={name: headers[name] for name in headers if name in SENT_WITH_304})
    headers["Content-Length"] = str(len(content))
    response = HttpResponse(content, headers=headers)
    if not conditions:
        return response
    conditional = cast("HttpResponseBase", get_conditional_response(request, etag=tag, response=response))
    if "Age" in headers and conditional.status_code == 304:
        conditional.headers["Age"] = headers["Age"]
    return conditional


def uncached(request: HttpRequest, body: structs.Body | dict[str, Any]) -> HttpResponse:
    """Send a body that no cache may store; with ``?explain=1`` including the upstream ``attempts``."""
    return _uncached(request, structs.encode(body))


def _uncached(request: HttpRequest, content: bytes) -> HttpResponse:
    if provenance.is_explaining():
        content = b'%s,"attempts":%s}' % (content[:-1], structs.encode(provenance.explained_attempts()))
    response = HttpResponse(content, content_type=JSON, headers={"Cache-Control": "no-store"})
    patch_vary_headers(response, ("Accept-Encoding",))
    if accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")) and (packed := compress(content)):
        response.content, response.headers["Content-Encoding"] = packed, "gzip"
    return response


@lru_cache(256)
def accepts_gzip(header: str) -> bool:
    """Tell if an Accept-Encoding header allows gzip (RFC 9110, section 12.5.3)."""
    parts = [part.partition(";") for part in header.lower().split(",")]
    weights = {name.strip(): weight.strip().removeprefix("q=") for name, _, weight in parts}
    weight = weights.get("gzip", weights.get("*", "0"))
    return ZERO_WEIGHT.fullmatch(weight) is None


def compress(content: bytes) -> bytes:
    """Gzip the content reproducibly; return empty bytes where that is not smaller."""
    if len(content) < MIN_GZIP_BYTES:
        return b""
    packed = gzip.compress(content, GZIP_LEVEL, mtime=0)
    return packed if len(packed) < len(content) else b""


def describe_attempts(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add ``attempts`` to the documented answers of explainable routes (a drf-spectacular postprocessing hook)."""
    schemas = result["components"]["schemas"]
    for path in result["paths"].values():
        for operation in path.values():
            if any(parameter.get("name") == EXPLAIN for parameter in operation.get("parameters", ())):
                answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
                schemas[answer["$ref"].rpartition("/")[2]]["properties"]["attempts"] = ATTEMPTS_SCHEMA
    return result
