"""X-Forwarded-* counts from trusted proxies only."""

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


def test_an_untrusted_sender_cannot_set_its_address_or_scheme() -> None:
    assert meta_after("203.0.113.9", "1.2.3.4", "https") == {"REMOTE_ADDR": "203.0.113.9"}


def test_the_headers_of_a_trusted_proxy_are_used() -> None:
    assert meta_after("10.0.0.1", "203.0.113.9", "https") == {
        "REMOTE_ADDR": "203.0.113.9",
        "HTTP_X_FORWARDED_PROTO": "https",
    }


def test_addresses_left_of_the_nearest_untrusted_one_are_ignored() -> None:
    assert meta_after("10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2")["REMOTE_ADDR"] == "203.0.113.9"


@pytest.mark.parametrize("hops", ["", "not-an-address", "203.0.113.9, unknown", "10.0.0.2"])
def test_invalid_hops_leave_the_proxy_as_the_client(hops: str) -> None:
    assert meta_after("10.0.0.1", hops)["REMOTE_ADDR"] == "10.0.0.1"


def test_an_invalid_scheme_is_dropped() -> None:
    assert "HTTP_X_FORWARDED_PROTO" not in meta_after("::1", None, "javascript")


def test_without_trusted_proxies_the_headers_are_dropped() -> None:
    meta = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "1.2.3.4", "HTTP_X_FORWARDED_PROTO": "https"}
    forwarded.apply_forwarded(meta, [])
    assert meta == {"REMOTE_ADDR": "10.0.0.1"}


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
    ],
)
def test_an_ipv6_client_is_identified_by_its_64_network(address: str, network: str) -> None:
    assert forwarded.client_network(address) == network
