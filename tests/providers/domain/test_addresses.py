"""An address that is not on the public internet is never taken for one that is."""

from __future__ import annotations

import pytest

from providers.domain.addresses import is_public
from providers.models.base_urls import base_url_problem

PRIVATE = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.127.255.255 127.0.0.1 127.255.0.1 169.254.169.254 172.16.0.1 172.31.255.255
192.0.0.1 192.0.0.8 192.0.0.9 192.0.0.10 192.0.0.170 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255
198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::a00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:7f00:1 ::ffff:0:a00:1 64:ff9b::7f00:1 64:ff9b::a00:1
64:ff9b:1::1 64:ff9b:1::808:808 100::1 100:0:0:1::1 2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:db8::1
2002:7f00:1:: 2002:a00:1:: 2002:c0a8:101::1 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 feff::1
ff02::1 ff0e::1 4000::1 e000::1 ::808:808 ::ffff:0:808:808
""".split()
PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 128.0.0.1 172.15.255.255 172.32.0.1 192.0.1.1
192.167.1.1 198.17.255.255 198.20.0.1 223.255.255.255 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808:: 2606:4700::1111
2a00:1450:4001::1 2400:cb00::1 2001:200::1 2001:4860:4860::8888
""".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused_as_an_upstream(address: str) -> None:
    assert not is_public(address)
    host = f"[{address}]" if ":" in address else address
    assert "private" in (base_url_problem(f"https://{host}", allow_private=False) or "")


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed_as_an_upstream(address: str) -> None:
    assert is_public(address)
    host = f"[{address}]" if ":" in address else address
    assert base_url_problem(f"https://{host}", allow_private=False) is None


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "::g", "1.2.3.4.5"])
def test_what_is_no_address_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear"):
        is_public(text)
