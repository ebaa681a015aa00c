"""Requests to addresses that others gave us: public ones only, resolved once and pinned, no redirects, with limits."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import IPPROTO_TCP, gaierror
from urllib.parse import SplitResult, urlsplit

from async_lru import alru_cache

from app.domain.ports import Pages

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
PORTS = {"http": 80, "https": 443}
SECONDS, HEAD_BYTES = 10, 16_384
MOST_REMEMBERED, REMEMBERED_SECONDS = 10_000, 60
AGENT = "Endcap (checks where ads lead)"
# What Python calls global, and leads to other networks or into our own all the same
TUNNELS = [
    ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
]


class Unreachable(Exception):
    """Why a page does not answer, in words for people."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet: nothing of our own network, whatever it is wrapped in."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.scope_id is not None or any(address in each for each in TUNNELS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, by the resolver of the machine."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, proto=IPPROTO_TCP)
    return [str(each[4][0]) for each in found]


class Remembered:
    """Asks *pages* for an address once a minute however often it is wanted: nobody makes us a flood elsewhere."""

    def __init__(self, pages: Pages) -> None:
        self.fault = alru_cache(maxsize=MOST_REMEMBERED, ttl=REMEMBERED_SECONDS)(pages.fault)


@dataclass(frozen=True)
class PublicPages:
    """Asks for a page as a shopper would; *resolve*, *allowed* and *ports* are otherwise in tests alone."""

    resolve: Resolve = resolve
    allowed: Callable[[Address], bool] = is_public
    ports: frozenset[int] = frozenset(PORTS.values())
    seconds: float = SECONDS

    async def fault(self, url: str) -> str | None:
        """Why the page does not answer with a success, None where it does."""
        try:
            async with asyncio.timeout(self.seconds):
                status = await self._status(url)
        except Unreachable as fault:
            return str(fault)
        except TimeoutError:
            return f"it did not answer within {self.seconds:g} seconds"
        except ssl.SSLError as fault:
            return f"its certificate or encryption is not in order: {fault.reason}"
        except OSError:
            return "no connection could be made"
        return None if 200 <= status < 300 else f"it answered with the status {status}"

    async def _status(self, url: str) -> int:
        parts, host, port = _parts(url, self.ports)
        address = await self._pinned(host, port)
        context = ssl.create_default_context() if parts.scheme == "https" else None
        name = host if context else None
        reader, writer = await asyncio.open_connection(
            str(address), port, ssl=context, server_hostname=name, limit=HEAD_BYTES
        )
        try:
            writer.write(_request(parts, host, port))
            await writer.drain()
            return _read(await reader.readuntil(b"\r\n"))
        except (asyncio.LimitOverrunError, asyncio.IncompleteReadError):
            raise Unreachable("it does not speak HTTP") from None
        finally:
            writer.transport.abort()  # the rest of the answer is not wanted
            with suppress(OSError):
                await writer.wait_closed()

    async def _pinned(self, host: str, port: int) -> Address:
        """The address to connect to: asked for once, so that it cannot become another one after it was looked at."""
        try:
            found = [ip_address(each) for each in await self.resolve(host, port)]
        except (gaierror, UnicodeError, ValueError):
            found = []
        if not found:
            raise Unreachable("its host has no address")
        if not all(map(self.allowed, found)):
            raise Unreachable("its host is not on the public internet")
        return found[0]


def _parts(url: str, ports: frozenset[int]) -> tuple[SplitResult, str, int]:
    """The parts of a web address that may be asked for, its host as it is asked for, and its port."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise Unreachable("it is no web address") from None
    if parts.scheme not in PORTS or not host or not url.isprintable() or " " in url:
        raise Unreachable("it is no web address")
    if parts.username is not None or parts.password is not None:
        raise Unreachable("its address holds credentials")
    if port not in ports:
        raise Unreachable(f"it is on port {port}, where no shop is")
    return parts, host, port


def _request(parts: SplitResult, host: str, port: int) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    name = f"[{host}]" if ":" in host else host
    name = name if port == PORTS[parts.scheme] else f"{name}:{port}"
    lines = (f"GET {_quoted(target)} HTTP/1.1", f"Host: {name}", f"User-Agent: {AGENT}", "Accept: */*")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("ascii")


def _quoted(target: str) -> str:
    return "".join(c if c.isascii() else "".join(f"%{byte:02X}" for byte in c.encode()) for c in target)


def _read(line: bytes) -> int:
    """The status of an answer's first line."""
    protocol, _, rest = line.decode("latin-1").partition(" ")
    if not protocol.startswith("HTTP/1.") or not rest[:3].isdecimal():
        raise Unreachable("it does not speak HTTP")
    return int(rest[:3])
