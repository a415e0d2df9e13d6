"""Whom to believe about where a request comes from. Pure."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network


def apply_forwarded(meta: MutableMapping[str, Any], trusted: Sequence[Network]) -> None:
    """Make REMOTE_ADDR the client and keep X-Forwarded-* only where a trusted proxy said it.

    The client is the rightmost address in X-Forwarded-For that is no trusted proxy: what stands left of it is hearsay.
    """
    hops = meta.pop("HTTP_X_FORWARDED_FOR", None)
    scheme = meta.pop("HTTP_X_FORWARDED_PROTO", None)
    if not (trusted and (hops or scheme)) or not _within(meta.get("REMOTE_ADDR", ""), trusted):
        return
    if scheme in {"http", "https"}:
        meta["HTTP_X_FORWARDED_PROTO"] = scheme
    client = _client(hops or "", trusted)
    if client:
        meta["REMOTE_ADDR"] = client


@lru_cache(maxsize=4096)
def client_network(address: str) -> str:
    """Who is behind an address: of IPv6 the /64 that one customer gets, else the address itself."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))
    return str(found)


def _client(hops: str, trusted: Sequence[Network]) -> str | None:
    """The nearest hop that is not ours; None when there is none, or when it is no address."""
    for hop in (part.strip() for part in reversed(hops.split(","))):
        if not _is_address(hop):
            return None
        if not _within(hop, trusted):
            return hop
    return None


def _within(text: str, networks: Sequence[Network]) -> bool:
    return _is_address(text) and any(ip_address(text) in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
