"""Requests to addresses that others gave us: public ones only, whatever they are wrapped in, pinned, within limits."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address

import pytest

from app.adapters.outgoing import HEAD_BYTES, PublicPages, Remembered, is_public

PRIVATE = "its host is not on the public internet"
NO_ADDRESS = "it is no web address"
NO_HOST = "its host has no address"
ADDRESSES = [  # what a name may resolve to, and must not be connected to
    *("127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255"),
    *("192.168.0.1", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.1", "192.0.2.1"),
    *("198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fe80::1%1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "100::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:0:7f00:1::"),
]
WRITTEN = [  # addresses as they may be written, with what is said
    *((each, NO_ADDRESS) for each in ("", "/page", "shop.example", "file:///etc/passwd", "ftp://shop.example/")),
    *((each, NO_ADDRESS) for each in ("gopher://127.0.0.1:70/_", "javascript:alert(1)", "data:text/html,x", "http://")),
    *((each, NO_ADDRESS) for each in ("http://shop.example/a b", "http://shop.example/\r\nHost: x", "http://[::1")),
    *((each, NO_ADDRESS) for each in ("http://shop.example:99999/", "http://" + "a" * 64 + ".example/", "unix:/run/x")),
    *((each, "its address holds credentials") for each in ("http://u@shop.example/", "http://shop.example@127.0.0.1/")),
    *((f"http://shop.example:{port}/", f"it is on port {port}, where no shop is") for port in (22, 25, 6379, 8080)),
]
SPELLINGS = [  # of this machine and of the metadata of clouds; the resolver of the machine reads them all
    *(
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://0/",
        "http://127.1/",
        "http://0x7f.1/",
    ),
    *("http://2130706433/", "http://017700000001/", "http://0177.0.0.1/", "http://localhost/", "http://LOCALHOST./"),
    *("https://169.254.169.254/latest/meta-data/", "http://\u2460\u2461\u2466.0.0.1/", "http://[0:0:0:0:0:0:0:1]/"),
]


async def no_connection(*_: object, **__: object) -> None:
    raise AssertionError("a connection was made")


@pytest.fixture
def nobody_connects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "open_connection", no_connection)


def resolving(*answers: list[str]) -> tuple[list[tuple[str, int]], Callable[[str, int], Awaitable[list[str]]]]:
    """A resolver that gives one answer after another, and what it was asked."""
    asked: list[tuple[str, int]] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return answers[min(len(asked), len(answers)) - 1]

    return asked, resolve


def fault(url: str, *answers: list[str]) -> str | None:
    return asyncio.run(PublicPages(resolving(*answers)[1]).fault(url))


@pytest.mark.usefixtures("nobody_connects")
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_name_that_leads_inside_is_not_connected_to(address):
    assert not is_public(ip_address(address))
    assert fault("https://shop.example/", [address]) == PRIVATE


@pytest.mark.usefixtures("nobody_connects")
@pytest.mark.parametrize(("url", "said"), WRITTEN)
def test_what_is_no_address_of_a_shop_is_not_even_resolved(url, said):
    asked, resolve = resolving(["93.184.215.14"])

    assert asyncio.run(PublicPages(resolve).fault(url)) == said
    assert asked == []


@pytest.mark.usefixtures("nobody_connects")
@pytest.mark.parametrize("url", SPELLINGS)
def test_however_an_address_inside_is_spelled_it_is_not_connected_to(url):
    assert asyncio.run(PublicPages().fault(url)) in (PRIVATE, NO_HOST)


@pytest.mark.usefixtures("nobody_connects")
@pytest.mark.parametrize("found", [["93.184.215.14", "10.0.0.1"], ["127.0.0.1", "93.184.215.14"]])
def test_a_name_that_leads_outside_and_inside_is_not_connected_to(found):
    assert fault("http://shop.example/", found) == PRIVATE


@pytest.mark.usefixtures("nobody_connects")
@pytest.mark.parametrize("found", [[], ["nonsense"]])
def test_a_name_without_an_address_is_told(found):
    assert fault("http://shop.example/", found) == NO_HOST


def test_there_are_sixty_vectors():
    assert len({*ADDRESSES, *(url for url, _ in WRITTEN), *SPELLINGS}) >= 60


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07::1"])
def test_the_public_internet_is_public(address):
    assert is_public(ip_address(address))


@asynccontextmanager
async def server(answer: bytes, *, hangs: bool = False):
    """A server on this machine: its port and what it was sent."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)
            await asyncio.sleep(5 if hangs else 0)
        writer.transport.abort() if hangs or not heard else writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], heard
    finally:
        listening.close()
        await asyncio.sleep(0.05)  # connections are told of their end


def asked_of(answer: bytes, path: str = "/p", *, hangs: bool = False) -> tuple[str | None, list[bytes], list]:
    """What is said of a page of such a server, what the server heard, and what was resolved."""

    async def ask() -> tuple[str | None, list[bytes], list]:
        async with server(answer, hangs=hangs) as (port, heard):
            asked, resolve = resolving(["127.0.0.1"], ["10.0.0.1"])
            pages = PublicPages(resolve, lambda address: str(address) == "127.0.0.1", frozenset({port}), seconds=0.5)
            said = await pages.fault(f"http://shop.example:{port}{path}")
            return said, heard, asked

    return asyncio.run(ask())


@pytest.mark.parametrize("status", [200, 204, 206])
def test_a_page_that_answers_is_in_order(status):
    said, heard, asked = asked_of(f"HTTP/1.1 {status} OK\r\n\r\n".encode(), "/a%20b/é?x=1")

    assert (said, len(asked)) == (None, 1)  # resolved once: a name that changes its mind leads nowhere else
    assert heard[0].startswith(b"GET /a%20b/%C3%A9?x=1 HTTP/1.1\r\nHost: shop.example:")


@pytest.mark.parametrize("status", [301, 302, 307, 308, 404, 410, 500, 503])
def test_redirects_are_not_followed_and_faults_are_told(status):
    said, heard, asked = asked_of(f"HTTP/1.1 {status} X\r\nLocation: http://169.254.169.254/\r\n\r\n".encode())

    assert said == f"it answered with the status {status}"
    assert (len(heard), len(asked)) == (1, 1)


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n", b"x" * (HEAD_BYTES + 1), b"HTTP/1.1 200"]
)
def test_what_speaks_no_http_is_told_whatever_its_size(answer):
    assert asked_of(answer)[0] == "it does not speak HTTP"


def test_a_page_that_does_not_answer_is_given_up():
    assert asked_of(b"", hangs=True)[0] == "it did not answer within 0.5 seconds"


def test_a_certificate_of_another_name_or_none_is_told():
    async def ask() -> str | None:
        async with server(b"HTTP/1.1 200 OK\r\n\r\n") as (port, _):
            pages = PublicPages(resolving(["127.0.0.1"])[1], lambda _: True, frozenset({port}), seconds=2)
            return await pages.fault(f"https://shop.example:{port}/")

    assert asyncio.run(ask()).startswith(("its certificate or encryption", "no connection", "it did not answer"))


def test_where_nobody_listens_no_connection_is_made():
    pages = PublicPages(resolving(["127.0.0.1"])[1], lambda _: True, frozenset({1}))

    assert asyncio.run(pages.fault("http://shop.example:1/")) == "no connection could be made"


@dataclass
class Counted:
    """Pages that take a moment, and what was asked of them."""

    asked: list[str] = field(default_factory=list)

    async def fault(self, url: str) -> str | None:
        self.asked.append(url)
        await asyncio.sleep(0.01)
        return "gone" if url.endswith("old") else None


def test_a_page_is_asked_for_once_a_minute_by_however_many():
    counted = Counted()

    async def ask() -> list[str | None]:
        pages = Remembered(counted)
        at_once = await asyncio.gather(*(pages.fault("https://shop.example/old") for _ in range(50)))
        return [*at_once, await pages.fault("https://shop.example/old"), await pages.fault("https://shop.example/new")]

    assert asyncio.run(ask()) == [*["gone"] * 51, None]
    assert counted.asked == ["https://shop.example/old", "https://shop.example/new"]
