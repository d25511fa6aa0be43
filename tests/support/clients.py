"""Callers of the API: strangers, and businesses with their staff."""

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid4

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from pwdlib.hashers.argon2 import Argon2Hasher

from models import EmailPreference
from services.company.companies import create_company
from services.email.daily_limits import DailyLimits
from services.email.preferences import preference_for
from tests.support.plain_requests import PortalClient

PASSWORD: Final = "correct horse battery staple"
BROWSER: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_ip_numbers = count(1)
CHEAP_HASHER: Final = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2id at a thousandth of its cost in production."""
EMAIL_LIMITS: Final = DailyLimits(free=10_000, pro=10_000)
_PASSWORD_HASH: Final = CHEAP_HASHER.hash(PASSWORD)


def new_ip() -> str:
    """Return an unused IP address, which no rate limit has counted yet."""
    n = next(_ip_numbers)
    return f"198.{18 + (n >> 16)}.{n >> 8 & 255}.{n & 255}"


def http_client(
    url: str, *, timeout: float = 20, headers: dict[str, str] | None = None
) -> httpx.AsyncClient:
    """Return a client of the portal at `url`, whose requests take seconds of `timeout` at most.

    Those that aren't plain go by aiohttp, which takes half of httpx's time, and as they are:
    without more headers, and only with the cookies of the returned client.
    """

    def session() -> aiohttp.ClientSession:
        # Shorter than the server's 75 seconds, so that only the client closes idle connections.
        connector = aiohttp.TCPConnector(limit=100, keepalive_timeout=2)
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("accept", "accept-encoding", "content-type", "user-agent"),
        )

    # The portal is served without TLS here, and loading the certificates takes most of a test.
    transport = AiohttpTransport(verify=False, client=session)
    return PortalClient(base_url=url, transport=transport, timeout=timeout, headers=headers)


class GraphQLFailed(AssertionError):
    """The response has errors. `code` is that of the first one."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.errors = errors
        self.code: str = errors[0]["extensions"]["code"]
        self.field: str | None = errors[0]["extensions"].get("field")


@dataclass
class Caller:
    """A caller with an IP address, a user agent and maybe a credential."""

    http: httpx.AsyncClient
    secret: str | None = None
    ip: str = field(default_factory=new_ip)
    user_agent: str = BROWSER

    @property
    def headers(self) -> dict[str, str]:
        """The headers of each request."""
        headers = {"x-forwarded-for": self.ip, "user-agent": self.user_agent}
        return headers | ({"authorization": f"Bearer {self.secret}"} if self.secret else {})

    async def post(self, query: str, **variables: object) -> httpx.Response:
        """Send an operation and return the response."""
        body = {"query": query, "variables": variables}
        return await self.http.post("/graphql", json=body, headers=self.headers)

    async def gql(self, query: str, **variables: object) -> Any:
        """Return an operation's data. Raises GraphQLFailed if there are errors."""
        answer = (await self.post(query, **variables)).json()
        if answer.get("errors"):
            raise GraphQLFailed(answer["errors"])
        return answer["data"]

    async def refused(self, query: str, **variables: object) -> GraphQLFailed:
        """Return the error of an operation, which must fail."""
        try:
            await self.gql(query, **variables)
        except GraphQLFailed as failure:
            return failure
        raise AssertionError("not refused")

    async def record_view(self, token: str, **more: object) -> bool:
        """Record a view."""
        query = "mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
        data = await self.gql(query, input={"token": token, **more})
        recorded: bool = data["recordView"]["recorded"]
        return recorded


@dataclass
class Business(Caller):
    """A caller with a company's API key with all permissions. `email` signs in with PASSWORD."""

    company_id: UUID = field(default_factory=uuid4)
    email: str = ""

    @property
    def stranger(self) -> Caller:
        """A caller without a credential, with a new IP address."""
        return Caller(self.http)

    async def mutate(
        self, mutation: str, input_type: str, selection: str, /, **input: object
    ) -> Any:
        """Run one mutation and return its payload."""
        query = f"mutation($input: {input_type}!) {{ {mutation}(input: $input) {selection} }}"
        return (await self.gql(query, input=input))[mutation]

    async def make_customer(self, **details: object) -> str:
        """Return a new customer's id."""
        details = {"name": "Ada Lovelace", "email": "ada@example.com"} | details
        payload = await self.mutate(
            "createCustomer", "CreateCustomerInput", "{ customer { id } }", **details
        )
        customer_id: str = payload["customer"]["id"]
        return customer_id

    async def make_draft(self, **details: object) -> str:
        """Return a new draft's id."""
        return await self._write("Invoice", details)

    async def make_quote(self, **details: object) -> str:
        """Return a new draft quote's id."""
        return await self._write("Quote", details)

    async def _write(self, noun: str, details: dict[str, object]) -> str:
        if "customerId" not in details:
            details["customerId"] = await self.make_customer()
        line = {"description": "Work", "quantity": "1", "unitPrice": "100.00"}
        payload = await self.mutate(
            f"create{noun}",
            f"Create{noun}Input",
            f"{{ {noun.lower()} {{ id }} }}",
            **{"lines": [line]} | details,
        )
        document_id: str = payload[noun.lower()]["id"]
        return document_id

    async def issue(self, invoice_id: str) -> None:
        """Issue a draft."""
        await self.mutate("issueInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=invoice_id)

    async def make_invoice(self, **details: object) -> str:
        """Return a new, issued invoice's id."""
        invoice_id = await self.make_draft(**details)
        await self.issue(invoice_id)
        return invoice_id

    async def share(self, invoice_id: str) -> str:
        """Return the token of the invoice's link."""
        payload = await self.mutate("shareInvoice", "InvoiceRef", "{ token }", invoiceId=invoice_id)
        token: str = payload["token"]
        return token

    async def share_quote(self, quote_id: str) -> str:
        """Share the quote, which makes a draft SENT, and return the token of its link."""
        payload = await self.mutate("shareQuote", "QuoteRef", "{ token }", quoteId=quote_id)
        token: str = payload["token"]
        return token

    async def revoke(self, invoice_id: str) -> None:
        """Revoke the invoice's link."""
        await self.mutate(
            "revokeInvoiceShare", "InvoiceRef", "{ invoice { id } }", invoiceId=invoice_id
        )

    async def revoke_quote(self, quote_id: str) -> None:
        """Revoke the quote's link."""
        await self.mutate("revokeQuoteShare", "QuoteRef", "{ quote { id } }", quoteId=quote_id)

    async def share_portal(self, customer_id: str) -> str:
        """Return the token of the customer's portal."""
        payload = await self.mutate(
            "sharePortal", "CustomerRef", "{ token }", customerId=customer_id
        )
        token: str = payload["token"]
        return token

    async def make_credit_note(self, customer_id: str, amount: str, **details: object) -> str:
        """Return a new, issued credit note's id."""
        note_id = await self.draft_credit_note(customer_id, amount, **details)
        await self.credit_note("issueCreditNote", creditNoteId=note_id)
        return note_id

    async def draft_credit_note(self, customer_id: str, amount: str, **details: object) -> str:
        """Return the id of a new draft of a credit note."""
        payload = await self.mutate(
            "createCreditNote",
            "CreateCreditNoteInput",
            "{ creditNote { id } }",
            **{"customerId": customer_id, "amount": amount} | details,
        )
        note_id: str = payload["creditNote"]["id"]
        return note_id

    async def credit_note(self, mutation: str, **input: object) -> Any:
        """Run a mutation of a credit note and return its status and remaining amount."""
        input_type = "ApplyCreditNoteInput" if "invoiceId" in input else "CreditNoteRef"
        selection = "{ creditNote { status remaining { amount } } }"
        note = (await self.mutate(mutation, input_type, selection, **input))["creditNote"]
        return note["status"], note["remaining"]["amount"]

    async def credit_invoice(self, invoice_id: str, **details: object) -> str:
        """Return the id of a new draft that credits an invoice, in full by default."""
        payload = await self.mutate(
            "creditInvoice",
            "CreditInvoiceInput",
            "{ creditNote { id } }",
            **{"invoiceId": invoice_id, "reason": "Returned"} | details,
        )
        note_id: str = payload["creditNote"]["id"]
        return note_id

    async def share_credit_note(self, note_id: str) -> str:
        """Return the token of the credit note's link."""
        payload = await self.mutate(
            "shareCreditNote", "CreditNoteRef", "{ token }", creditNoteId=note_id
        )
        token: str = payload["token"]
        return token

    async def revoke_credit_note(self, note_id: str) -> None:
        """Revoke the credit note's link."""
        await self.mutate(
            "revokeCreditNoteShare", "CreditNoteRef", "{ creditNote { id } }", creditNoteId=note_id
        )

    async def pay(self, invoice_id: str, amount: str) -> None:
        """Record a payment."""
        await self.mutate(
            "recordPayment",
            "RecordPaymentInput",
            "{ invoice { id } }",
            invoiceId=invoice_id,
            amount=amount,
            method="cash",
        )

    async def invoice(self, invoice_id: str, selection: str) -> Any:
        """Return what staff see of an invoice."""
        query = f"query($id: ID!) {{ company {{ invoice(id: $id) {{ {selection} }} }} }}"
        return (await self.gql(query, id=invoice_id))["company"]["invoice"]

    async def quote(self, quote_id: str, selection: str) -> Any:
        """Return what staff see of a quote."""
        query = f"query($id: ID!) {{ company {{ quote(id: $id) {{ {selection} }} }} }}"
        return (await self.gql(query, id=quote_id))["company"]["quote"]

    async def make_preference(self, address: str = "ada@example.com") -> EmailPreference:
        """Return the preferences of an address, as sending an e-mail creates them."""
        return await preference_for(self.company_id, address, "en")

    async def make_key(self, *permissions: str) -> "Caller":
        """Return a caller with a new API key that has only these permissions."""
        payload = await self.mutate(
            "createApiKey",
            "CreateApiKeyInput",
            "{ secret id }",
            name="tool",
            permissions=list(permissions),
        )
        return Caller(self.http, payload["secret"])


async def create_business(http: httpx.AsyncClient) -> Business:
    """Return a new company, created directly in the portal's database."""
    email = f"staff-{uuid4().hex}@example.com"
    created = await create_company("Acme Ltd", email, _PASSWORD_HASH)
    return Business(http, created.api_key, company_id=created.company_id, email=email)


Fingerprint: TypeAlias = tuple[int, bytes, dict[str, str]]
"""The status, body and headers of a response."""


def fingerprint(answer: httpx.Response) -> Fingerprint:
    """Return everything by which a stranger could tell two responses apart."""
    headers = dict(answer.headers)
    request_id = headers.pop("x-request-id")
    del headers["date"]
    return answer.status_code, answer.content.replace(request_id.encode(), b""), headers


async def eventually(condition: Any, seconds: float = 30.0, *, pause: float = 0.02) -> None:
    """Wait until the async `condition` holds. Raises TimeoutError if it never does.

    A `condition` that is costly for the portal needs a longer `pause` between two looks.
    """
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  # nothing signals it
            await asyncio.sleep(pause)
