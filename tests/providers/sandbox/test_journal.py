"""The log: complete, in order, and honest about what it no longer has."""

from __future__ import annotations

from providers.sandbox.journal import Journal


def test_numbers_count_on_after_the_log_is_emptied() -> None:
    journal = Journal()
    journal.add(1.0, "kraken", 0, "GET", "/a")
    journal.clear()
    assert journal.add(2.0, "kraken", 0, "GET", "/b").seq == 2
    assert [entry.path for entry in journal.read()] == ["/b"]


def test_calls_after_a_number_of_one_provider_or_endpoint_can_be_read() -> None:
    journal = Journal()
    for slug, n in (("binance", 0), ("kraken", 0), ("binance", 1), ("binance", 0)):
        journal.add(1.0, slug, n, "GET", "/")
    assert [entry.seq for entry in journal.read(since=1)] == [2, 3, 4]
    assert [entry.seq for entry in journal.read(provider="binance")] == [1, 3, 4]
    assert [entry.seq for entry in journal.read(since=1, provider="binance", n=0)] == [4]
    assert journal.read(since=99) == []


def test_a_full_log_drops_the_oldest_and_says_up_to_which() -> None:
    journal = Journal(capacity=4)
    for _ in range(5):
        journal.add(1.0, "kraken", 0, "GET", "/")
    assert journal.lost == 1
    assert [entry.seq for entry in journal.read()] == [2, 3, 4, 5]
    assert [entry.seq for entry in journal.read(since=3)] == [4, 5]


def test_only_the_first_end_of_a_call_counts() -> None:
    entry = Journal().add(1.0, "kraken", 0, "GET", "/")
    entry.close(2.0)
    entry.close(3.0, cut=True)
    assert (entry.done, entry.cut) == (2.0, False)
