"""Bodies are read before a view runs: of limited length, by few at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from cryptohub.conf.limits import MAX_BODY
from cryptohub.middleware.bodies import PATIENCE_S, NoReaderFreeError, Readers, request_bodies

pytestmark = pytest.mark.django_db


class Now:
    def __init__(self) -> None:
        self.value = 0.0

    def __call__(self) -> float:
        return self.value


def in_another_thread(work: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def refused(readers: Readers) -> bool:
    try:
        with readers.reading():
            return False
    except NoReaderFreeError:
        return True


def test_one_reader_more_than_the_limit_is_refused_and_a_finished_one_makes_room() -> None:
    clock = Now()
    readers = Readers(1, clock)
    with readers.reading():
        clock.value = PATIENCE_S
        assert in_another_thread(lambda: refused(readers))
    assert not in_another_thread(lambda: refused(readers))


def test_a_reader_waits_for_one_that_has_only_just_begun() -> None:
    readers = Readers(1, Now())
    waiting = threading.Event()

    def second() -> bool:
        waiting.set()
        return refused(readers)

    with ThreadPoolExecutor(1) as pool, ExitStack() as stack:
        stack.enter_context(readers.reading())
        result = pool.submit(second)
        waiting.wait()
        stack.close()
        assert result.result() is False


class Unread(BytesIO):
    def read(self, *args: Any) -> bytes:
        raise AssertionError("the body is read")


@pytest.mark.parametrize("length", [str(MAX_BODY + 1), "156000000", "9" * 5000])
@pytest.mark.parametrize("path", ["/api/backtest", "/accounts/login/", "/admin/login/", "/nowhere"])
def test_a_body_announced_as_too_long_is_refused_without_reading_it(path: str, length: str) -> None:
    unread: dict[str, Any] = {"wsgi.input": Unread()}
    response = Client().generic("POST", path, CONTENT_LENGTH=length, **unread)
    assert response.status_code == 413


def test_no_file_of_a_form_is_kept(rf: RequestFactory) -> None:
    seen: list[Any] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append((dict(request.POST.items()), dict(request.FILES)))
        return HttpResponse()

    request_bodies(view)(rf.post("/", {"name": "a", "file": SimpleUploadedFile("big.bin", b"x" * 100_000)}))
    assert seen == [({"name": "a"}, {})]


def test_a_body_that_breaks_off_is_a_400(rf: RequestFactory) -> None:
    broken_off: dict[str, Any] = {"wsgi.input": BytesIO(b"half")}
    request = rf.generic("POST", "/", CONTENT_LENGTH="8", **broken_off)
    assert request_bodies(lambda _: HttpResponse())(request).status_code == 400


def test_the_view_still_gets_the_whole_body(rf: RequestFactory) -> None:
    request = rf.post("/", b"{}", content_type="application/json")
    assert request_bodies(lambda r: HttpResponse(r.body))(request).content == b"{}"
