"""Behind a proxy, a client cannot choose its address or scheme by spelling a header with underscores."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache

from tests.waiting import until
from tests.web_server import WebServer, free_port, web_server

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

LIMIT = 5
ROUTE = "/api/system/circuit-breakers"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
NGINX_CONF = """
daemon off; pid {folder}/pid; error_log stderr;
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e; underscores_in_headers on;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{hub}; proxy_set_header Host localhost;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
"""


@pytest.fixture
def environment(child_environment: dict[str, str]) -> dict[str, str]:
    cache.clear()  # with Redis the counts of the test before are in it
    return {**child_environment, "TRUSTED_PROXIES": "127.0.0.1", "API_LIMIT_ANONYMOUS": f"{LIMIT}/hour"}


@pytest.fixture
def hub(environment: dict[str, str], tmp_path: Path) -> Iterator[WebServer]:
    with web_server(environment, tmp_path / "log") as server:
        yield server


@pytest.fixture
def nginx(hub: WebServer, tmp_path: Path) -> Iterator[WebServer]:
    """A proxy that passes headers with underscores on, as Caddy and HAProxy do."""
    if NGINX is None:
        pytest.skip("needs nginx (Debian's nginx-light)")
    proxy = WebServer(free_port(), client="127.0.0.2")
    conf = tmp_path / "nginx.conf"
    conf.write_text(NGINX_CONF.format(folder=tmp_path, port=proxy.port, hub=hub.port))
    with (tmp_path / "nginx.log").open("w") as log:
        process = subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(conf)], stdout=log, stderr=log)
        try:
            assert until(proxy.is_up), (tmp_path / "nginx.log").read_text()
            yield proxy
        finally:
            process.terminate()
            process.wait()


def statuses(server: WebServer, *headers: str) -> list[str]:
    """Statuses of requests up to one beyond the limit; %d in a header becomes another number each time."""
    answers = [
        server.get(ROUTE, *(line.replace("%d", str(number)) for line in headers)) for number in range(1, LIMIT + 2)
    ]
    return [answer[9:12] for answer in answers]


@pytest.mark.parametrize("name", ["X_Forwarded_For", "X-Forwarded_For", "x_forwarded-for", "X-Forwarded-For"])
def test_a_client_behind_a_proxy_has_one_limit_whatever_address_it_claims(nginx: WebServer, name: str) -> None:
    assert statuses(nginx, f"{name}: 1.2.3.%d") == ["200"] * LIMIT + ["429"]


def test_a_client_cannot_claim_to_have_come_over_https(nginx: WebServer) -> None:
    assert "strict-transport-security" not in nginx.get(ROUTE, "X_Forwarded_Proto: https").lower()


def test_the_proxys_header_counts_whether_the_clients_comes_before_or_after_it(hub: WebServer) -> None:
    lines = ("X-Forwarded-For: 203.0.113.9", "X_Forwarded_For: 1.2.3.%d", "X-Forwarded-Proto: https")
    assert statuses(hub, *lines) == ["200"] * LIMIT + ["429"]
    assert statuses(hub, *reversed(lines)) == ["429"] * (LIMIT + 1)
    assert statuses(hub, "X-Forwarded-For: 203.0.113.10")[0] == "200"
    assert "strict-transport-security" in hub.get(ROUTE, "X-Forwarded-For: 203.0.113.11", *lines[1:]).lower()


def test_of_two_lines_of_one_header_the_proxys_counts(hub: WebServer) -> None:
    """HAProxy adds a line of its own below the client's."""
    lines = ("X-Forwarded-For: 1.2.3.%d", "X-Forwarded-For: 203.0.113.9")
    assert statuses(hub, *lines) == ["200"] * LIMIT + ["429"]


def test_a_server_that_folds_the_names_believes_no_forwarded_header(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with web_server(environment, tmp_path / "log", interface="wsgi") as hub:
        assert statuses(hub, "X-Forwarded-For: 1.2.3.%d") == ["200"] * LIMIT + ["429"]


def test_both_interfaces_give_the_application_the_same_request(
    child_environment: dict[str, str], tmp_path: Path
) -> None:
    paths = ("/api/a%20b/%C3%A9?x=%20&y=1", "/api//x", "/api/%2541", "/api/%2e%2e/prices", "/api/coins/search?q=%C3%A9")
    seen = []
    for interface in ("wsgi", "rsgi"):
        with web_server(child_environment, tmp_path / interface, interface=interface) as hub:
            seen.append([_status_and_body(hub.get(path, "Cookie: a=1", "Accept: */*")) for path in paths])
    assert seen[0] == seen[1]


def _status_and_body(answer: str) -> tuple[str, str]:
    head, _, body = answer.partition("\r\n\r\n")
    found = re.search(r"\{.*\}", body)
    assert found, answer
    return head[9:12], re.sub(r"[0-9a-f]{16}", "ID", found[0])
