"""What happens to a request before its document is looked at: caller, address, body, shape; else it is Refused."""

import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
from starlette.requests import HTTPConnection, Request

from app.web.deadline import within

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"

PORTS = {"http": ":80", "https": ":443"}
CUSTOM_HEADERS = ("x-requested-with", "x-endcap-client")
LOOPBACK = re.compile(r"(?:https?://)?(?:(?:[a-z0-9-]+\.)*localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?")

# Possessive, and a missing quote is taken as one at the end: linear on any bytes.
JSON_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
NUL = rb"\u0000"  # not every database can keep it
LONG_INTEGER = re.compile(rb"(?<![0-9.])[0-9]{19}")
ALIKE, MANY_DIGITS = bytes.maketrans(b"123456789", b"000000000"), b"0" * 19
STEP = bytes.maketrans(b"[{(]})", b"\x01\x01\x01\xff\xff\xff")
NOT_BRACKETS = bytes(set(range(256)) - set(b"[{(]})"))

KINDS = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


@dataclass(eq=False)
class Refused(Exception):
    """The request goes no further; the answer is this status with one error of this code."""

    status: int
    code: str
    message: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """How much one request may ask; bytes, seconds, levels and numbers of things."""

    body_bytes: int = 262_144
    feed_bytes: int = 4_194_304  # of a body under a token of the retailer's own: 1,000 products of 4 KiB
    read_seconds: float = 10
    json_nesting: int = 32
    document_bytes: int = 65_536  # graphql-core reads about 3 MB/s, in Python
    document_tokens: int = 4000  # a hundred mutations have 3,500
    document_nesting: int = 60
    depth: int = 12
    introspection_depth: int = 16  # the fullest introspection query has 15
    introspection_fields: int = 500  # and 232 of these
    cost: int = 10_000
    root_fields: int = 20
    mutation_fields: int = 100  # in bulk: each for itself, or all or none
    operations: int = 20
    fragments: int = 100
    variables: int = 100
    directives: int = 5
    selections: int = 200


@dataclass(frozen=True)
class Asked:
    """What a client sent: `query` is empty only where `extensions.persistedQuery` stands for it."""

    query: str
    variables: dict = field(default_factory=dict)
    operation_name: str | None = None
    extensions: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Origins:
    """Under which names we are called, and from which pages."""

    hosts: frozenset[str]
    origins: frozenset[str]
    loopback: bool = False

    @classmethod
    def of(cls, base_url: str, extra: Iterable[str] = (), *, development: bool = False) -> "Origins":
        """Derive ours from ENDCAP_BASE_URL; `extra` are origins of other sites' pages that may call us too."""
        base = _origin(base_url)
        scheme, _, host = base.partition("://")
        hosts = frozenset({host, host + PORTS.get(scheme, "")})
        return cls(hosts, frozenset({base, *map(_origin, extra)}), loopback=development)

    def is_ours(self, host: str) -> bool:
        return host.lower() in self.hosts or self._is_loopback(host)

    def may_call(self, origin: str) -> bool:
        return origin.lower() in self.origins or self._is_loopback(origin)

    def _is_loopback(self, name: str) -> bool:
        return self.loopback and LOOPBACK.fullmatch(name.lower()) is not None


def admit(request: Request, origins: Origins, session_cookie: str) -> None:
    """Refuse by method, Host, Origin and Sec-Fetch-Site, and a cookie call that any foreign page could have made."""
    if request.method not in {"GET", "POST"}:
        raise Refused(405, "METHOD_NOT_ALLOWED", f"{request.method} is not supported: use POST", {"Allow": "GET, POST"})
    headers, origin = request.headers, admit_names(request, origins)
    # An allowed page of another site is cross-site by right; without an Origin it is a link or an image.
    if origin is None and headers.get("sec-fetch-site") == "cross-site":
        raise Refused(403, "CSRF", "Cross-site requests are not allowed")
    is_cookie_call = "authorization" not in headers and session_cookie in request.cookies
    if is_cookie_call and not any(headers.get(name) for name in CUSTOM_HEADERS):
        raise Refused(403, "CSRF", "A call with the session cookie must carry the header X-Requested-With (any value)")


def admit_socket(handshake: HTTPConnection, origins: Origins, session_cookie: str) -> None:
    """Refuse a WebSocket by Host and Origin: it can send no header of its own, so a cookie needs an Origin."""
    origin = admit_names(handshake, origins)
    if origin is None and "authorization" not in handshake.headers and session_cookie in handshake.cookies:
        raise Refused(403, "CSRF", "A connection with the session cookie must come from a page: it has no Origin")


def admit_names(connection: HTTPConnection, origins: Origins) -> str | None:
    """Refuse by the name under which we are called, and by the page that calls. The Origin, where there is one."""
    host, origin = connection.headers.get("host", ""), connection.headers.get("origin")
    if not origins.is_ours(host):
        raise Refused(
            421, "HOST_NOT_ALLOWED", f"Host {_short(host) or 'absent'} is not ours: see the setting ENDCAP_BASE_URL"
        )
    if origin is not None and not origins.may_call(origin):
        raise Refused(403, "CSRF", f"Origin {_short(origin)} is not allowed: see the setting ENDCAP_ALLOWED_ORIGINS")
    return origin


async def read(request: Request, limits: Limits) -> Asked:
    """Read what is asked from the body of a POST or the query string of a GET."""
    if request.method == "GET":
        return asked(_query_members(request.scope["query_string"], limits))
    return asked(await members(request, limits, "a JSON object with query"))


async def members(request: Request, limits: Limits, wanted: str = "a JSON object") -> dict[str, Any]:
    """The members of the JSON object that is the body."""
    check_content_type(request.headers)
    sent = await body(request, limits)
    if not sent:
        raise _bad(f"Body is empty: send {wanted}")
    found = parse_json(sent, limits.json_nesting, "Body")
    if isinstance(found, list):
        raise Refused(400, "BATCHING_DISABLED", "Body must be one JSON object: batches are not supported")
    if not isinstance(found, dict):
        raise _bad(f"Body must be a JSON object, not {_kind(found)}")
    return found


def parse_json(data: bytes, nesting_limit: int, what: str) -> object:
    """Parse strictly: UTF-8, no NaN, no lone surrogates, no integer that would silently become a float."""
    if NUL in data:
        raise _bad(f"{what} has the character U+0000 in a text: take it out")
    if data.count(b"[") + data.count(b"{") > nesting_limit or MANY_DIGITS in data.translate(ALIKE):
        _check_bare(JSON_STRING.sub(b"", data), nesting_limit, what)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise _bad(f"{what} is not valid JSON: {error}") from None


def _check_bare(bare: bytes, nesting_limit: int, what: str) -> None:
    """Refuse by what stands outside of strings: what looks so at first may stand in one."""
    if (levels := nesting(bare)) > nesting_limit:
        raise _bad(f"{what} is nested {levels} levels deep, at most {nesting_limit} are allowed")
    if LONG_INTEGER.search(bare):
        raise _bad(f"{what} has an integer of more than 18 digits: send it as a string")


def nesting(bare: bytes) -> int:
    """Greatest depth of brackets in a text freed of its strings; no step of it is taken in Python."""
    return max(accumulate(array("b", bare.translate(STEP, NOT_BRACKETS))), default=0)


@lru_cache(maxsize=64)
def media_type(accept: str | None) -> str | None:
    """Choose the type of the answer; None when the client takes neither (406)."""
    ranges = [_media_range(text, -place) for place, text in enumerate((accept or "*/*").lower().split(","))]
    wishes = {offer: _wish(offer, ranges) for offer in (JSON, GRAPHQL)}
    best = max(wishes, key=lambda offer: wishes[offer])
    return best if wishes[best][0] > 0 else None


@lru_cache(maxsize=64)
def takes_events(accept: str | None) -> bool:
    """Whether the client names the type of event streams; a subscription is answered so, a query never."""
    ranges = [_media_range(text, 0) for text in (accept or "").lower().split(",")]
    return any(kind == EVENTS and q > 0 for kind, q, _ in ranges)


def status_of(media: str, *, has_data: bool) -> int:
    """HTTP status of an executed or refused document, by the specification of GraphQL over HTTP.

    A result without a `data` entry failed before execution: 400, but older clients of application/json expect 200.
    """
    return 400 if media == GRAPHQL and not has_data else 200


def asked(members: Mapping[str, object]) -> Asked:
    """What is asked, from the members of a JSON object or of a query string."""
    extensions = _member(members, "extensions", dict) or {}
    query = _member(members, "query", str) or ""
    if not query and "persistedQuery" not in extensions:
        raise _bad("query is missing")
    variables = _member(members, "variables", dict) or {}
    return Asked(query, variables, _member(members, "operationName", str) or None, extensions)


def _member(members: Mapping[str, object], name: str, kind: type) -> Any:
    """Return the member, None if absent or null."""
    value = members.get(name)
    if value is not None and not isinstance(value, kind):
        raise _bad(f"{name} must be {KINDS[kind]}, not {_kind(value)}")
    return value


def _query_members(query_string: bytes, limits: Limits) -> dict[str, object]:
    if len(query_string) > limits.body_bytes:
        raise Refused(414, "PAYLOAD_TOO_LARGE", f"Query string is longer than {limits.body_bytes} bytes: use POST")
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError as error:
        reason = "more than 20 parameters" if "fields" in str(error) else "not percent-encoded UTF-8"
        raise _bad(f"Query string cannot be read: {reason}") from None
    members: dict[str, object] = {}
    for name, value in pairs:
        if name in members:
            raise _bad(f"{_short(name)} is given twice")
        members[name] = value
    for name in members.keys() & {"variables", "extensions"}:
        members[name] = parse_json(str(members[name]).encode() or b"null", limits.json_nesting, name)
    return members


def check_content_type(headers: Mapping[str, str]) -> None:
    """Refuse a body that is no JSON in UTF-8, or is compressed."""
    if headers.get("content-type") == JSON and "content-encoding" not in headers:
        return
    kind, *parameters = (part.strip().lower() for part in headers.get("content-type", "").split(";"))
    if kind != JSON:
        raise _unsupported(f"Content-Type must be {JSON}, not {_short(kind)}")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip().strip('"') not in {"utf-8", "utf8"}:
            raise _unsupported(f"charset must be utf-8, not {_short(value)}")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise _unsupported("Content-Encoding is not supported: send the body as it is")


async def body(request: Request, limits: Limits) -> bytes:
    """Read the body, no further than its limit and no longer than its deadline."""
    declared = request.headers.get("content-length", "")
    if declared and not (declared.isascii() and declared.isdecimal()):
        raise _bad("Content-Length must be a number")
    length = int(declared[:15] or 0)  # 15 digits are too large already
    if length > limits.body_bytes:
        raise _too_large(limits)
    try:
        received = await within(limits.read_seconds, _receive(request, limits))
    except TimeoutError:
        message = f"Body was not received within {limits.read_seconds:g} seconds"
        raise Refused(408, "REQUEST_TIMEOUT", message, {"Connection": "close"}) from None
    if len(received) < length:
        raise _bad(f"Body ended early: {len(received)} of {length} bytes were received")
    return received


async def _receive(request: Request, limits: Limits) -> bytes:
    received, more = bytearray(), True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise _bad("Body ended early: the connection was closed")
        received += message.get("body", b"")
        if len(received) > limits.body_bytes:
            raise _too_large(limits)
        more = message.get("more_body", False)
    return bytes(received)


def _origin(url: str) -> str:
    """Return scheme and host as browsers write them in Origin: lower case, no path, no usual port."""
    parts = urlsplit(url.lower())
    return f"{parts.scheme}://{parts.netloc.removesuffix(PORTS.get(parts.scheme, ''))}"


def _media_range(text: str, order: int) -> tuple[str, float, int]:
    """Return the range, its q (0 where it cannot be read) and its order in the header."""
    kind, *parameters = (part.strip() for part in text.split(";"))
    qs = [p.partition("=")[2].strip() for p in parameters if p.startswith("q=")] or ["1"]
    return kind, float(qs[0]) if re.fullmatch(r"[01](\.[0-9]{0,3})?", qs[0]) else 0.0, order


def _wish(offer: str, ranges: Iterable[tuple[str, float, int]]) -> tuple[float, int, int]:
    """How much the client wants a type: q, exactness and order of the most exact range that names it."""
    exactness = {offer: 2, "application/*": 1, "*/*": 0}
    found = [(exactness[kind], q, order) for kind, q, order in ranges if kind in exactness]
    exact, q, order = max(found, key=lambda f: (f[0], f[1]), default=(0, 0.0, 0))
    return q, exact, order


def _kind(value: object) -> str:
    return KINDS.get(type(value), "a number")


def _short(text: str) -> str:
    """Quote a client's own words in a message, but not pages of them."""
    return repr(text[:80])


def _bad(message: str) -> Refused:
    return Refused(400, "BAD_REQUEST", message)


def _unsupported(message: str) -> Refused:
    return Refused(415, "UNSUPPORTED_MEDIA_TYPE", message)


def _too_large(limits: Limits) -> Refused:
    message = f"Body is larger than {limits.body_bytes} bytes"
    return Refused(413, "PAYLOAD_TOO_LARGE", message, {"Connection": "close"})
