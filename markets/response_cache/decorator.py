"""Answers whose bytes depend on what they say alone: kept whole, sent again while they stand, 304 where known.

A question that has been answered costs one look at what its answer stands on: nothing is asked, computed, serialised
or compressed again. The current age goes beside the bytes, in a header.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.utils.cache import get_conditional_response, patch_vary_headers
from rest_framework.request import Request

from markets.feeds import explain_context
from markets.feeds.cache_dependencies import ConfigEpoch
from markets.response_cache.explain import explainable
from markets.response_cache.store import Answer, CacheKey, ResponseCache, build, compress
from providers.api import structs

__all__ = ["Answer", "build", "cached_response", "respond", "response_cache", "uncached"]

REVALIDATE = "public, max-age=0, must-revalidate"
"""Kept by clients, but asked about each time: an operator's edit is in force at once, everywhere."""
JSON = "application/json"
CONDITIONS = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"})
IF_NONE_MATCH = {"HTTP_IF_NONE_MATCH"}
TOLD_AGAIN = ("Cache-Control", "Vary", "Age", "ETag")
READING = frozenset({"GET", "HEAD"})
REFUSED = re.compile(r"0(\.0{0,3})?")

P = ParamSpec("P")

response_cache = ResponseCache()
"""What this process has answered."""


def cached_response(
    get: Callable[Concatenate[Any, Request, P], Answer | HttpResponse],
) -> Callable[Concatenate[Any, Request, P], HttpResponseBase]:
    """A route's ``get``, asked only where its last answer to the same question stands no more.

    What it answers with a response of its own, it is asked for each time; as is what somebody wants explained.
    """

    @explainable
    @wraps(get)
    def answered(view: Any, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        plain = request._request
        if explain_context.is_active():
            once = get(view, request, *args, **kwargs)
            return respond(plain, once) if isinstance(once, Answer) else once
        question = (plain.path_info, plain.META.get("QUERY_STRING", ""))
        answer = response_cache.get(question, time.time())
        if answer is None:
            world = ConfigEpoch.current()
            found = get(view, request, *args, **kwargs)
            if not isinstance(found, Answer):
                return found
            answer = found
            response_cache.put(question, answer, world, time.time())
        return respond(plain, answer, question)

    return answered


def respond(request: HttpRequest, answer: Answer, question: CacheKey = ("", "")) -> HttpResponseBase:
    """The bytes, or 304 where the client has them already. ``Age`` is how old they are by now.

    The compressed bytes have a weak tag: whoever has either, and asks with its tag, has both. To who wants it explained
    an answer is sent for this once.
    """
    if explain_context.is_active():
        return _explained(request, answer.content)
    meta = request.META
    content, tag = answer.content, f'"{answer.tag}"'
    headers = {"Content-Type": JSON, "Cache-Control": REVALIDATE, "Vary": "Accept-Encoding"}
    if answer.fetched_at is not None:
        headers["Age"] = str(max(0, int(time.time() - answer.fetched_at)))
    if accepts_gzip(meta.get("HTTP_ACCEPT_ENCODING", "")) and (packed := response_cache.gzipped(question, answer)):
        content, tag = packed, f"W/{tag}"
        headers["Content-Encoding"] = "gzip"
    headers["ETag"] = tag
    asked = CONDITIONS & meta.keys()
    if asked == IF_NONE_MATCH and meta["HTTP_IF_NONE_MATCH"] == tag and request.method in READING:
        told = {name: headers[name] for name in TOLD_AGAIN if name in headers}
        return HttpResponseNotModified(headers=told)  # what all who ask again come to, in a third of the long way
    headers["Content-Length"] = str(len(content))
    response = HttpResponse(content, headers=headers)
    if not asked:
        return response
    unchanged = cast("HttpResponseBase", get_conditional_response(request, etag=tag, response=response))
    if "Age" in headers and unchanged.status_code == 304:
        unchanged.headers["Age"] = headers["Age"]
    return unchanged


@lru_cache(256)
def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding allows gzip."""
    parts = [part.partition(";") for part in header.lower().split(",")]
    weights = {name.strip(): weight.strip().removeprefix("q=") for name, _, weight in parts}
    weight = weights.get("gzip", weights.get("*", "0"))
    return REFUSED.fullmatch(weight) is None


def uncached(request: HttpRequest, body: structs.Body | dict[str, Any]) -> HttpResponse:
    """A response that no cache stores, with the list of upstream calls if the request has explain=1."""
    return _explained(request, structs.encode(body))


def _explained(request: HttpRequest, content: bytes) -> HttpResponse:
    if explain_context.is_active():
        content = b'%s,"attempts":%s}' % (content[:-1], structs.encode(explain_context.attempts()))
    response = HttpResponse(content, content_type=JSON, headers={"Cache-Control": "no-store"})
    patch_vary_headers(response, ("Accept-Encoding",))
    if accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")) and (packed := compress(content)):
        response.content, response.headers["Content-Encoding"] = packed, "gzip"
    return response
