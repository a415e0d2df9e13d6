"""Every answer carries its id and its security headers; cookies are Secure where that is possible."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client

PAGES = ["/accounts/login/", "/accounts/signup/", "/api/docs/", "/nowhere", "/healthz", "/api/schema/", "/admin/login/"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_policy_without_unsafe_words(client: Client, path: str) -> None:
    policy = client.get(path)["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "img-src 'self' data:" in policy


@pytest.mark.django_db
@pytest.mark.parametrize("path", [page for page in PAGES if not page.startswith(("/admin", "/api/schema"))])
def test_no_page_of_ours_has_inline_script_or_style(client: Client, path: str) -> None:
    page = client.get(path).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)


@pytest.mark.django_db
def test_other_security_headers_are_sent(client: Client) -> None:
    response = client.get("/accounts/login/")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


def test_an_answer_carries_the_id_its_request_brought(client: Client) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "client-7f3a"})["X-Request-ID"] == "client-7f3a"


@pytest.mark.parametrize("brought", ["", "short", "x" * 65, "a b c d e f g h", "line\tbreak-in-it"])
def test_an_invalid_id_is_replaced(client: Client, brought: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", client.get("/healthz", headers={"X-Request-ID": brought})["X-Request-ID"])


@pytest.mark.django_db
def test_cookies_are_secure_over_https_and_usable_over_http() -> None:
    assert Client().get("/accounts/login/", secure=True).cookies["csrftoken"]["secure"] is True
    assert not Client().get("/accounts/login/").cookies["csrftoken"]["secure"]


@pytest.mark.django_db
@pytest.mark.parametrize(("proxies", "secure"), [([ip_network("127.0.0.1")], True), ([], False)])
def test_only_a_trusted_proxy_can_declare_https(settings: Any, proxies: Any, secure: bool) -> None:
    settings.TRUSTED_PROXIES = proxies
    response = Client(headers={"X-Forwarded-Proto": "https"}).get("/accounts/login/")
    assert bool(response.cookies["csrftoken"]["secure"]) is secure
    assert ("Strict-Transport-Security" in response) is secure
