"""Client address and scheme from X-Forwarded-* headers of trusted proxies. Pure."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network
RAW_NAMES = "cryptohub.raw_header_names"
"""Marks an environ made from headers whose names have no underscore (cryptohub.gateway)."""


def apply_forwarded(meta: MutableMapping[str, Any], trusted: Sequence[Network]) -> None:
    """Set REMOTE_ADDR to the client, and drop X-Forwarded-* unless a trusted proxy sent them.

    Granian under WSGI takes X_Forwarded_For for X-Forwarded-For, and proxies pass it on: there they are dropped too.
    The client is the rightmost address in X-Forwarded-For that is not a trusted proxy; anybody may have written what is
    left of it.
    """
    hops = meta.pop("HTTP_X_FORWARDED_FOR", None)
    scheme = meta.pop("HTTP_X_FORWARDED_PROTO", None)
    if not (trusted and (hops or scheme)) or not _within(meta.get("REMOTE_ADDR", ""), trusted):
        return
    if folds_names(meta):
        return
    if scheme in {"http", "https"}:
        meta["HTTP_X_FORWARDED_PROTO"] = scheme
    client = _client(hops or "", trusted)
    if client:
        meta["REMOTE_ADDR"] = client


def folds_names(meta: Mapping[str, Any]) -> bool:
    """Return whether the server may have taken a header's name with underscores for one with hyphens."""
    return meta.get("SERVER_SOFTWARE") == "Granian" and RAW_NAMES not in meta


@lru_cache(maxsize=4096)
def client_network(address: str) -> str:
    """Return what identifies a client: the /64 network of an IPv6 address (one customer), else the address itself."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False))
    return str(parsed)


def _client(hops: str, trusted: Sequence[Network]) -> str | None:
    """Return the nearest hop that is not trusted; None if there is none or it is not an address."""
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
