"""The rule by which money is divided among the invoices of a checkout."""

from datetime import date
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from models import Invoice, PaymentReversalKind
from services.checkout.shares import in_order_of_payment, take_back, take_back_each

_AMOUNT = st.integers(1, 10**9)
_REFUND, _DISPUTE = PaymentReversalKind.REFUND, PaymentReversalKind.DISPUTE


@st.composite
def _taken_back(draw: st.DrawFn) -> tuple[list[int], list[int], int, int]:
    """Return shares, what staff chose to refund of each, all that is refunded, and disputed."""
    shares = draw(st.lists(_AMOUNT, min_size=1, max_size=8))
    chosen = [draw(st.integers(0, share)) for share in shares]
    refunded = draw(st.integers(sum(chosen), sum(shares)))
    disputed = draw(st.integers(0, sum(shares) - refunded))
    return shares, chosen, refunded, disputed


@given(_taken_back())
def test_no_cent_is_lost_and_no_share_gives_more_than_it_has(
    case: tuple[list[int], list[int], int, int],
) -> None:
    shares, chosen, refunded, disputed = case
    parts = take_back_each({_REFUND: refunded, _DISPUTE: disputed}, shares, chosen)
    assert sum(part[_REFUND] for part in parts) == refunded
    assert sum(part[_DISPUTE] for part in parts) == disputed
    for share, chosen_part, part in zip(shares, chosen, parts, strict=True):
        assert part[_REFUND] >= chosen_part
        assert part[_DISPUTE] >= 0
        assert part[_REFUND] + part[_DISPUTE] <= share


@given(_taken_back(), st.data())
def test_a_further_refund_never_gives_anything_back(
    case: tuple[list[int], list[int], int, int], data: st.DataObject
) -> None:
    shares, chosen, refunded, _ = case
    before = take_back_each({_REFUND: refunded, _DISPUTE: 0}, shares, chosen)
    of = data.draw(st.integers(0, len(shares) - 1))
    more = data.draw(st.integers(0, shares[of] - before[of][_REFUND]))
    chosen[of] += more if data.draw(st.booleans()) else 0
    after = take_back_each({_REFUND: refunded + more, _DISPUTE: 0}, shares, chosen)
    assert all(now[_REFUND] >= then[_REFUND] for then, now in zip(before, after, strict=True))


@given(st.lists(_AMOUNT, min_size=1, max_size=8), st.lists(_AMOUNT, max_size=4))
def test_what_is_kept_pays_the_first_invoices_whatever_the_order(
    shares: list[int], refunds: list[int]
) -> None:
    total = min(sum(refunds), sum(shares))
    kept = [share - part for share, part in zip(shares, take_back(total, shares), strict=True)]
    assert sum(kept) == sum(shares) - total
    changed = [n for n, share in enumerate(shares) if kept[n] < share]
    assert all(kept[n] == 0 for n in changed[1:])
    assert changed == list(range(len(shares) - len(changed), len(shares)))


def _invoice(n: int, due: date | None, issued: date) -> Invoice:
    return Invoice(id=UUID(int=n), number=f"INV-{n}", due_date=due, issue_date=issued)


@given(st.permutations(range(4)))
def test_the_invoice_that_is_due_first_comes_first(order: list[int]) -> None:
    new_year = date(2026, 1, 1)
    invoices = [
        _invoice(4, date(2026, 1, 15), date(2026, 1, 10)),
        _invoice(3, date(2026, 2, 1), new_year),
        _invoice(1, date(2026, 2, 1), date(2026, 1, 2)),
        _invoice(2, None, new_year),
    ]
    assert in_order_of_payment(invoices[n] for n in order) == invoices
