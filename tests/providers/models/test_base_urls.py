"""What may be an endpoint's base URL."""

from __future__ import annotations

import pytest

from providers.models.base_urls import base_url_problem


@pytest.mark.parametrize(
    "url", ["https://api.binance.com", "http://example.org:8080/v1", "https://data-api.binance.vision"]
)
def test_a_public_http_url_is_allowed(url: str) -> None:
    assert base_url_problem(url, allow_private=False) is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ftp://example.org", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("https://", "not a URL"),
        ("https://exa mple.org", "not a URL"),
        ("https://example.org:99999", "not a URL"),
        ("https://example.org:0", "port 0"),
        ("https://user:secret@example.org", "user name or password"),
        ("https://example.org/?key=secret", "query"),
        ("https://example.org/#top", "fragment"),
        ("https://example.org/v1/", "slash"),
        (f"https://example.org/{'x' * 300}", "longer"),
    ],
)
def test_anything_else_is_refused_and_says_why(url: str, problem: str) -> None:
    assert problem in (base_url_problem(url, allow_private=True) or "")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:9000", "10.1.2.3", "localhost", "[::1]", "169.254.169.254", "[::ffff:10.0.0.1]"]
)
def test_a_private_address_is_refused_unless_it_is_allowed(host: str) -> None:
    assert "private" in (base_url_problem(f"http://{host}", allow_private=False) or "")
    assert base_url_problem(f"http://{host}", allow_private=True) is None


def test_a_refusal_does_not_repeat_a_password() -> None:
    assert "secret" not in (base_url_problem("https://user:secret@example.org", allow_private=True) or "")
