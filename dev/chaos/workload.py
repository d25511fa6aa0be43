"""What clients and staff of a company do at the same time, all noted in the journal."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, Final
from uuid import UUID

import httpx

from dev.chaos.clients import Clients, new_address
from dev.chaos.journal import Journal, Keyed, Link, SharedInvoice
from dev.chaos.operations import (
    CHECKOUT,
    ISSUE_CREDIT_NOTE,
    ISSUE_INVOICE,
    KEYED,
    READ,
    RECORD_VIEW,
    REVOKE,
    SHARE,
)
from dev.chaos.stripe import StripeProcess

_RUNNERS: Final = 8
_PRICE: Final = "100000.00"
"""The price of an invoice that is paid by hand, in many small parts."""
_CREDIT: Final = "50000.00"
_SETTLE_TRIES: Final = 4
_REPEATED: Final = 10
"""Acknowledged requests that are sent once more in the end."""


@dataclass
class Workload:
    """Staff and clients of one company."""

    clients: Clients
    stripe: StripeProcess
    journal: Journal
    random: Random
    customer_id: str = ""
    credit_note_id: str = ""
    pause: float = 0.1
    """Seconds between two things that one of eight runners does, at most."""
    address: Callable[[], str] = new_address
    """Where the next client comes from."""
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    _cents: Any = field(default_factory=lambda: count(1))
    """Each amount is used once, so that rows can be told apart by it."""

    async def prepare(self) -> None:
        """Create a customer, a credit note and shared invoices. Everything must succeed."""
        customer = {"name": "Ada Lovelace", "email": "ada@client.example"}
        created = await self._keyed("createCustomer", **customer)
        self.customer_id = created.answer.data["createCustomer"]["customer"]["id"]
        credit = {"customerId": self.customer_id, "amount": _CREDIT}
        note = await self._keyed("createCreditNote", **credit)
        self.credit_note_id = note.answer.data["createCreditNote"]["creditNote"]["id"]
        issued = await self.clients.staff(
            "issueCreditNote", ISSUE_CREDIT_NOTE, {"input": {"creditNoteId": self.credit_note_id}}
        )
        assert issued.is_done, issued
        for _ in range(4):
            await self._create_invoice(is_for_checkout=False)
        assert len(self.journal.invoices) == 4

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Do random things meanwhile, and finish what has begun."""
        working = asyncio.create_task(self._run_all())
        try:
            yield
        finally:
            self.is_over.set()
            await working

    async def _run_all(self) -> None:
        actions: dict[Callable[[], Awaitable[None]], int] = {
            self._create_random_invoice: 10,
            self._pay: 14,
            self._apply_credit: 7,
            self._record_view: 25,
            self._open_page: 12,
            self._revoke_and_share: 5,
            self._try_revoked: 5,
            self._send: 4,
            self._check_out: 7,
            self._read: 8,
        }
        async with asyncio.TaskGroup() as group:
            for _ in range(_RUNNERS):
                group.create_task(self._run(list(actions), list(actions.values())))

    async def _run(self, actions: list[Callable[[], Awaitable[None]]], weights: list[int]) -> None:
        while not self.is_over.is_set():
            [action] = self.random.choices(actions, weights)
            await action()
            await asyncio.sleep(self.random.uniform(0, self.pause))

    async def settle(self) -> None:
        """Do what clients do in doubt: ask again with the same key.

        Some requests that were acknowledged are repeated, too, and must be answered alike.
        """
        doubtful = [keyed for keyed in self.journal.keyed if keyed.answer.is_in_doubt]
        acknowledged = [keyed for keyed in self.journal.keyed if keyed.told is not None]
        again = self.random.sample(acknowledged, min(_REPEATED, len(acknowledged)))
        for keyed in [*doubtful, *again]:
            for _ in range(_SETTLE_TRIES):
                await self._ask(keyed)
                if not keyed.answer.is_in_doubt:
                    break
                await asyncio.sleep(0.5)
            else:
                self.journal.wrong.append(f"{keyed.operation} can't be repeated: {keyed.answer}")

    # --- with a key -----------------------------------------------------------------------------

    async def _keyed(self, operation: str, **variables: Any) -> Keyed:
        key = str(UUID(int=self.random.getrandbits(128), version=4))
        keyed = Keyed(operation, key, {**variables, "idempotencyKey": key})
        self.journal.keyed.append(keyed)
        await self._ask(keyed)
        return keyed

    async def _ask(self, keyed: Keyed) -> None:
        answer = await self.clients.staff(
            keyed.operation, KEYED[keyed.operation], {"input": keyed.variables}
        )
        if keyed.told is not None and not answer.is_in_doubt:
            if _ids(answer.data) != _ids(keyed.told):
                self.journal.wrong.append(
                    f"{keyed.operation} was repeated: {keyed.told}, then {answer}"
                )
        elif answer.is_done:
            keyed.told = answer.data
        keyed.answer = answer

    async def _create_random_invoice(self) -> None:
        await self._create_invoice(is_for_checkout=self.random.random() < 0.4)

    async def _create_invoice(self, *, is_for_checkout: bool) -> None:
        price = f"{self.random.randint(1_000, 50_000) / 100:.2f}" if is_for_checkout else _PRICE
        line = {"description": "Work", "quantity": "1", "unitPrice": price}
        mark = f"order {next(self._cents)}"
        created = await self._keyed(
            "createInvoice", customerId=self.customer_id, lines=[line], purchaseOrder=mark
        )
        if created.answer.is_done:
            invoice_id = created.answer.data["createInvoice"]["invoice"]["id"]
            await self._issue_and_share(invoice_id, is_for_checkout=is_for_checkout)

    async def _issue_and_share(self, invoice_id: str, *, is_for_checkout: bool) -> None:
        reference = {"input": {"invoiceId": invoice_id}}
        issued = await self.clients.staff("issueInvoice", ISSUE_INVOICE, reference)
        if not issued.is_done:
            return
        self.journal.numbers[invoice_id] = issued.data["issueInvoice"]["invoice"]["number"]
        link = await self._share(invoice_id)
        if link is not None:
            self.journal.invoices.append(SharedInvoice(invoice_id, link, is_for_checkout))

    async def _pay(self) -> None:
        await self._keyed(
            "recordPayment", invoiceId=self._by_hand().id, amount=self._amount(), method="cash"
        )

    async def _apply_credit(self) -> None:
        await self._keyed(
            "applyCreditNote",
            creditNoteId=self.credit_note_id,
            invoiceId=self._by_hand().id,
            amount=self._amount(),
        )

    async def _send(self) -> None:
        to = f"client-{next(self._cents)}-{self.random.getrandbits(32):x}@client.example"
        await self._keyed("sendInvoice", invoiceId=self._by_hand().id, to=to)

    def _amount(self) -> str:
        return f"{next(self._cents) / 100:.2f}"

    def _by_hand(self) -> SharedInvoice:
        return self.random.choice(
            [each for each in self.journal.invoices if not each.is_for_checkout]
        )

    # --- links ----------------------------------------------------------------------------------

    async def _share(self, invoice_id: str) -> Link | None:
        shared = await self.clients.staff(
            "shareInvoice", SHARE, {"input": {"invoiceId": invoice_id}}
        )
        if not shared.is_done:
            return None
        link = Link(invoice_id, shared.data["shareInvoice"]["token"])
        if any(old.token == link.token for old in self.journal.links if old.is_revoked):
            self.journal.wrong.append(f"a revoked token came back: {link.token}")
        self.journal.links.append(link)
        return link

    async def _revoke_and_share(self) -> None:
        invoice = self.random.choice(self.journal.invoices)
        async with invoice.lock:
            invoice.link.is_revoking = True
            reference = {"input": {"invoiceId": invoice.id}}
            revoked = await self.clients.staff("revokeInvoiceShare", REVOKE, reference)
            invoice.link.is_revoked = revoked.is_done
            if revoked.is_done and (link := await self._share(invoice.id)):
                invoice.link = link

    async def _try_revoked(self) -> None:
        revoked = [link for link in self.journal.links if link.is_revoked]
        if revoked:
            link = self.random.choice(revoked)
            answer = await self.clients.get(
                "revoked page", f"/invoice/{link.token}", self.address()
            )
            if answer.is_done:
                self.journal.wrong.append(f"a revoked link opened: {link.token}")

    def _check_link(self, link: Link, code: str | None) -> None:
        """Note if a link that nobody has asked to revoke doesn't work."""
        if code in {"NOT_FOUND", "http:404"} and not link.is_revoking:
            self.journal.wrong.append(f"a shared link doesn't open: {link.token}")

    # --- clients --------------------------------------------------------------------------------

    async def _record_view(self) -> None:
        link, address = self.random.choice(self.journal.invoices).link, self.address()
        view = await self.clients.anyone(
            "recordView", RECORD_VIEW, {"input": {"token": link.token}}, address
        )
        self.journal.views[address] = view.is_done and view.data["recordView"]["recorded"]
        self._check_link(link, view.code)

    async def _open_page(self) -> None:
        link, address = self.random.choice(self.journal.invoices).link, self.address()
        page = await self.clients.get("page", f"/invoice/{link.token}", address)
        if page.is_done:
            self.journal.pages[address] = link
        self._check_link(link, page.code)

    async def _check_out(self) -> None:
        invoices = [invoice for invoice in self.journal.invoices if invoice.is_for_checkout]
        if not invoices:
            return
        token = self.random.choice(invoices).link.token
        opened = await self.clients.anyone(
            "checkout", CHECKOUT, {"input": {"token": token}}, self.address()
        )
        if opened.is_done:
            session_id = opened.data["checkout"]["url"].rpartition("/")[2]
            try:
                await self.stripe.control(f"sessions/{session_id}/pay")
            except httpx.HTTPError:
                return  # It may have been expired. The sandbox knows what was paid.

    async def _read(self) -> None:
        await self.clients.staff("read", READ, {})


def _ids(data: Any) -> list[str]:
    """Return the ids in a payload."""
    if not isinstance(data, dict):
        return []
    own = [data["id"]] if "id" in data else []
    return own + [id_ for value in data.values() for id_ in _ids(value)]
