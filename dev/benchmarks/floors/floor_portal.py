"""The floor's customer portal: balances and a page of invoices in four statements."""

from collections import defaultdict
from datetime import date
from typing import Any, Final
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

PUBLIC_URL: Final = "http://127.0.0.1:8000"

_CUSTOMER: Final = """
SELECT customer.id, customer.name, customer.email, customer.address,
       COALESCE(customer.vat_id, customer.tax_number) AS tax_id,
       company.name AS company_name, company.logo_digest, company.address AS company_address,
       company.email AS company_email, company.phone, company.website,
       COALESCE(company.vat_id, company.tax_number) AS company_tax_id,
       (now() AT TIME ZONE company.time_zone)::date AS today
  FROM customer JOIN company ON company.id = customer.company_id
 WHERE portal_token = $1
"""
_BALANCES: Final = """
SELECT currency, count(*) AS invoices,
       COALESCE(SUM(total - amount_paid - written_off) FILTER (
           WHERE status IN ('ISSUED', 'PARTIALLY_PAID')), 0) AS outstanding,
       COALESCE(SUM(total - amount_paid - written_off) FILTER (
           WHERE status IN ('ISSUED', 'PARTIALLY_PAID') AND due_date < $2), 0) AS overdue
  FROM invoice WHERE customer_id = $1 AND status <> 'DRAFT' GROUP BY currency ORDER BY currency
"""
_CREDIT: Final = """
SELECT currency, SUM(total - applied - paid_out) AS credit FROM credit_note
 WHERE customer_id = $1 AND status IN ('ISSUED', 'APPLIED') GROUP BY currency
"""
_PAGE: Final = """
SELECT number, status, issue_date, due_date, currency, total, amount_paid, written_off
  FROM invoice WHERE customer_id = $1 AND status <> 'DRAFT'
 ORDER BY created_at DESC, id DESC LIMIT $2
"""


def logo_url(digest: str | None) -> str | None:
    """Return the URL of a company's logo."""
    return f"{PUBLIC_URL}/logo/{digest}.png" if digest else None


def _money(minor: int, currency: str) -> dict[str, str]:
    units, cents = divmod(int(minor), 100)
    return {"amount": f"{units}.{cents:02d}", "currency": currency}


def _node(row: Any, today: date) -> dict[str, Any]:
    due_date, status = row["due_date"], row["status"]
    is_open = status in {"ISSUED", "PARTIALLY_PAID"}
    return {
        "number": row["number"],
        "status": status,
        "isOverdue": is_open and bool(due_date) and due_date < today,
        "issueDate": row["issue_date"],
        "dueDate": due_date,
        "total": _money(row["total"], row["currency"]),
        "amountDue": _money(
            row["total"] - row["amount_paid"] - row["written_off"], row["currency"]
        ),
    }


def _body(customer: Any, balances: Any, credit: Any, page: Any) -> bytes:
    credits_: defaultdict[str, int] = defaultdict(int)
    credits_ |= {row["currency"]: row["credit"] for row in credit}
    data = {
        "business": {
            "name": customer["company_name"],
            "logoUrl": logo_url(customer["logo_digest"]),
            "address": customer["company_address"],
            "email": customer["company_email"],
            "phone": customer["phone"],
            "website": customer["website"],
            "taxId": customer["company_tax_id"],
        },
        "customer": {
            "name": customer["name"],
            "email": customer["email"],
            "address": customer["address"],
            "taxId": customer["tax_id"],
        },
        "balances": [
            {
                "outstanding": _money(row["outstanding"], row["currency"]),
                "overdue": _money(row["overdue"], row["currency"]),
                "credit": _money(credits_[row["currency"]], row["currency"]),
            }
            for row in balances
        ],
        "isOverdue": any(row["overdue"] for row in balances),
        "invoices": {
            "totalCount": sum(row["invoices"] for row in balances),
            "edges": [{"node": _node(row, customer["today"])} for row in page],
        },
    }
    return orjson.dumps({"data": {"portal": data}})


async def portal(request: Request) -> Response:
    """Respond with a customer's portal."""
    variables = orjson.loads(await request.body())["variables"]
    token, first = variables["token"], variables.get("first", 20)
    async with request.app.state.pool.acquire() as connection:
        customer = await connection.fetchrow(_CUSTOMER, UUID(token))
        balances = await connection.fetch(_BALANCES, customer["id"], customer["today"])
        credit = await connection.fetch(_CREDIT, customer["id"])
        page = await connection.fetch(_PAGE, customer["id"], first)
    content = _body(customer, balances, credit, page)
    return Response(content, media_type="application/json")
