"""Checks of this machine's ports."""

from __future__ import annotations

import http.client
import socket


def parse(name: str, text: str) -> int:
    """Return the port number in `text`, or exit with one line that names the variable."""
    if text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise SystemExit(f"CryptoHub cannot start: {name} is {text!r}; allowed: a port number from 1 to 65535")


def is_taken(host: str, port: int) -> bool:
    """Return whether the address is in use. Exits if the port needs privileges."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except PermissionError:
            raise SystemExit(f"CryptoHub cannot start: port {port} needs privileges this user does not have") from None
        except OSError:
            return True
    return False


def is_answering(host: str, port: int) -> bool:
    """Return whether the web process answers /healthz with 200."""
    reachable = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared with, not bound to
    connection = http.client.HTTPConnection(reachable, port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
