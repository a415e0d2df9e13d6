"""An upstream's answer as an operator sees it: its structure, its numbers as written, never a key."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from providers.operations.response_preview import HIDDEN, MAX_BODY, MAX_LINES, preview

KEY = "s3cret/key+1"


def test_numbers_stay_as_they_were_written_and_long_lists_are_cut() -> None:
    shown = preview(b'{"prices": [1.2300, 2, 3, 4, 5], "name": "BTC", "more": {}}')
    assert shown.split("\n") == [
        "{",
        '  "prices": [',
        "    1.2300",
        "    2",
        "    3",
        "    … 2 more",
        "  ]",
        '  "name": "BTC"',
        '  "more": {}',
        "}",
    ]


def test_what_is_no_json_is_shown_as_its_beginning() -> None:
    assert preview(b"<html>\xff</html>") == "<html>\ufffd</html>"
    assert len(preview(b"x" * 100_000)) <= MAX_BODY + 2


def test_a_large_answer_is_short() -> None:
    body = json.dumps({f"field{n}": {f"inner{m}": "x" * 1000 for m in range(50)} for n in range(500)}).encode()
    shown = preview(body)
    assert len(shown.split("\n")) == MAX_LINES + 1
    assert len(shown) < 40_000


def test_a_key_that_an_answer_repeats_is_hidden_however_it_is_spelled() -> None:
    escaped = KEY.replace("/", "\\/")
    body = f'{{"said": "your key {escaped} is bad", "{escaped}": "s3cret%2Fkey%2B1", "list": ["{KEY}"]}}'.encode()
    for shown in (preview(body, KEY), preview(b"<p>" + body, KEY)):
        assert "s3cret" not in shown
        assert HIDDEN in shown


def test_a_number_that_is_the_key_is_hidden_too() -> None:
    assert "1234567" not in preview(b'{"key": 1234567}', "1234567")


@given(body=st.binary(max_size=300))
def test_any_bytes_can_be_shown(body: bytes) -> None:
    assert preview(body, KEY).count("\n") <= MAX_LINES
