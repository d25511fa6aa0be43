"""The least floor: what Python under uvicorn needs at least for the portal's responses.

A bare ASGI application with one prepared statement and one write for each request. PostgreSQL
writes decimals as text, and nothing is checked, limited or logged.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
import uvicorn

from cli.serving import SERVER_OPTIONS
from dev.benchmarks.floors.floor import INSERT_VIEW, create_view_table
from dev.benchmarks.floors.floor_portal import PUBLIC_URL, logo_url
from settings import Settings
from web.http.connection_limits import ConnectionLimits
from web.http.protocol import CONNECTION_LIMITS

_CONNECTIONS: Final = 32
"""As many as there are requests at the same time, so that none waits for a connection."""
_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: no-store\r\n"
    b"content-length: %d\r\n\r\n"
)
_RECORDED: Final = orjson.dumps({"data": {"recordView": {"recorded": True}}})

_INVOICE: Final = """
SELECT number, status, issue_date, due_date, invoice.currency, subtotal, discount, tax,
       total, amount_paid, written_off, amount_pending, notes,
       company.logo_digest, company.email, company.phone, company.website,
       due_date < (now() AT TIME ZONE company.time_zone)::date AS is_past_due,
       seller.content AS seller, buyer.content AS buyer,
       ARRAY(
           SELECT ROW(description, trim_scale(quantity)::text, round(unit_price, 2)::text,
                      trim_scale(tax_rate)::text, amount)
             FROM invoice_line WHERE invoice_id = invoice.id ORDER BY position
       ) AS lines
  FROM invoice
  JOIN company ON company.id = invoice.company_id
  JOIN party_snapshot AS seller ON seller.id = invoice.seller_snapshot_id
  JOIN party_snapshot AS buyer ON buyer.id = invoice.buyer_snapshot_id
 WHERE share_token = $1 AND status <> 'DRAFT'
"""
_PORTAL: Final = """
SELECT customer.name, customer.email, customer.address,
       COALESCE(customer.vat_id, customer.tax_number) AS tax_id,
       company.name AS company_name, company.logo_digest, company.address AS company_address,
       company.email AS company_email, company.phone, company.website,
       COALESCE(company.vat_id, company.tax_number) AS company_tax_id, today,
       ARRAY(
           SELECT ROW(currency, count(*),
                      COALESCE(SUM(total - amount_paid - written_off) FILTER (
                          WHERE status IN ('ISSUED', 'PARTIALLY_PAID')), 0)::bigint,
                      COALESCE(SUM(total - amount_paid - written_off) FILTER (
                          WHERE status IN ('ISSUED', 'PARTIALLY_PAID') AND due_date < today), 0
                      )::bigint,
                      COALESCE((SELECT SUM(total - applied - paid_out) FROM credit_note
                        WHERE customer_id = customer.id AND status IN ('ISSUED', 'APPLIED')
                          AND credit_note.currency = invoice.currency), 0)::bigint)
             FROM invoice WHERE customer_id = customer.id AND status <> 'DRAFT'
            GROUP BY currency ORDER BY currency
       ) AS balances,
       ARRAY(
           SELECT ROW(number, status, issue_date, due_date, currency, total,
                      total - amount_paid - written_off)
             FROM invoice WHERE customer_id = customer.id AND status <> 'DRAFT'
            ORDER BY created_at DESC, id DESC LIMIT 20
       ) AS page
  FROM customer
  JOIN company ON company.id = customer.company_id,
       LATERAL (SELECT (now() AT TIME ZONE company.time_zone)::date AS today) AS clock
 WHERE portal_token = $1
"""
_OPEN: Final = {"ISSUED", "PARTIALLY_PAID"}

Send = Callable[[Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]


class Floor:
    """An ASGI application."""

    def __init__(self) -> None:
        self._idle: list[dict[str, Any]] = []
        """Prepared statements by path, for each unused connection."""
        self._sequence = count(2**40)  # beyond those of the floor, which fills the same table

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Respond to a request, or start and stop."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        message = orjson.loads((await receive())["body"])
        statements = self._idle.pop()
        path = scope["path"]
        if path == "/view":
            body = await self._record_view(statements[path], message, scope["headers"])
        else:
            token = message["variables"]["token"]
            row = await statements[path].fetchrow(UUID(token))
            body = _BODIES[path](row, token)
        self._idle.append(statements)
        _write(send, body)

    async def _record_view(
        self, statement: Any, view: dict[str, str], headers: list[tuple[bytes, bytes]]
    ) -> bytes:
        fields = dict(headers)
        await statement.fetch(
            UUID(view["companyId"]),
            UUID(view["invoiceId"]),
            next(self._sequence),
            datetime.now(UTC),
            fields[b"x-forwarded-for"].decode(),
            fields[b"user-agent"].decode(),
        )
        return _RECORDED

    async def _live(self, scope: Any, receive: Receive, send: Send) -> None:
        connections = [
            await asyncpg.connect(os.environ["DATABASE_URL"]) for _ in range(_CONNECTIONS)
        ]
        await create_view_table(connections[0])
        scope["state"][CONNECTION_LIMITS] = ConnectionLimits(Settings())
        for connection in connections:
            invoice = await connection.prepare(_INVOICE)
            self._idle.append(
                {
                    "/invoice": invoice,
                    "/invoice-as-text": invoice,
                    "/portal": await connection.prepare(_PORTAL),
                    "/view": await connection.prepare(INSERT_VIEW),
                }
            )
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.gather(*(connection.close() for connection in connections))
        await send({"type": "lifespan.shutdown.complete"})


def _write(send: Any, body: bytes) -> None:
    """Write head and body at once, past uvicorn's `send`."""
    cycle = send.__self__
    cycle.response_started = cycle.response_complete = True
    cycle.transport.write(_HEAD % len(body))  # which waits for the body
    cycle.transport.write(body)
    cycle.message_event.set()
    cycle.on_response()


def _invoice(row: Any, token: str, *, as_text: bool = False) -> bytes:
    currency, status = row["currency"], row["status"]
    seller, buyer = orjson.loads(row["seller"]), orjson.loads(row["buyer"])
    money = _money_as_text if as_text else _money
    price = _price_as_text if as_text else _price
    data = {
        "number": row["number"],
        "status": status,
        "isOverdue": status in _OPEN and bool(row["is_past_due"]),
        "issueDate": row["issue_date"],
        "dueDate": row["due_date"],
        "business": {
            "name": seller["name"],
            "logoUrl": logo_url(row["logo_digest"]),
            "address": seller["free_address"],
            "email": row["email"],
            "phone": row["phone"],
            "website": row["website"],
            "taxId": seller["tax_ids"]["vat_id"] or seller["tax_ids"]["tax_number"],
        },
        "billTo": {
            "name": buyer["name"],
            "email": buyer["email"],
            "address": buyer["free_address"],
            "taxId": buyer["tax_ids"]["vat_id"] or buyer["tax_ids"]["tax_number"],
        },
        "lines": [
            {
                "description": description,
                "quantity": quantity,
                "unitPrice": price(unit_price, currency),
                "taxRate": tax_rate,
                "amount": money(amount, currency),
            }
            for description, quantity, unit_price, tax_rate, amount in row["lines"]
        ],
        "subtotal": money(row["subtotal"], currency),
        "discount": money(row["discount"], currency),
        "tax": money(row["tax"], currency),
        "total": money(row["total"], currency),
        "amountPaid": money(row["amount_paid"], currency),
        "amountPending": money(row["amount_pending"], currency),
        "amountDue": money(row["total"] - row["amount_paid"] - row["written_off"], currency),
        "notes": row["notes"],
        "pdfUrl": f"{PUBLIC_URL}/invoice/{token}.pdf",
        "payment": None,
    }
    return orjson.dumps({"data": {"invoice": data}})


def _invoice_as_text(row: Any, token: str) -> bytes:
    return _invoice(row, token, as_text=True)


def _portal(row: Any, _: str) -> bytes:
    today, balances = row["today"], row["balances"]
    data = {
        "business": {
            "name": row["company_name"],
            "logoUrl": logo_url(row["logo_digest"]),
            "address": row["company_address"],
            "email": row["company_email"],
            "phone": row["phone"],
            "website": row["website"],
            "taxId": row["company_tax_id"],
        },
        "customer": {
            "name": row["name"],
            "email": row["email"],
            "address": row["address"],
            "taxId": row["tax_id"],
        },
        "balances": [
            {
                "outstanding": _money(outstanding, currency),
                "overdue": _money(overdue, currency),
                "credit": _money(credit, currency),
            }
            for currency, _, outstanding, overdue, credit in balances
        ],
        "isOverdue": any(overdue for _, _, _, overdue, _ in balances),
        "invoices": {
            "totalCount": sum(invoices for _, invoices, *_ in balances),
            "edges": [
                {
                    "node": {
                        "number": number,
                        "status": status,
                        "isOverdue": status in _OPEN and due_date is not None and due_date < today,
                        "issueDate": issue_date,
                        "dueDate": due_date,
                        "total": _money(total, currency),
                        "amountDue": _money(due, currency),
                    }
                }
                for number, status, issue_date, due_date, currency, total, due in row["page"]
            ],
        },
    }
    return orjson.dumps({"data": {"portal": data}})


def _money(minor: int, currency: str) -> dict[str, str]:
    return {"amount": f"{minor // 100}.{minor % 100:02d}", "currency": currency}


def _money_as_text(minor: int, currency: str) -> dict[str, str]:
    units, cents = divmod(minor, 100)
    return {
        "amount": f"{units}.{cents:02d}",
        "currency": currency,
        "formatted": f"€{units:,}.{cents:02d}",
    }


def _price(amount: str, currency: str) -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def _price_as_text(amount: str, currency: str) -> dict[str, str]:
    return _money_as_text(int(amount.replace(".", "")), currency)


_BODIES: Final[dict[str, Callable[[Any, str], bytes]]] = {
    "/invoice": _invoice,
    "/invoice-as-text": _invoice_as_text,
    "/portal": _portal,
}

if __name__ == "__main__":
    uvicorn.run(Floor(), port=int(sys.argv[1]), **SERVER_OPTIONS)
