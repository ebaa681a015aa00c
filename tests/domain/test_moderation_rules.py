"""The ad policy: what each rule finds, in the very words, and what it leaves alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.adapters.moderation import load
from app.domain.findings import FindingKind
from app.domain.moderation.rules import Check, Image, Subject, Verdict

POLICY = load(None)
PLAIN = Subject("Trail tent", "Sleeps two", "Northpeak Trail tent", in_stock=True, keywords=("tent", "camping tent"))
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)


def found(**changes):
    findings = POLICY.findings(replace(PLAIN, **changes))
    return [(each.rule_id, each.field, each.evidence) for each in findings]


def test_a_plain_ad_passes():
    assert found() == []
    assert POLICY.verdict(()) is Verdict.PASS


@pytest.mark.parametrize(
    ("changes", "rule", "field", "evidence"),
    [
        ({"title": "A shitty tent"}, "LANGUAGE-1", "title", "shitty"),
        ({"headline": "What the F\u00adU\u200bCK"}, "LANGUAGE-1", "headline", "F\u00adU\u200bCK"),
        ({"headline": "a $h1tty a55hole"}, "LANGUAGE-1", "headline", "$h1tty"),
        ({"keywords": ("tent", "bullsh1t")}, "LANGUAGE-1", "keywords.1", "bullsh1t"),
        ({"headline": "SUPER LARGE tent"}, "LANGUAGE-2", "headline", "SUPER LARGE"),
        ({"headline": "Sleeps two!!"}, "LANGUAGE-3", "headline", "!!"),
        ({"headline": "***tent"}, "LANGUAGE-3", "headline", "***"),
        ({"headline": "The best tent"}, "CLAIM-1", "headline", "best"),
        ({"headline": "The #1 in tents"}, "CLAIM-1", "headline", "#1"),
        ({"headline": "No.1 in tents"}, "CLAIM-1", "headline", "No.1"),
        ({"title": "World\u2019s  first"}, "CLAIM-1", "title", "World\u2019s  first"),
        ({"title": "BÉST tent"}, "CLAIM-1", "title", "BÉST"),
        ({"headline": "100% dry, GUARANTEED"}, "CLAIM-2", "headline", "100%"),
        ({"headline": "risk-free camping"}, "CLAIM-2", "headline", "risk-free"),
        ({"headline": "A miracle of warmth"}, "CLAIM-3", "headline", "miracle"),
        ({"headline": "Hurry, buy now"}, "CLAIM-4", "headline", "buy now"),
        ({"headline": "See www.example.com"}, "TECHNICAL-1", "headline", "www.example.com"),
        ({"headline": "Mail me@example.com"}, "TECHNICAL-1", "headline", "me@example.com"),
        ({"headline": "Call +4915112345678"}, "TECHNICAL-1", "headline", "+4915112345678"),
        ({"product": "Smoke Co Cigars, box of 20"}, "PRODUCT-1", "landing", "Cigars"),
        ({"keywords": ("e-cigarette",)}, "PRODUCT-1", "keywords.0", "e-cigarette"),
        ({"product": "Oak aged whisky"}, "PRODUCT-2", "landing", "whisky"),
        ({"in_stock": False}, "LANDING-1", "landing", "Northpeak Trail tent"),
        ({"image": Image("GIF", 600, 600)}, "IMAGE-1", "image", "GIF"),
        ({"image": Image("PNG", 299, 600)}, "IMAGE-2", "image", "299 x 600"),
    ],
)
def test_a_rule_finds_what_it_forbids_in_the_very_words(changes, rule, field, evidence):  # S56
    assert (rule, field, evidence) in found(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Bass guitar, class A", "headline": "Assess the Scunthorpe classic"},
        {"headline": "HUGE SUPER tent"},  # one long word may be a name
        {"headline": "USB-C, HDMI and 4K for NASA fans"},
        {"headline": "Sleeps two... or three!"},
        {"headline": "Bestow warmth; leadings and guaranteeing"},
        {"headline": "25 x 30 cm, 1200 g @ home"},
        {"product": "Northpeak Cigarillo-brown tent"},
        {"image": Image("PNG", 300, 150)},
    ],
)
def test_what_only_looks_alike_is_left_alone(changes):
    assert found(**changes) == []


def test_a_finding_says_what_is_wrong_where_to_read_it_and_how_to_mend_it():
    (finding,) = POLICY.findings(replace(PLAIN, headline="The best tent"))

    assert (finding.kind, finding.automatic) == (FindingKind.CLAIM, True)
    assert finding.policy_url == f"{POLICY.url}#CLAIM-1"
    assert (bool(finding.explanation), bool(finding.fix)) == (True, True)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, Verdict.PASS),
        ({"headline": "best"}, Verdict.WARN),
        ({"headline": "best shit"}, Verdict.FAIL),
        ({"in_stock": False}, Verdict.FAIL),
    ],
)
def test_the_weightiest_finding_gives_the_verdict(changes, verdict):
    assert POLICY.verdict(POLICY.findings(replace(PLAIN, **changes))) is verdict


def test_a_page_that_did_not_answer_is_a_warning_found_later():
    (finding,) = POLICY.unreachable("it answered with the status 404")

    assert (finding.rule_id, finding.field, finding.automatic) == ("LANDING-2", "landing", True)
    assert POLICY.verdict([finding]) is Verdict.WARN


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, st.lists(ANY_TEXT, max_size=3))
def test_any_text_is_checked_and_what_is_quoted_stands_there(title, headline, product, keywords):
    subject = Subject(title, headline, product, in_stock=True, keywords=tuple(keywords))
    texts = {"title": title, "headline": headline, "landing": product}
    texts |= {f"keywords.{place}": text for place, text in enumerate(keywords)}

    for finding in POLICY.findings(subject):
        if finding.rule_id != "LANGUAGE-2":  # it quotes several words
            assert finding.evidence in texts[finding.field]


@given(ANY_TEXT, st.sampled_from(["tent", "a", "Zelt 3"]))
def test_what_is_found_stays_found_whatever_stands_before_it(before, after):
    assert ("CLAIM-1", "headline", "best") in found(headline=f"{before} best {after}")


def test_every_rule_has_an_id_of_its_own_and_every_check_is_used():
    assert len(POLICY.by_id) == len(POLICY.rules)
    assert {rule.check for rule in POLICY.rules} == set(Check)
    people = sum(rule.check is Check.MODERATOR for rule in POLICY.rules)
    counts = [POLICY.checked(is_reached=each) for each in (False, True)]
    assert counts == [len(POLICY.rules) - people - 1, len(POLICY.rules) - people]


@pytest.mark.parametrize("kind", FindingKind)
def test_a_moderator_finds_a_rule_of_every_kind(kind):
    assert any(rule.kind is kind for rule in POLICY.rules)


RULE = '[[rules]]\nid = "A"\nkind = "CLAIM"\nverdict = "WARN"\nexplanation = "E"\nfix = "F"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'rules' is missing"),
        ("rules = [", "the ad policy"),
        (f'{RULE}check = "WORDS"', "rule A has no words"),
        (f'{RULE}check = "WORDS"\nwords = ["..."]', "rule A has no words"),
        (f'{RULE}check = "MAGIC"', "rule A: 'MAGIC' is not a valid Check"),
        (f'{RULE}check = "CAPITALS"\nfields = ["bid"]', "unknown fields: bid"),
        (f'version = 1\nurl = "u"\n{RULE}check = "STOCK"\n{RULE}check = "STOCK"', "two rules have the same id"),
        (f'url = "u"\n{RULE}check = "STOCK"', "'version' is missing"),
        (f'version = 1\n{RULE}check = "STOCK"', "'url' is missing"),
        (f'{RULE.replace("WARN", "FAIL")}check = "REACHABLE"', "rule A: .* too late to refuse it: WARN"),
    ],
)
def test_a_policy_that_cannot_be_is_named_with_its_fault(tmp_path, text, said):
    file = tmp_path / "policy.toml"
    file.write_text(text)

    with pytest.raises(ValueError, match=said):
        load(file)


def test_an_installation_has_rules_of_its_own(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text(
        f'version = 7\nurl = "https://x.example/p"\n{RULE}check = "WORDS"\nwords = ["tent"]\nfields = ["title"]'
    )
    policy = load(file)

    (finding,) = policy.findings(PLAIN)
    assert (policy.version, finding.policy_url, finding.evidence) == (7, "https://x.example/p#A", "tent")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"gone\.toml"):
        load(tmp_path / "gone.toml")
