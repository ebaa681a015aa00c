"""People: passwords, the one-time links that are mailed to them, and logins elsewhere that they prove."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from urllib.parse import unquote_plus

from app.domain.errors import Findings, InvalidInput

LEAST_PASSWORD, MOST_PASSWORD = 12, 200


class Purpose(Enum):
    """What a one-time link is for: it opens nothing else."""

    EMAIL_VERIFICATION = "EMAIL_VERIFICATION"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105
    INVITATION = "INVITATION"
    TERMS = "TERMS"
    LEAVING = "LEAVING"  # a kind of mail is muted: it works as long as it lasts, however often


LIFETIMES = {
    Purpose.EMAIL_VERIFICATION: timedelta(days=7),
    Purpose.PASSWORD_RESET: timedelta(hours=1),  # it opens an account to whoever reads the mail
    Purpose.INVITATION: timedelta(days=7),
    Purpose.TERMS: timedelta(days=7),
    Purpose.LEAVING: timedelta(days=90),  # letters are kept, and read late
}


def check_password(found: Findings, password: str, name: str = "password") -> None:
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD:
        limits = f"{LEAST_PASSWORD} <= length <= {MOST_PASSWORD}"
        found.invalid(f"A password has {LEAST_PASSWORD} to {MOST_PASSWORD} characters.", name, constraint=limits)


# ---- where sessions come from

MOST_AGENT = 400
# The first that fits: those further down are named by those further up as well. Others that are made of the same
# engine call themselves by its name, and nobody can tell.
BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:A|iOS)?/([\d.]+)")),
    ("Opera", re.compile(r"\bOPR/([\d.]+)")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/([\d.]+)")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/([\d.]+)")),
    ("Chrome", re.compile(r"\b(?:HeadlessChrome|Chrome|CriOS)/([\d.]+)")),
    ("Safari", re.compile(r"\bVersion/([\d.]+) (?:Mobile/\w+ )?Safari/")),
)
SYSTEMS = (
    ("iOS", re.compile(r"\bCPU (?:iPhone )?OS ([\d_]+) like Mac OS X")),
    ("Android", re.compile(r"\bAndroid ([\d.]+)(?!; K\b)\b|\bAndroid\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b()")),
    ("Windows", re.compile(r"\bWindows NT ([\d.]+)")),
    ("macOS", re.compile(r"\bMac OS X ([\d_.]+)")),
    ("Linux", re.compile(r"\bLinux\b()")),
)
WINDOWS = {"6.1": "7", "6.2": "8", "6.3": "8.1"}  # 10 and 11 both say 10.0
FROZEN = "10.15"  # what every browser says of every macOS since


@dataclass(frozen=True)
class Origin:
    """Where a request comes from: its network address, and what the program calls itself."""

    address: str
    user_agent: str | None = None

    def __post_init__(self) -> None:
        agent = "".join(filter(str.isprintable, self.user_agent or ""))[:MOST_AGENT]
        object.__setattr__(self, "address", self.address[:45])
        object.__setattr__(self, "user_agent", agent or None)


@dataclass(frozen=True)
class Client:
    """A browser and its system, as far as they say what they are."""

    browser: str
    browser_version: str
    os: str
    os_version: str | None


def client(user_agent: str) -> Client | None:
    """What a browser's User-Agent says of it; None of what is no browser of the great families."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    version = re.sub(r"(\.0)+$", "", browser[1].strip(".")) if browser else ""
    if browser is None or system is None or not version:
        return None
    return Client(browser[0], version, system[0], _system_version(*system))


def _first(families: Iterable[tuple[str, re.Pattern[str]]], user_agent: str) -> tuple[str, str] | None:
    found = ((name, pattern.search(user_agent)) for name, pattern in families)
    return next(((name, match[1] or "") for name, match in found if match), None)


def _system_version(os: str, said: str) -> str | None:
    """The version, unless browsers say the same of several."""
    version = said.replace("_", ".").strip(".")
    if os == "Windows":
        return WINDOWS.get(version)
    if os == "macOS" and f"{version}.".startswith(f"{FROZEN}."):
        return None
    return version or None


# ---- logins elsewhere (S5)

LOGIN_LIFETIME = timedelta(minutes=10)
MOST_ADDRESS = 2000
PORTS = {"http": "80", "https": "443"}
# Strict, so that no browser can read an address in another way than we do: no user, no backslash, no blank.
ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[\w.~!$&'()*+,;=:@%/-]*)?(\?(?P<query>[\w.~!$&'()*+,;=:@%/?-]*))?(?P<rest>#[\w.~!$&'()*+,;=:@%/?-]*)?",
    re.ASCII | re.IGNORECASE,
)


class LoginOutcome(Enum):
    """How a login ended; the browser is told as `?login=...`."""

    PROVED = "proved"
    DENIED = "denied"  # by the person, at the provider
    FAILED = "failed"  # the provider says so, or takes our code for none of its own
    UNAVAILABLE = "unavailable"  # the provider cannot be reached, or is slow
    UNTRUSTED = "untrusted"  # what it says is not signed, or not for us, or not now
    EXPIRED = "expired"
    USED = "used"
    OTHER_SESSION = "other_session"  # whoever came back is not who began
    TAKEN = "taken"  # that login is another user's
    CLOSED = "closed"  # what it was to prove is past that


@dataclass(frozen=True)
class Returns:
    """Where browsers may be sent back to: pages of these origins, in development also of the own machine."""

    origins: frozenset[str]
    loopback: bool = False

    @classmethod
    def to(cls, addresses: Iterable[str], *, loopback: bool = False) -> "Returns":
        return cls(frozenset(filter(None, map(_origin, addresses))), loopback)

    def problem(self, address: str, *path: str) -> InvalidInput | None:
        """Why nobody is sent back to *address*, or None."""
        if len(address) > MOST_ADDRESS:
            message, limit = f"The address has {len(address)} characters, at most {MOST_ADDRESS} go.", "length <= 2000"
            return InvalidInput(message=message, path=path, constraint=limit)
        origin = _origin(address)
        if origin in self.origins or (self.loopback and _is_loopback(address)):
            return None
        known = ", ".join(sorted(self.origins))
        message = f"Browsers are sent back only to pages of {known}, written in full."
        return InvalidInput(message=message, path=path, constraint=known)


def returning(address: str, outcome: LoginOutcome) -> str:
    """The address with how the login ended, in place of whatever it said of that before."""
    found = ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError(address)
    others = [each for each in (found["query"] or "").split("&") if each and not _is_login(each)]
    query = "&".join([*others, f"login={outcome.value}"])
    return f"{address[: found.end('path') if found['path'] else _end(found)]}?{query}{found['rest'] or ''}"


def _end(found: re.Match[str]) -> int:
    return found.end("port") if found["port"] else found.end("host")


def _is_login(parameter: str) -> bool:
    return unquote_plus(parameter.partition("=")[0]) == "login"


def _origin(address: str) -> str | None:
    """Scheme, host and port as browsers compare them; None for what is no address."""
    found = ADDRESS.fullmatch(address)
    if found is None:
        return None
    scheme, port = found["scheme"].lower(), (found["port"] or "").lstrip("0")
    return f"{scheme}://{found['host'].lower()}{f':{port}' if port and port != PORTS[scheme] else ''}"


def _is_loopback(address: str) -> bool:
    found = ADDRESS.fullmatch(address)
    host = found["host"].lower() if found else ""
    return host in {"localhost", "127.0.0.1", "[::1]"} or host.endswith(".localhost")
