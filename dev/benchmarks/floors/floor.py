"""The floor: the portal's responses, written by hand.

It uses the same server with the same options, the same database and driver, and sends the same
data. It checks, limits and logs nothing.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson
import uvicorn
from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from cli.serving import SERVER_OPTIONS
from dev.benchmarks.floors.floor_portal import PUBLIC_URL, logo_url, portal
from settings import Settings
from web.http.connection_limits import ConnectionLimits
from web.http.protocol import CONNECTION_LIMITS

CHANNEL: Final = "benchmark:floor"
_JSON: Final = "application/json"

_INVOICE: Final = """
SELECT invoice.id, number, status, issue_date, due_date, invoice.currency, subtotal, discount, tax,
       total, amount_paid, written_off, amount_pending, notes,
       company.logo_digest, company.email, company.phone, company.website,
       (now() AT TIME ZONE company.time_zone)::date AS today,
       seller.content AS seller, buyer.content AS buyer
  FROM invoice
  JOIN company ON company.id = invoice.company_id
  JOIN party_snapshot AS seller ON seller.id = invoice.seller_snapshot_id
  JOIN party_snapshot AS buyer ON buyer.id = invoice.buyer_snapshot_id
 WHERE share_token = $1 AND status <> 'DRAFT'
"""
_LINES: Final = """
SELECT description, quantity, unit_price, tax_rate, amount
  FROM invoice_line WHERE invoice_id = $1 ORDER BY position
"""
INSERT_VIEW: Final = """
INSERT INTO benchmark_view
       (company_id, invoice_id, sequence, viewed_at, source, ip, user_agent, automated)
VALUES ($1, $2, $3, $4, 'LINK', $5, $6, false)
"""
_TABLE: Final = "CREATE TABLE IF NOT EXISTS benchmark_view (LIKE invoice_view INCLUDING ALL)"


def _money(minor: int, currency: str, *, as_text: bool) -> dict[str, str]:
    return _price(Decimal(minor).scaleb(-2), currency, as_text=as_text)


def _price(amount: Decimal, currency: str, *, as_text: bool) -> dict[str, str]:
    money = {"amount": f"{amount:.2f}", "currency": currency}
    if as_text:
        money["formatted"] = f"€{amount:,.2f}"
    return money


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _body(invoice: Any, lines: list[Any], token: str, *, as_text: bool) -> bytes:
    currency, due_date, status = invoice["currency"], invoice["due_date"], invoice["status"]
    seller, buyer = orjson.loads(invoice["seller"]), orjson.loads(invoice["buyer"])
    is_open = status in {"ISSUED", "PARTIALLY_PAID"}

    def money(minor: int) -> dict[str, str]:
        return _money(minor, currency, as_text=as_text)

    data = {
        "number": invoice["number"],
        "status": status,
        "isOverdue": is_open and bool(due_date) and due_date < invoice["today"],
        "issueDate": invoice["issue_date"],
        "dueDate": due_date,
        "business": {
            "name": seller["name"],
            "logoUrl": logo_url(invoice["logo_digest"]),
            "address": seller["free_address"],
            "email": invoice["email"],
            "phone": invoice["phone"],
            "website": invoice["website"],
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
                "description": line["description"],
                "quantity": _plain(line["quantity"]),
                "unitPrice": _price(line["unit_price"], currency, as_text=as_text),
                "taxRate": _plain(line["tax_rate"]),
                "amount": money(line["amount"]),
            }
            for line in lines
        ],
        "subtotal": money(invoice["subtotal"]),
        "discount": money(invoice["discount"]),
        "tax": money(invoice["tax"]),
        "total": money(invoice["total"]),
        "amountPaid": money(invoice["amount_paid"]),
        "amountPending": money(invoice["amount_pending"]),
        "amountDue": money(invoice["total"] - invoice["amount_paid"] - invoice["written_off"]),
        "notes": invoice["notes"],
        "pdfUrl": f"{PUBLIC_URL}/invoice/{token}.pdf",
        "payment": None,
    }
    return orjson.dumps({"data": {"invoice": data}})


async def _serve_invoice(request: Request, *, as_text: bool) -> Response:
    token = orjson.loads(await request.body())["variables"]["token"]
    async with request.app.state.pool.acquire() as connection:
        invoice = await connection.fetchrow(_INVOICE, UUID(token))
        lines = await connection.fetch(_LINES, invoice["id"])
    return Response(_body(invoice, lines, token, as_text=as_text), media_type=_JSON)


async def invoice(request: Request) -> Response:
    """Respond with an invoice."""
    return await _serve_invoice(request, as_text=False)


async def invoice_as_text(request: Request) -> Response:
    """Respond with an invoice whose amounts are also formatted."""
    return await _serve_invoice(request, as_text=True)


async def send_bytes(request: Request) -> Response:
    """Respond with as many bytes as the path says."""
    return Response(b"x" * request.path_params["count"], media_type="text/html")


async def record_view(request: Request) -> Response:
    """Insert one row."""
    view = orjson.loads(await request.body())
    state = request.app.state
    async with state.pool.acquire() as connection:
        await connection.execute(
            INSERT_VIEW,
            UUID(view["companyId"]),
            UUID(view["invoiceId"]),
            next(state.sequence),
            datetime.now(UTC),
            request.headers["x-forwarded-for"],
            request.headers["user-agent"],
        )
    return Response(orjson.dumps({"data": {"recordView": {"recorded": True}}}), media_type=_JSON)


async def publish(request: Request) -> Response:
    """Publish the body to the websockets of all processes."""
    await request.app.state.redis.publish(CHANNEL, await request.body())
    return Response(b"{}", media_type=_JSON)


async def live(websocket: WebSocket) -> None:
    """Forward published messages until the client disconnects."""
    await websocket.accept()
    websockets: set[WebSocket] = websocket.app.state.websockets
    websockets.add(websocket)
    with suppress(WebSocketDisconnect):
        await websocket.receive_text()
    websockets.discard(websocket)


async def _forward(redis: Redis, websockets: set[WebSocket]) -> None:
    async with redis.pubsub() as pubsub:
        await pubsub.subscribe(CHANNEL)
        async for message in pubsub.listen():
            if message["type"] == "message":
                text = message["data"].decode()
                for websocket in list(websockets):
                    await websocket.send_text(text)


async def create_view_table(database: asyncpg.Pool | asyncpg.Connection) -> None:
    """Create the table for views, which is like the portal's."""
    await database.execute(_TABLE)


async def _keep_state(_: asyncpg.Connection) -> None:
    """Skip the reset of a connection, since nothing here changes its state."""


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncGenerator[dict[str, ConnectionLimits], None]:
    redis = Redis.from_url(os.environ["REDIS_URL"])
    async with asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=10, max_size=10, reset=_keep_state
    ) as pool:
        await create_view_table(pool)
        app.state.pool = pool
        app.state.redis = redis
        app.state.websockets = set()
        app.state.sequence = count(1)
        forwarding = asyncio.create_task(_forward(redis, app.state.websockets))
        yield {CONNECTION_LIMITS: ConnectionLimits(Settings())}
        forwarding.cancel()
        await asyncio.wait([forwarding])
    await redis.aclose()


def create_app() -> Starlette:
    """Return the application of the floor."""
    return Starlette(
        routes=[
            Route("/invoice", invoice, methods=["POST"]),
            Route("/invoice-as-text", invoice_as_text, methods=["POST"]),
            Route("/portal", portal, methods=["POST"]),
            Route("/bytes/{count:int}", send_bytes),
            Route("/view", record_view, methods=["POST"]),
            Route("/publish", publish, methods=["POST"]),
            WebSocketRoute("/live", live),
        ],
        lifespan=_lifespan,
    )


if __name__ == "__main__":
    uvicorn.run(create_app(), port=int(sys.argv[1]), **SERVER_OPTIONS)
