"""After any steps in any order, numbers are those of a plain description of the rules."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Any, Final
from unittest.mock import Mock, patch
from uuid import UUID, uuid4

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from auth.staff import Staff
from errors import PortalError
from models import Customer, Invoice, Quote, companies
from services.billing import invoices, quotes
from services.billing.invoices import InvoiceDraft
from services.billing.pricing import LineDraft
from services.billing.quotes import QuoteDraft
from services.company.company_settings import update_company
from tests.support.clients import create_business

FORMATS: Final[dict[str, Callable[[int, date], str]]] = {
    "A{seq}": lambda n, _: f"A{n}",
    "a{seq}": lambda n, _: f"a{n}",
    "{seq:2}": lambda n, _: f"{n:02}",
    "{year}-{seq}": lambda n, day: f"{day:%Y}-{n}",
    "A{year}{month}{seq:2}": lambda n, day: f"A{day:%Y%m}{n:02}",
}
CHOSEN: Final = ("A1", "a1", "A2", "a3", "2026-1", "2027-1")
DAYS: Final = (None, date(2026, 12, 31), date(2027, 1, 1))
STEPS: Final = ("create", "choose", "issue", "delete", "change", "tomorrow")
WEIGHTS: Final = (6, 2, 6, 1, 1, 1)
FIRST_FORMAT: Final = "A{seq}"


@dataclass
class Draft:
    """A draft as the rules see it."""

    chosen: str | None
    day: date | None


@dataclass
class Rules:
    """What D4 says about one kind of document of a company, in as few words as possible."""

    format: Callable[[int, date], str]
    restarts: bool = False
    next: dict[int, int] = field(default_factory=dict)
    drafts: dict[UUID, Draft] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    """In the order of issue."""

    def is_taken(self, number: str) -> bool:
        """Return whether a document has the number, in any case."""
        return number.lower() in map(str.lower, self.numbers)

    def may_choose(self, number: str | None, draft_id: UUID | None = None) -> bool:
        """Return whether a draft may ask for the number."""
        others = [each.chosen for id_, each in self.drafts.items() if id_ != draft_id]
        asked_for = [other.lower() for other in others if other]
        return number is None or (not self.is_taken(number) and number.lower() not in asked_for)

    def issue(self, draft_id: UUID, today: date) -> bool:
        """Give the draft its number; return whether it can have one."""
        draft = self.drafts[draft_id]
        if draft.chosen is not None and self.is_taken(draft.chosen):
            return False
        self.numbers.append(draft.chosen or self.next_number(draft.day or today))
        del self.drafts[draft_id]
        return True

    def next_number(self, day: date) -> str:
        """Use up the next number of the series that isn't taken, and return it."""
        year = day.year if self.restarts else 0
        sequence = self.next.get(year, 1)
        while self.is_taken(self.format(sequence, day)):
            sequence += 1
        self.next[year] = sequence + 1
        return self.format(sequence, day)

    def change(self, change: dict[str, Any], today: date) -> bool:
        """Change the format, restarts or what is next; return whether they fit together."""
        restarts = change.get("restarts", self.restarts)
        format_ = change.get("format", self.format)
        if restarts and format_(1, date(2001, 1, 1)) == format_(1, date(2002, 1, 1)):
            return False
        following = self.next.get(today.year if self.restarts else 0, 1)
        self.format, self.restarts = format_, restarts
        self.next[today.year if restarts else 0] = change.get("next", following)
        return True


@dataclass
class Office:
    """A company, and the rules that it should follow."""

    staff: Staff
    customer_id: str
    rules: dict[str, Rules]
    today: date = date(2026, 12, 30)

    def draft(self, kind: str, chosen: str | None, day: date | None) -> Any:
        """Return the content of a draft."""
        draft_type = {"invoice": InvoiceDraft, "quote": QuoteDraft}
        line = LineDraft(description="Work", quantity=Decimal(1), unit_price=Decimal(1))
        return draft_type[kind](
            customer_id=self.customer_id, lines=[line], number=chosen, issue_date=day
        )


CREATE: Final[dict[str, Any]] = {
    "invoice": invoices.create_invoice,
    "quote": quotes.create_quote,
}
UPDATE: Final[dict[str, Any]] = {
    "invoice": invoices.update_invoice,
    "quote": quotes.update_quote,
}
ISSUE: Final[dict[str, Any]] = {
    "invoice": invoices.issue_invoice,
    "quote": quotes.share_quote,
}
DELETE: Final[dict[str, Any]] = {
    "invoice": invoices.delete_invoice,
    "quote": quotes.delete_quote,
}
MODELS: Final[dict[str, Any]] = {"invoice": Invoice, "quote": Quote}


async def succeeds(work: Any) -> bool:
    """Return whether a verb succeeded."""
    try:
        await work
    except PortalError:
        return False
    return True


async def create(office: Office, kind: str, chosen: str | None, day: date | None) -> None:
    """Create a draft, which may ask for a number."""
    rules = office.rules[kind]
    verb = CREATE[kind](office.staff, office.draft(kind, chosen, day))
    if not rules.may_choose(chosen):
        assert not await succeeds(verb)
        return
    rules.drafts[(await verb).id] = Draft(chosen, day)


async def choose(office: Office, kind: str, which: int, chosen: str | None) -> None:
    """Ask for another number, or for the next one."""
    rules = office.rules[kind]
    if not rules.drafts:
        return
    draft_id, draft = list(rules.drafts.items())[which % len(rules.drafts)]
    content = office.draft(kind, chosen or "", draft.day)
    is_kept = chosen == draft.chosen
    may_choose = is_kept or rules.may_choose(chosen, draft_id)
    assert await succeeds(UPDATE[kind](office.staff, str(draft_id), content)) == may_choose
    if may_choose:
        draft.chosen = chosen


async def issue(office: Office, kind: str, which: int, *, fails: bool) -> None:
    """Issue a draft; `fails` if the process fails before the commit."""
    rules = office.rules[kind]
    if not rules.drafts:
        return
    draft_id = list(rules.drafts)[which % len(rules.drafts)]
    if fails:
        with patch.object(MODELS[kind], "save", side_effect=PortalError("failed")):
            assert not await succeeds(ISSUE[kind](office.staff, str(draft_id)))
        return
    issued = rules.issue(draft_id, office.today)
    assert await succeeds(ISSUE[kind](office.staff, str(draft_id))) == issued
    assert await succeeds(ISSUE[kind](office.staff, str(draft_id))) == issued


async def delete(office: Office, kind: str, which: int) -> None:
    """Delete a draft."""
    rules = office.rules[kind]
    if rules.drafts:
        draft_id = list(rules.drafts)[which % len(rules.drafts)]
        await DELETE[kind](office.staff, str(draft_id))
        del rules.drafts[draft_id]


async def change(office: Office, kind: str, **change: Any) -> None:
    """Change a series."""
    given = {name: value for name, value in change.items() if value is not None}
    names = {
        "format": f"{kind}_number_format",
        "restarts": f"{kind}_numbers_restart_yearly",
        "next": f"next_{kind}_number",
    }
    changes: Any = {names[name]: value for name, value in given.items()}
    if "format" in given:
        given["format"] = FORMATS[given["format"]]
    allowed = office.rules[kind].change(given, office.today) if given else True
    assert await succeeds(update_company(office.staff, changes)) == allowed


async def check(office: Office) -> None:
    """Compare every document with the rules."""
    for kind, rules in office.rules.items():
        rows = await MODELS[kind].filter(company_id=office.staff.company_id)
        numbers = [row.number for row in rows if row.number is not None]
        assert sorted(numbers) == sorted(rules.numbers)
        assert len({number.lower() for number in numbers}) == len(numbers)
        drafts = {row.id: row.requested_number for row in rows if row.number is None}
        assert drafts == {id_: draft.chosen for id_, draft in rules.drafts.items()}


@contextmanager
def _dated(office: Office) -> Iterator[None]:
    """Let it be the office's day."""

    def now() -> float:
        return datetime.fromisoformat(f"{office.today}T12:00:00+00:00").timestamp()

    with patch.object(companies, "time", Mock(time=now)):
        yield


async def step(office: Office, dice: Random) -> None:
    """Take one of the possible steps."""
    kind, which = dice.choice(("invoice", "invoice", "quote")), dice.randrange(4)
    chosen = dice.choice((None, *CHOSEN))
    match dice.choices(STEPS, WEIGHTS)[0]:
        case "create":
            await create(office, kind, chosen, dice.choice(DAYS))
        case "choose":
            await choose(office, kind, which, chosen)
        case "issue":
            await issue(office, kind, which, fails=dice.random() < 0.2)
        case "delete":
            await delete(office, kind, which)
        case "change":
            await change(
                office,
                kind,
                format=dice.choice((None, *FORMATS)),
                restarts=dice.choice((None, False, True)),
                next=dice.choice((None, 1, 2, 5)),
            )
        case _:
            office.today = date.fromordinal(office.today.toordinal() + 1)


# Not drawn from strategies: those repeat steps so much that numbers rarely collide.
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.generate],
)
@given(st.integers(0, 2**64))
async def test_numbers_follow_the_rules_after_any_steps(http: httpx.AsyncClient, seed: int) -> None:
    business, dice = await create_business(http), Random(seed)
    staff = Staff(uuid4(), business.company_id, None, "test", None, frozenset())
    customer = await Customer.create(company_id=business.company_id, name="Ada")
    rules = {kind: Rules(FORMATS[FIRST_FORMAT]) for kind in MODELS}
    office = Office(staff, str(customer.id), rules)
    with _dated(office):
        for kind in MODELS:
            await change(office, kind, format=FIRST_FORMAT)
        for _ in range(60):
            await step(office, dice)
        await check(office)
