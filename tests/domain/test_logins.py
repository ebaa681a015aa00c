"""Logins elsewhere: where browsers may be sent back to, how they are told, and which registrations have one."""

from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.identity import LoginOutcome, Returns, returning
from app.domain.onboarding.logins import begin_problems, takes_proof
from app.domain.onboarding.paths import PATHS, RegistrationPath, RegistrationPurpose
from app.domain.onboarding.registration import FACTS, Facts, RegistrationStatus

OURS = ("https://ads.example", "https://Console.example:443/app", "http://intra.example:8080")
PAGES = Returns.to(OURS)
DEVELOPMENT = Returns.to(["http://127.0.0.1:8000"], loopback=True)
EVIL = "evil.example"
VECTORS = [
    f"https://{EVIL}",
    f"//{EVIL}",
    f"https:{EVIL}",
    f"https:/{EVIL}",
    f"https:///{EVIL}",
    f"https:\\\\{EVIL}",
    f"https://ads.example@{EVIL}/",
    f"https://ads.example:443@{EVIL}/",
    f"https://ads.example%40{EVIL}/",
    f"https://ads.example.{EVIL}/",
    f"https://{EVIL}/https://ads.example",
    f"https://{EVIL}?https://ads.example/",
    f"https://{EVIL}#https://ads.example/",
    f"https://{EVIL}\\@ads.example/",
    f"https://ads.example\\@{EVIL}/",
    f"https://ads.example\\.{EVIL}/",
    f"https://ads.example;{EVIL}/",
    f"https://ads.example,{EVIL}/",
    f"https://ads.example%2f@{EVIL}",
    f"https://ads.example%00.{EVIL}",
    f"https://ads.example\x00.{EVIL}",
    f"https://ads.example\t.{EVIL}/",
    f"https://ads.example\n@{EVIL}/",
    f"https://ads.example\uff0f.{EVIL}/",
    f"https://ads.example\uff20{EVIL}/",
    "https://ads。example/",
    "https://аds.example/",  # noqa: RUF001 - not our letter
    "https://ads.example./",
    "https://ads.example:8443/",
    "https://ads.example:99999999/",
    "https://ads.example:/",
    "https://x.ads.example/",
    "http://ads.example/",
    "https://intra.example:8080/",
    "https://user@ads.example/",
    "https://user:word@ads.example/",
    " https://ads.example/",
    "https://ads.example/ ",
    "https://ads.example/a b",
    "https://ads.example/\r\nset-cookie: a=b",
    "https://ads.example/\u2028",
    "https://ads.example/<script>",
    "https://ads.example/?a='\"",
    "javascript:alert(1)//https://ads.example/",
    "javascript://ads.example/%0aalert(1)",
    "data:text/html,https://ads.example/",
    "ftp://ads.example/",
    "ads.example/",
    "/page",
    "page",
    "https://",
    "https://[::1]/",
    "http://localhost:3000/",
    "http://127.0.0.1:3000/",
    "",
    "https://ads.example/" + "a" * 2000,
]


@pytest.mark.parametrize("address", VECTORS, ids=ascii)
def test_nobody_is_sent_to_a_foreign_page(address):
    problem = PAGES.problem(address, "returnTo")

    assert problem is not None
    assert problem.path == ("returnTo",)
    assert problem.constraint


@pytest.mark.parametrize(
    "address",
    [
        "https://ads.example",
        "https://ads.example/",
        "HTTPS://ADS.EXAMPLE:443/registration/1?step=2&x=%20#/proof?",
        "https://console.example//deep/../page",
        "https://console.example:0443/",
        "http://intra.example:8080/x",
    ],
)
def test_our_own_pages_are_places_to_come_back_to(address):
    assert PAGES.problem(address, "returnTo") is None


@pytest.mark.parametrize(
    "address", ["http://localhost:5173/", "https://a.localhost/", "http://[::1]:3000", "http://127.0.0.1/"]
)
def test_pages_of_the_own_machine_are_too_in_development(address):
    assert DEVELOPMENT.problem(address) is None
    assert PAGES.problem(address) is not None


@pytest.mark.parametrize(
    "address", [f"http://localhost.{EVIL}", f"http://127.0.0.1.{EVIL}", f"http://localhost@{EVIL}", "http://127.0.0.2"]
)
def test_what_only_looks_like_the_own_machine_is_not(address):
    assert DEVELOPMENT.problem(address) is not None


PARTS = st.sampled_from(
    ["https", "http", ":", "/", "//", "\\", "@", "?", "#", "%", ".", ";", "ads.example", EVIL, ":443", "a", " ", "\t"]
)


@given(st.lists(PARTS, max_size=12).map("".join) | st.text())
def test_whatever_passes_is_of_our_origins_however_it_is_read(address):
    if PAGES.problem(address) is not None:
        return
    parts = urlsplit(address)
    assert address.isascii()
    assert not set(address) & set('\\ \t\r\n<>"')
    assert "@" not in parts.netloc
    assert (parts.scheme, parts.hostname) in {
        ("https", "ads.example"),
        ("https", "console.example"),
        ("http", "intra.example"),
    }


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://ads.example", "https://ads.example?login=denied"),
        ("https://ads.example:443", "https://ads.example:443?login=denied"),
        ("https://ads.example/a", "https://ads.example/a?login=denied"),
        ("https://ads.example/a?", "https://ads.example/a?login=denied"),
        ("https://ads.example/a?b=c&d", "https://ads.example/a?b=c&d&login=denied"),
        ("https://ads.example/a#/b?c", "https://ads.example/a?login=denied#/b?c"),
        ("https://ads.example?b#c", "https://ads.example?b&login=denied#c"),
        ("https://ads.example/?login=proved&x=1&l%6Fgin=proved", "https://ads.example/?x=1&login=denied"),
    ],
)
def test_the_page_is_told_how_it_ended(address, told):
    assert returning(address, LoginOutcome.DENIED) == told


QUERY = st.text("abc=&%26.login", max_size=20)


@given(
    st.sampled_from(["", "/", "/a/b"]), QUERY, st.sampled_from(["", "#", "#/x?login=1"]), st.sampled_from(LoginOutcome)
)
def test_the_page_is_told_once_and_keeps_the_rest(path, query, fragment, outcome):
    address = f"https://ads.example{path}?{query}{fragment}"
    told = returning(address, outcome)

    pairs = parse_qsl(urlsplit(told).query, keep_blank_values=True)
    others = [each for each in parse_qsl(query, keep_blank_values=True) if each[0] != "login"]
    assert pairs == [*others, ("login", outcome.value)]
    assert urlsplit(told)._replace(query="") == urlsplit(address)._replace(query="")
    assert PAGES.problem(told) is None


def facts(path: RegistrationPath, status: RegistrationStatus) -> Facts:
    rest: dict = dict.fromkeys(FACTS)
    known = {"path": path, "status": status, "purpose": RegistrationPurpose.NEW_ACCOUNT, "applicant_id": UUID(int=1)}
    return Facts(**{**rest, **known})


@pytest.mark.parametrize("status", RegistrationStatus)
@pytest.mark.parametrize("path", RegistrationPath)
def test_a_login_begins_where_the_path_has_one_and_the_applicant_may_change_it(path, status):
    problems = list(begin_problems(facts(path, status), {each.value for each in RegistrationPath}))

    open_ = status in {RegistrationStatus.DRAFT, RegistrationStatus.INFO_REQUESTED}
    codes = [each.code.value for each in problems]
    assert codes == ["ILLEGAL_TRANSITION"] * (not open_) + ["INVALID"] * (path is RegistrationPath.REPRESENT_VENDOR)
    assert takes_proof(status) is open_


@pytest.mark.parametrize("path", [each for each, info in PATHS.items() if info.login])
def test_a_login_that_is_not_set_up_is_refused_with_those_that_are(path):
    (problem,) = begin_problems(facts(path, RegistrationStatus.DRAFT), {"A", "B"})

    assert f"ENDCAP_LOGIN_{path.value}" in problem.message
    assert "Set up: A, B." in problem.message
