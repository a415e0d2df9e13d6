"""Which IP addresses are on the public internet. Pure.

Kept here as a list, because ``ipaddress.is_global`` differs between versions of Python, and takes an IPv6 address that
embeds a private IPv4 address for public.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_PRIVATE_IPV4 = [
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
]
"""The special-purpose blocks of RFC 6890 and its registry, and multicast."""
_PUBLIC_IPV6 = IPv6Network("2000::/3")
"""All that is assigned for the internet; loopback, unique local, link-local, site-local and multicast are outside."""
_PRIVATE_IPV6 = [IPv6Network(block) for block in ("2001::/23", "2001:db8::/32", "3fff::/20")]
_EMBEDS_LAST = [IPv6Network(block) for block in ("64:ff9b::/96", "::ffff:0:0/96")]
"""Blocks that stand for the IPv4 address in the last 32 bits: NAT64 (RFC 6052) and mapped addresses.

Others that embed one are private: compatible ``::/96``, translated ``::ffff:0:0:0/96``, local NAT64 ``64:ff9b:1::/48``.
"""
_6TO4 = IPv6Network("2002::/16")


def is_public(text: str) -> bool:
    """Return whether an address, which may have a zone, is on the public internet. Raises ValueError for no address."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address):
        return _is_public_ipv4(address)
    if any(address in block for block in _EMBEDS_LAST):
        return _is_public_ipv4(IPv4Address(int(address) & 0xFFFFFFFF))
    if address in _6TO4:
        return _is_public_ipv4(IPv4Address(int(address) >> 80 & 0xFFFFFFFF))
    return _is_public_ipv6(address)


def _is_public_ipv4(address: IPv4Address) -> bool:
    return not any(address in block for block in _PRIVATE_IPV4)


def _is_public_ipv6(address: IPv6Address) -> bool:
    return address in _PUBLIC_IPV6 and not any(address in block for block in _PRIVATE_IPV6)
