"""After any actions in any order, each maybe repeated, all figures agree with a model of them."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auth.staff import Staff
from errors import PortalError
from models import Customer
from tests.services.ledger.books import Books, Step
from tests.support import stripe_payloads
from tests.support.clients import Business

Action = Callable[[Books, Step], Awaitable[None]]


def _happens(what: str) -> Action:
    return lambda books, step: books.happen(step, what)


ACTIONS: Final[dict[str, Action]] = {
    "create": Books.create,
    "pay": Books.pay,
    "reverse": Books.reverse,
    "write off": Books.write_off,
    "reclaim": Books.reclaim,
    "cancel": Books.cancel,
    "credit": Books.credit,
    "correct": Books.correct,
    "void": Books.void,
    "apply": Books.apply,
    "take off": Books.take_off,
    "pay out": Books.pay_out,
    "take back": Books.take_back,
    "pay online": Books.pay_online,
    "refund": Books.refund,
    "proceed": Books.proceed,
    "refund there": _happens("refund"),
    "refund fails": _happens("refund fails"),
    "dispute": _happens("dispute"),
    "win": _happens("win"),
}
_WEIGHTS: Final = {"create": 4, "pay": 4, "apply": 4, "pay online": 3, "refund": 3, "reverse": 2}
_choices: Final = [name for name in ACTIONS for _ in range(_WEIGHTS.get(name, 1))]
_steps = st.lists(
    st.tuples(
        st.sampled_from(_choices),
        st.integers(0, 9),
        st.integers(0, 11),
        st.sampled_from(range(-1, 40)),
        st.booleans(),
    ),
    min_size=10,
    max_size=40,
)


async def open_books(business: Business) -> Books:
    """Return the books of a new customer, who has an invoice."""
    staff = Staff(uuid4(), business.company_id, None, "test", None, frozenset())
    customer = await Customer.create(company_id=business.company_id, name="Ada")
    books = Books(staff, str(customer.id))
    await books.create(Step(0, 1, 100, uuid4().hex))
    return books


async def run(books: Books, name: str, step: Step) -> None:
    """Try an action, which may not be allowed, and check everything."""
    with suppress(PortalError):
        await ACTIONS[name](books, step)
    await books.settle()
    await books.check()


@pytest.mark.timeout(600)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(_steps)
async def test_figures_agree_with_the_model_after_any_actions(
    business: Business, steps: list[tuple[str, int, int, int, bool]]
) -> None:
    await stripe_payloads.connect(business)
    books = await open_books(business)
    for name, which, other, amount, again in steps:
        books.again = again
        await run(books, name, Step(which, other, amount, uuid4().hex))
