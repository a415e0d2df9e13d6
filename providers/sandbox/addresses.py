"""Addresses of a sandbox's endpoints: their ports follow the control port."""

from __future__ import annotations

from urllib.parse import urlsplit

from providers.sandbox.world import ADDRESSES


def endpoint_urls(control: str) -> dict[tuple[str, int], str]:
    """Base URLs by provider slug and endpoint number, for a sandbox whose control port was named."""
    parts = urlsplit(control)
    if parts.port is None:
        raise ValueError("a sandbox's control URL names its port")
    return {
        (address.provider, address.n): f"http://{parts.hostname}:{parts.port + offset}"
        for offset, address in enumerate(ADDRESSES, start=1)
    }
