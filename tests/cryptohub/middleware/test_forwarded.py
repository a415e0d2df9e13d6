"""X-Forwarded-* is believed from trusted proxies only, and then only the part they themselves saw."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from cryptohub.middleware import forwarded

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("::1")]


def meta_after(remote: str, hops: str | None = None, scheme: str | None = None) -> dict[str, str]:
    meta = {"REMOTE_ADDR": remote}
    if hops is not None:
        meta["HTTP_X_FORWARDED_FOR"] = hops
    if scheme is not None:
        meta["HTTP_X_FORWARDED_PROTO"] = scheme
    forwarded.apply_forwarded(meta, TRUSTED)
    return meta


def test_a_stranger_cannot_say_who_it_is_or_that_it_came_over_https():
    assert meta_after("203.0.113.9", "1.2.3.4", "https") == {"REMOTE_ADDR": "203.0.113.9"}


def test_a_trusted_proxy_is_believed():
    assert meta_after("10.0.0.1", "203.0.113.9", "https") == {
        "REMOTE_ADDR": "203.0.113.9",
        "HTTP_X_FORWARDED_PROTO": "https",
    }


def test_what_stands_left_of_the_nearest_stranger_is_hearsay():
    assert meta_after("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2")["REMOTE_ADDR"] == "203.0.113.9"


@pytest.mark.parametrize("hops", ["", "not-an-address", "203.0.113.9, unknown", "10.0.0.2"])
def test_hops_that_name_nobody_leave_the_proxy_as_the_client(hops):
    assert meta_after("10.0.0.1", hops)["REMOTE_ADDR"] == "10.0.0.1"


def test_a_scheme_that_is_none_is_dropped():
    assert "HTTP_X_FORWARDED_PROTO" not in meta_after("::1", None, "javascript")


def test_without_trusted_proxies_nobody_is_believed():
    meta = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "1.2.3.4", "HTTP_X_FORWARDED_PROTO": "https"}
    forwarded.apply_forwarded(meta, [])
    assert meta == {"REMOTE_ADDR": "10.0.0.1"}


@pytest.mark.parametrize(
    ("address", "household"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
    ],
)
def test_who_is_behind_an_address_is_told_by_its_64_in_ipv6(address, household):
    assert forwarded.client_network(address) == household
