"""Finding what a link's token opens. Every public page and operation goes through here.

A token raises the same NotFound whether it is unknown, malformed or revoked, or belongs to a draft
or to a disabled company. Only e-mail preferences stay open, for anyone who was sent an e-mail.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Self, TypeAlias, TypeVar
from uuid import UUID

from limits import RateLimitItem
from tortoise.models import Model

from auth.client_info import ClientInfo
from core.rate_limits import RateLimiter
from core.telemetry.request_notes import note_company
from core.urls import Urls
from db.compiled_queries import CompiledQuery
from db.statements import padded
from errors import BadInput, NotFound, Text
from models import CreditNote, Customer, EmailPreference, Invoice, Quote, SampleInvoice
from services.ledger.number_formats import number_keys
from services.sharing.link_targets import LinkTarget, LinkTargets
from services.sharing.portal_finder import InvoicesRequest, PortalFinder
from services.sharing.portals import OpenPortal, open_portal
from services.sharing.shared_documents import (
    PORTAL_CREDIT_NOTE,
    PORTAL_INVOICE,
    PORTAL_INVOICES,
    PORTAL_QUOTE,
    SHARED_CREDIT_NOTE,
    SHARED_INVOICE,
    SHARED_QUOTE,
    SharedInvoices,
    find_with_history,
)

T = TypeVar("T")
M = TypeVar("M", bound=Model)
Finder: TypeAlias = Callable[..., Awaitable[T | None]]

MAX_INVOICES: Final = 50
"""Invoices that are found at once. Stripe takes up to 100 on a page."""
_TOKEN: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""The canonical form of a random UUID (RFC 9562 5.4). No other spelling works."""


_SHARED: Final[Sequence[CompiledQuery[Any]]] = (SHARED_INVOICE, SHARED_QUOTE, SHARED_CREDIT_NOTE)
_IN_PORTALS: Final[Sequence[CompiledQuery[Any]]] = (
    PORTAL_INVOICE,
    PORTAL_QUOTE,
    PORTAL_CREDIT_NOTE,
)
_preference = CompiledQuery(EmailPreference, "company", where="email_preference.token = $1")
_sample = CompiledQuery(
    SampleInvoice, "company", where="sample_invoice.token = $1 AND company.disabled_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class SharedLink:
    """An invoice, with company and customer, and the link by which it was found.

    A request looks its token up once and passes this on. Code that locks the invoice checks with
    `opens` that the link has not been revoked since.
    """

    invoice: Invoice
    token: str
    is_portal: bool = False
    """Whether it is the link of the customer's portal, rather than the invoice's own."""

    @classmethod
    def in_portal(cls, invoice: Invoice) -> Self:
        """Return the link of `invoice`, which comes with its customer, in the customer's portal."""
        return cls(invoice=invoice, token=str(invoice.customer.portal_token), is_portal=True)

    @property
    def company_id(self) -> UUID:
        """The id of the invoice's company, whose transactions take turns."""
        return self.invoice.company_id

    @property
    def target(self) -> LinkTarget:
        """The ids of what it opens."""
        return LinkTarget(
            invoice_id=self.invoice.id,
            company_id=self.company_id,
            token=self.token,
            portal_customer_id=self.invoice.customer_id if self.is_portal else None,
        )

    @property
    def opened_id(self) -> UUID:
        """The id of what the token opens: the customer for a portal, or the invoice."""
        return self.invoice.customer_id if self.is_portal else self.invoice.id

    def opens(self, invoice: Invoice) -> bool:
        """Whether the link opens `invoice`, which comes with its customer, as it is now."""
        current = invoice.customer.portal_token if self.is_portal else invoice.share_token
        return str(current) == self.token

    def url(self, urls: Urls) -> str:
        """Return the invoice's page behind this link."""
        if self.is_portal:
            return urls.portal_invoice(self.token, self.invoice.label)
        return urls.invoice(self.token)

    def pdf_url(self, urls: Urls) -> str:
        """Return the invoice's PDF behind this link."""
        if self.is_portal:
            return urls.portal_invoice_pdf(self.token, self.invoice.label)
        return urls.invoice_pdf(self.token)


@dataclass(frozen=True, slots=True)
class SharedQuote:
    """A quote, with its parents, and the link to it."""

    quote: Quote
    token: str
    is_portal: bool = False
    """Whether it is the link of the customer's portal, rather than the quote's own."""

    @property
    def company_id(self) -> UUID:
        """The id of the quote's company, whose transactions take turns."""
        return self.quote.company_id

    @classmethod
    def in_portal(cls, quote: Quote) -> Self:
        """Return the link of `quote`, which comes with its customer, in the customer's portal."""
        return cls(quote=quote, token=str(quote.customer.portal_token), is_portal=True)

    def opens(self, quote: Quote, customer: Customer) -> bool:
        """Whether the link opens `quote`, a quote of `customer`, as they are now."""
        current = customer.portal_token if self.is_portal else quote.share_token
        return str(current) == self.token

    def url(self, urls: Urls) -> str:
        """Return the quote's page behind this link."""
        if self.is_portal:
            return urls.portal_quote(self.token, self.quote.label)
        return urls.quote(self.token)

    def pdf_url(self, urls: Urls) -> str:
        """Return the quote's PDF behind this link."""
        return f"{self.url(urls)}.pdf"


@dataclass(frozen=True, slots=True)
class SharedCreditNote:
    """A credit note, with its parents and the invoice that it corrects, and the link to it."""

    note: CreditNote
    token: str
    is_portal: bool = False
    """Whether it is the link of the customer's portal, rather than the credit note's own."""

    @classmethod
    def in_portal(cls, note: CreditNote) -> Self:
        """Return the link of `note`, which comes with its customer, in the customer's portal."""
        return cls(note=note, token=str(note.customer.portal_token), is_portal=True)

    def url(self, urls: Urls) -> str:
        """Return the credit note's page behind this link."""
        if self.is_portal:
            return urls.portal_credit_note(self.token, self.note.label)
        return urls.credit_note(self.token)

    def pdf_url(self, urls: Urls) -> str:
        """Return the credit note's PDF behind this link."""
        return f"{self.url(urls)}.pdf"


@dataclass(frozen=True, slots=True)
class TokenLookup:
    """Finds what a token opens, and blocks addresses that guess tokens.

    All methods raise NotFound, and RateLimited for an address with too many misses. Documents come
    `with_lines`, unless they aren't needed.
    """

    rate_limiter: RateLimiter
    misses_per_ip: RateLimitItem
    preferences_per_ip: RateLimitItem
    targets: LinkTargets = field(default_factory=LinkTargets)
    shared_invoices: SharedInvoices = field(default_factory=SharedInvoices)
    portals: PortalFinder = field(default_factory=PortalFinder)

    async def find_target(
        self, token: str, client_info: ClientInfo, number: str | None, *, recalled: bool = False
    ) -> LinkTarget:
        """Find the ids of the invoice that `find_invoice` finds.

        If they may be `recalled`, the link may have been revoked since it last worked.
        """
        find = self.targets.recall if recalled else self.targets.find
        return await self._find(find, client_info, token, *(() if number is None else (number,)))

    async def find_invoice(
        self,
        token: str,
        client_info: ClientInfo,
        *,
        number: str | None = None,
        with_lines: bool = True,
        with_history: bool = False,
    ) -> SharedLink:
        """Find the invoice that `token` shares, or with a number, one in the portal it opens.

        With history, it comes with its lines, too.
        """
        query = SHARED_INVOICE if number is None else PORTAL_INVOICE
        find: Finder[Invoice] = _finder(query, with_lines=with_lines)
        if with_history:
            find = partial(find_with_history, query)
        elif with_lines and number is None:
            find = self.shared_invoices.find
        if number is None:
            invoice = await self._find(find, client_info, token)
            link = SharedLink(invoice=invoice, token=token)
            # A front end that shows the invoice reports the view next.
            self.targets.remember(link.target, token)
            return link
        invoice = await self._find(find, client_info, token, *number_keys(number), number)
        return SharedLink.in_portal(invoice)

    async def find_invoices(
        self, token: str, client_info: ClientInfo, numbers: Sequence[str]
    ) -> list[SharedLink]:
        """Find invoices, without their lines, in the portal that `token` opens, each once.

        Raises BadInput if there are none or too many, and NotFound unless all are found.
        """
        numbers = list(dict.fromkeys(numbers))
        if not 1 <= len(numbers) <= MAX_INVOICES:
            raise BadInput(
                Text("Choose between 1 and %(most)s invoices.", most=MAX_INVOICES), field="numbers"
            )

        async def find(token: str, *numbers: str) -> list[Invoice] | None:
            keys = [key for number in numbers for key in number_keys(number)]
            rows = await PORTAL_INVOICES.all(token, padded(keys), padded(numbers))
            by_number = {row.number: row for row in rows}
            found = [by_number[number] for number in numbers if number in by_number]
            return found if len(found) == len(numbers) else None

        found = await self._find(find, client_info, token, *numbers)
        return [SharedLink.in_portal(invoice) for invoice in found]

    async def open_portal(
        self,
        token: str,
        client_info: ClientInfo,
        *,
        with_account: bool = False,
        invoices: InvoicesRequest | None = None,
        counts: bool = False,
    ) -> OpenPortal:
        """Open the portal of `token`, and load what is asked for."""
        find = partial(
            open_portal,
            self.portals,
            with_account=with_account,
            request=invoices,
            counts=counts,
        )
        return await self._find(find, client_info, token)

    async def find_quote(
        self,
        token: str,
        client_info: ClientInfo,
        *,
        number: str | None = None,
        with_lines: bool = True,
    ) -> SharedQuote:
        """Find the quote that `token` shares, or with a number, one in its portal."""
        if number is None:
            find = _finder(SHARED_QUOTE, with_lines=with_lines)
            quote = await self._find(find, client_info, token)
            return SharedQuote(quote=quote, token=token)
        find = _finder(PORTAL_QUOTE, with_lines=with_lines)
        quote = await self._find(find, client_info, token, *number_keys(number), number)
        return SharedQuote.in_portal(quote)

    async def find_credit_note(
        self,
        token: str,
        client_info: ClientInfo,
        *,
        number: str | None = None,
        with_lines: bool = True,
    ) -> SharedCreditNote:
        """Find the credit note that `token` shares, or with a number, one in its portal."""
        if number is None:
            find = _finder(SHARED_CREDIT_NOTE, with_lines=with_lines)
            note = await self._find(find, client_info, token)
            return SharedCreditNote(note=note, token=token)
        find = _finder(PORTAL_CREDIT_NOTE, with_lines=with_lines)
        note = await self._find(find, client_info, token, *number_keys(number), number)
        return SharedCreditNote.in_portal(note)

    async def find_document(
        self, token: str, client_info: ClientInfo, *, number: str | None = None
    ) -> Invoice | Quote | CreditNote:
        """Find the document that `token` shares, or with a number, one in the portal it opens.

        In a portal, an invoice comes before a quote or a credit note with the same number.
        """
        queries = _SHARED if number is None else _IN_PORTALS

        async def find(*values: str) -> Invoice | Quote | CreditNote | None:
            for query in queries:
                document: Invoice | Quote | CreditNote | None = await query.first(*values)
                if document is not None:
                    return document
            return None

        values = [] if number is None else [*number_keys(number), number]
        return await self._find(find, client_info, token, *values)

    async def find_preference(self, token: str, client_info: ClientInfo) -> EmailPreference:
        """Find the e-mail preferences that `token` opens, with their company.

        Every call counts towards a limit of its own, before anything is looked up.
        """
        await self.rate_limiter.hit(
            self.preferences_per_ip,
            "preferences",
            client_info.rate_limit_key,
            policy="preferences-per-ip",
        )
        return await self._find(_preference.first, client_info, token)

    async def find_sample(self, token: str, client_info: ClientInfo) -> SampleInvoice:
        """Find the sample of an invoice that `token` opens, with its company."""
        return await self._find(_sample.first, client_info, token)

    async def _find(
        self,
        find: Finder[T],
        client_info: ClientInfo,
        token: str,
        *values: str,
    ) -> T:
        self.rate_limiter.refuse_blocked("misses", client_info.rate_limit_key)
        # PostgreSQL can't compare a text that contains NUL.
        if _TOKEN.fullmatch(token) and "\x00" not in "".join(values):
            found = await find(token, *values)
            if found is not None:
                first: Any = found[0] if isinstance(found, list) else found
                note_company(first.company_id)
                return found
        await self.rate_limiter.hit_or_block(
            self.misses_per_ip, "misses", client_info.rate_limit_key, policy="misses-per-ip"
        )
        raise NotFound


def _finder(query: CompiledQuery[M], *, with_lines: bool) -> Finder[M]:
    return query.first_with_children if with_lines else query.first
