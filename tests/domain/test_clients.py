"""What browsers say of themselves: the few great families, and nothing that nobody can know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.identity import MOST_AGENT, Client, Origin, client

KIT, KHTML = "AppleWebKit/537.36", "(KHTML, like Gecko)"
ON_WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} {KHTML}"
ON_MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ON_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ON_IPAD = "Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
FIREFOX = "Gecko/20100101 Firefox/128.0"
KNOWN = [
    (f"{ON_WINDOWS} Chrome/131.0.0.0 Safari/537.36", ("Chrome", "131", "Windows", None)),
    (f"{ON_WINDOWS} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.86", ("Edge", "131.0.2903.86", "Windows", None)),
    (f"{ON_WINDOWS} Chrome/130.0.0.0 Safari/537.36 OPR/115.0.0.0", ("Opera", "115", "Windows", None)),
    (f"Mozilla/5.0 (Windows NT 6.1; rv:115.0) {FIREFOX}", ("Firefox", "128", "Windows", "7")),
    (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) {FIREFOX}", ("Firefox", "128", "macOS", None)),
    (f"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:128.0) {FIREFOX}", ("Firefox", "128", "Linux", None)),
    (f"Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 {FIREFOX}", ("Firefox", "128", "Android", "14")),
    (f"{ON_MAC} Version/17.4.1 Safari/605.1.15", ("Safari", "17.4.1", "macOS", None)),
    (f"{ON_MAC.replace('10_15_7', '10_14_6')} Version/14.1 Safari/605.1.15", ("Safari", "14.1", "macOS", "10.14.6")),
    (f"{ON_IPHONE} Version/17.4 Mobile/15E148 Safari/604.1", ("Safari", "17.4", "iOS", "17.4.1")),
    (f"{ON_IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1", ("Chrome", "131.0.6778.73", "iOS", "17.4.1")),
    (f"{ON_IPAD} FxiOS/128.0 Mobile/15E148 Safari/605.1.15", ("Firefox", "128", "iOS", "16.0")),
    (
        f"Mozilla/5.0 (Linux; Android 10; K) {KIT} {KHTML} Chrome/131.0.0.0 Mobile Safari/537.36",
        ("Chrome", "131", "Android", None),
    ),
    (
        f"Mozilla/5.0 (Linux; Android 13; SM-S901B) {KIT} {KHTML} SamsungBrowser/23.0 Chrome/115.0.0.0 Safari/537.36",
        ("Samsung Internet", "23", "Android", "13"),
    ),
    (
        f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {KIT} {KHTML} Chrome/131.0.0.0 Safari/537.36",
        ("Chrome", "131", "ChromeOS", None),
    ),
    (
        f"Mozilla/5.0 (X11; Linux x86_64) {KIT} {KHTML} HeadlessChrome/131.0.0.0 Safari/537.36",
        ("Chrome", "131", "Linux", None),
    ),
]


@pytest.mark.parametrize(("agent", "said"), KNOWN)
def test_the_great_families_say_who_they_are(agent, said):
    assert client(agent) == Client(*said)


@pytest.mark.parametrize(
    "agent", ["", "curl/8.5.0", "python-httpx/0.28", "Mozilla/5.0", "Chrome/131", "Windows NT 10.0", "Chrome/. Linux"]
)
def test_whatever_else_asks_is_no_browser(agent):
    assert client(agent) is None


@given(
    st.text(max_size=MOST_AGENT)
    | st.sampled_from([agent for agent, _ in KNOWN]).flatmap(
        lambda agent: st.integers(0, len(agent)).map(lambda cut: agent[cut:] + agent[:cut])
    )
)
def test_nothing_that_is_said_breaks_it(agent):
    found = client(agent)

    assert found is None or (found.browser and found.browser_version and found.os)
    assert found is None or found.os_version != ""


@given(st.text(max_size=2 * MOST_AGENT), st.text(max_size=80))
def test_an_origin_can_be_kept(agent, address):
    origin = Origin(address, agent)

    assert origin.user_agent is None or 1 <= len(origin.user_agent) <= MOST_AGENT
    assert (origin.user_agent or "").isprintable()
    assert len(origin.address) <= 45
