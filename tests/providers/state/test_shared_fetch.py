"""One fetch for all processes of a host: the lock's file hands the answer on."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from providers.state.shared_fetch import HostSharedFetch


@pytest.fixture
def fleet(tmp_path: Path) -> HostSharedFetch:
    return HostSharedFetch(str(tmp_path / "fleet"))


def test_who_comes_after_the_fetch_began_takes_over_its_answer(fleet: HostSharedFetch) -> None:
    began = time.time()
    with fleet.turn("price of bitcoin", began, 1.0) as turn:
        assert turn.answer is None
        turn.share(b"60000\nand more")
    with fleet.turn("price of bitcoin", began, 1.0) as turn:
        assert turn.answer == b"60000\nand more"


def test_an_answer_from_before_one_asked_is_not_taken_over(fleet: HostSharedFetch) -> None:
    with fleet.turn("price of bitcoin", time.time(), 1.0) as turn:
        turn.share(b"60000")
    with fleet.turn("price of bitcoin", time.time(), 1.0) as turn:
        assert turn.answer is None


def test_an_answer_to_another_question_is_not_taken_over(
    fleet: HostSharedFetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("providers.state.shared_fetch.LOCK_FILES", 1)
    began = time.time()
    with fleet.turn("price of bitcoin", began, 1.0) as turn:
        turn.share(b"60000")
    with fleet.turn("price of ether", began, 1.0) as turn:
        assert turn.answer is None
        turn.share(b"3000")
    with fleet.turn("price of ether", began, 1.0) as turn:
        assert turn.answer == b"3000"


@pytest.mark.parametrize("harm", [lambda whole: whole[:-1] + b"?", lambda whole: whole[:-1], lambda whole: whole[::-1]])
def test_an_answer_whose_writer_was_killed_half_way_is_none(fleet: HostSharedFetch, tmp_path: Path, harm: Any) -> None:
    began = time.time()
    with fleet.turn("price of bitcoin", began, 1.0) as turn:
        turn.share(b"60000")
    (file,) = (tmp_path / "fleet").iterdir()
    file.write_bytes(harm(file.read_bytes()))
    with fleet.turn("price of bitcoin", began, 1.0) as turn:
        assert turn.answer is None


def test_out_of_patience_one_fetches_for_oneself_and_leaves_the_others_answer_alone(fleet: HostSharedFetch) -> None:
    began = time.time()
    with fleet.turn("price of bitcoin", began, 1.0) as first:
        with fleet.turn("price of bitcoin", began, 0.01) as second:
            assert second.answer is None
            second.share(b"mine")
        first.share(b"60000")
    with fleet.turn("price of bitcoin", began, 1.0) as turn:
        assert turn.answer == b"60000"


def test_of_many_at_once_one_fetches(fleet: HostSharedFetch) -> None:
    barrier, fetched, began = Barrier(8), [], time.time()

    def client() -> bytes | None:
        barrier.wait(5)
        with fleet.turn("price of bitcoin", began, 5.0) as turn:
            if turn.answer is None:
                fetched.append(1)
                turn.share(b"60000")
                return b"60000"
            return turn.answer

    with ThreadPoolExecutor(8) as pool:
        answers = [done.result() for done in [pool.submit(client) for _ in range(8)]]
    assert answers == [b"60000"] * 8
    assert len(fetched) == 1
