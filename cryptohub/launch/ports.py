"""Checks of this machine's ports."""

from __future__ import annotations

import errno
import http.client
import socket


def parse(name: str, text: str) -> int:
    """Return the port number in `text`, or exit with one line that names the variable."""
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise SystemExit(f"CryptoHub cannot start: {name} is {text!r}; allowed: a port number from 1 to 65535")


def resolve(host: str) -> str:
    """Return the address to listen on, IPv4 before IPv6; exit with one line that names HOST if there is none."""
    bare = host.strip().removeprefix("[").removesuffix("]")
    try:
        found = socket.getaddrinfo(bare, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE) if bare else []
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise SystemExit(
            f"CryptoHub cannot start: HOST is {host!r}; allowed: an address of this machine, as in 127.0.0.1, "
            "or a name that resolves to one"
        )
    addresses = sorted(found, key=lambda entry: entry[0] != socket.AF_INET)
    return str(addresses[0][4][0])


def in_url(address: str) -> str:
    """Return an address as URLs write it: IPv6 in brackets, and this machine's own for every address."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - compared with, not bound to
    return f"[{reachable}]" if ":" in reachable else reachable


def is_taken(host: str, port: int) -> bool:
    """Return whether the address is in use. Exits if the port needs privileges or the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except PermissionError:
            raise SystemExit(f"CryptoHub cannot start: port {port} needs privileges this user does not have") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return True
            raise SystemExit(
                f"CryptoHub cannot start: HOST is {host!r}; allowed: an address of this machine, as in 127.0.0.1"
            ) from None
    return False


def is_answering(host: str, port: int) -> bool:
    """Return whether the web process answers /healthz with 200."""
    connection = http.client.HTTPConnection(in_url(host).strip("[]"), port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
