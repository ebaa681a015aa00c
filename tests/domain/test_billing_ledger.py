"""The ledger: two sides of each kind, balances, chains of digests, and an audit that follows them."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.billing import proof
from app.domain.billing.audit import Chain, Lines
from app.domain.billing.ledger import SIDES, LedgerAccount, Transfer, TransferKind, balance, effect

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
SPRING, NORTH = UUID(int=1), UUID(int=2)
MOVES = st.lists(st.tuples(st.sampled_from(TransferKind), st.integers(1, 10**12)), max_size=20)


def transfers(moves):
    return [
        Transfer(SPRING, place + 1, kind, UUID(int=9 + place), amount, AT + timedelta(seconds=place))
        for place, (kind, amount) in enumerate(moves)
    ]


def chained(moves):
    """Transfers with the digest of each."""
    digest, made = "", []
    for each in transfers(moves):
        digest = each.digest(digest)
        made.append((each, digest))
    return made


def broken(chain, made):
    return [str(each).split(": ")[1].split(" is ")[0] for row in made for each in chain.follow(row[0], NORTH, row[1])]


@pytest.mark.parametrize("kind", TransferKind)
def test_each_kind_has_two_sides_and_sums_to_zero(kind):
    debit, credit = SIDES[kind]

    assert debit is not credit
    assert (effect(debit, kind, 7), effect(credit, kind, 7)) == (7, -7)
    assert sum(effect(each, kind, 7) for each in LedgerAccount) == 0


@given(MOVES)
def test_all_accounts_together_are_zero_whatever_was_moved(moves):
    assert sum(balance(account, transfers(moves)) for account in LedgerAccount) == 0


@pytest.mark.parametrize(
    ("kind", "back"),
    [("ACCRUAL", "REVERSAL"), ("CHARGE", "RELIEF"), ("CREDIT_GIVEN", "CREDIT_TAKEN")],
)
def test_what_is_taken_back_leaves_every_account_as_it_was(kind, back):
    moved = transfers([(TransferKind[kind], 5), (TransferKind[back], 5)])

    assert [balance(account, moved) for account in LedgerAccount] == [0] * len(LedgerAccount)


def test_a_digest_is_of_the_one_before_it_and_of_all_that_the_transfer_says():
    one, other = chained([(TransferKind.ACCRUAL, 5), (TransferKind.CHARGE, 3)])
    said = f" {SPRING} 1 ACCRUAL {UUID(int=9)} 5 2026-11-20T12:00:00+00:00"
    then = f"{one[1]} {SPRING} 2 CHARGE {UUID(int=10)} 3 2026-11-20T12:00:01+00:00"

    assert (one[1], other[1]) == (sha256(said.encode()).hexdigest(), sha256(then.encode()).hexdigest())


@given(MOVES.filter(bool), st.data())
def test_an_audit_finds_nothing_in_a_chain_and_every_transfer_that_is_left_out_but_the_last(moves, data):
    made = chained(moves)
    gone = data.draw(st.integers(0, len(made) - 1))
    whole, short = Chain(SPRING, NORTH), Chain(SPRING, NORTH)

    assert broken(whole, made) == []
    assert bool(broken(short, made[:gone] + made[gone + 1 :])) is (gone < len(made) - 1)
    assert list(whole.end(len(made), made[-1][1], *sums(moves))) == []
    assert list(short.end(len(made), made[-1][1], *sums(moves))) != []


def sums(moves):
    return [
        balance(each, transfers(moves))
        for each in (LedgerAccount.UNBILLED_REVENUE, LedgerAccount.ADVERTISER_RECEIVABLE)
    ]


def test_an_audit_tells_a_strangers_transfer_and_a_time_that_falls():
    (one, digest), _ = chained([(TransferKind.ACCRUAL, 5)] * 2)
    early = Transfer(SPRING, 2, TransferKind.ACCRUAL, UUID(int=99), 5, AT - timedelta(seconds=1))

    assert broken(Chain(SPRING, UUID(int=3)), [(one, digest)]) == ["account"]
    assert broken(Chain(SPRING, NORTH), [(one, digest), (early, early.digest(digest))]) == ["time"]


# ---- the proof


def test_a_charges_digest_is_of_what_the_api_shows_of_its_lines():
    first = proof.chained("", "c1", "a1", "u1", AT, 5)
    second = proof.chained(first, "c2", "a1", "u2", AT.replace(microsecond=120_000), 7)

    assert first == sha256(b" c1 a1 u1 2026-11-20T12:00:00Z 5").hexdigest()
    assert second == sha256(f"{first} c2 a1 u2 2026-11-20T12:00:00.120000Z 7".encode()).hexdigest()


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), unique_by=lambda each: each[0]))
def test_an_accounts_digest_does_not_depend_on_the_order_of_its_charges(charges):
    assert proof.whole(charges) == proof.whole(reversed(charges))
    assert proof.whole([("b", "2"), ("a", "1")]) == sha256(b"a 1\nb 2").hexdigest()


def test_an_audit_follows_the_lines_of_a_charge():
    lines = Lines(SPRING, UUID(int=5))
    digest = proof.chained("", "c1", "a1", "u1", AT, 5)

    assert list(lines.follow(1, "c1", "a1", "u1", AT, 5)) == []
    assert list(lines.end(1, digest, 5)) == []
    assert [str(each) for each in lines.end(2, digest, 5)] == [
        f"campaign {SPRING}, charge {UUID(int=5)}: lines is 2, expected 1"
    ]
