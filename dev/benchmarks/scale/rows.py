"""What is loaded for each invoice: how its rows differ from those that are copied."""

from typing import Final

from dev.benchmarks.scale.copies import Copies

_NEW: Final = {"id": "gen_random_uuid()"}
_OF_INVOICE: Final = {
    "company_id": "r.company_id",
    "customer_id": "r.customer_id",
    "invoice_id": "r.id",
}
_COMPANY_AND_INVOICE: Final = {"company_id": "r.company_id", "invoice_id": "r.id"}
_LAST_VIEW: Final = "r.created_at + r.step * r.views"
_ISSUED: Final = "(SELECT * FROM scale_invoice WHERE status <> 'DRAFT')"
_PAID: Final = "(SELECT * FROM scale_invoice WHERE status IN ('PAID', 'PARTIALLY_PAID'))"
_PAID_ONLINE: Final = "(SELECT * FROM scale_invoice WHERE status = 'PAID' AND luck % 100 < 60)"
_AMOUNT_PAID: Final = (
    "CASE r.status WHEN 'PAID' THEN {total} WHEN 'PARTIALLY_PAID' THEN 100 ELSE 0 END"
)
_CHECKOUT_ID: Final = "md5('checkout ' || r.n)::uuid"
_PAYMENT_ID: Final = "md5('payment ' || r.n)::uuid"
_WITH_LINK: Final = "CASE WHEN r.shared THEN {} END"
_UNLESS_DRAFT: Final = "CASE WHEN r.status <> 'DRAFT' THEN {} END"
_OVERDUE: Final = "(current_date - created_at::date - 30)"
"""The days since it was due."""
_STAGE: Final = (
    f"CASE WHEN {_OVERDUE} >= 14 THEN 14 WHEN {_OVERDUE} >= 7 THEN 7 WHEN {_OVERDUE} >= 1 THEN 1"
    " ELSE -3 END"
).replace("created_at", "r.created_at")
_NEXT_STAGE: Final = (
    f"CASE WHEN {_OVERDUE} <= -3 THEN -3 WHEN {_OVERDUE} <= 1 THEN 1 WHEN {_OVERDUE} <= 7 THEN 7"
    f" WHEN {_OVERDUE} <= 14 THEN 14 END"
).replace("created_at", "r.created_at")
_REMINDED: Final = (
    f"status IN ('ISSUED', 'PARTIALLY_PAID') AND {_OVERDUE} > -3 AND {_OVERDUE} NOT IN (1, 7, 14)"
    " OR status = 'PAID' AND luck % 100 < 90"
)
"""Half of those that are paid, and all that should have been before today."""
_SUMMARY: Final = "initcap(r.subject) || ', part ' || r.luck % 1000"
_TEXT: Final = f"lower(r.number) || ' ' || lower({_SUMMARY})"


def _times(*columns: str) -> dict[str, str]:
    """Return amounts that are a multiple of the sample's, which keeps every sum right."""
    return {column: f"t.{column} * r.factor" for column in columns}


_COMPANIES: Final = (
    Copies(
        table="company",
        rows="(SELECT * FROM scale_company WHERE c > 1)",
        changes={"id": "r.id", "name": "'Business ' || r.c"},
    ),
    Copies(
        table="view_feed",
        rows="(SELECT * FROM scale_company WHERE c > 1)",
        changes={**_NEW, "company_id": "r.id"},
    ),
    Copies(
        table="party_snapshot",
        rows="scale_company",
        where="id = (SELECT seller_snapshot_id FROM invoice LIMIT 1)",
        changes={
            "id": "md5('seller ' || r.c)::uuid",
            "company_id": "r.id",
            "digest": "encode(sha256(convert_to(t.content || r.c, 'UTF8')), 'hex')",
        },
    ),
)
_CUSTOMERS: Final = (
    Copies(
        table="customer",
        rows="scale_customer",
        changes={
            "id": "r.id",
            "company_id": "r.company_id",
            "name": "r.name",
            "email": "r.email",
            "search_text": "lower(r.name || ' ' || r.email)",
            "portal_token": "CASE WHEN r.k % 2 = 0 THEN gen_random_uuid() END",
            "portal_shared_at": "CASE WHEN r.k % 2 = 0 THEN t.portal_shared_at END",
            "created_at": "t.created_at - r.k * interval '10 minutes'",
        },
    ),
    Copies(
        table="email_preference",
        rows="scale_customer",
        changes={
            **_NEW,
            "company_id": "r.company_id",
            "address": "r.email",
            "token": "gen_random_uuid()",
        },
    ),
    Copies(
        table="party_snapshot",
        rows="scale_customer",
        where="id = (SELECT buyer_snapshot_id FROM invoice LIMIT 1)",
        changes={
            "id": "md5('buyer ' || r.c || ' ' || r.k)::uuid",
            "company_id": "r.company_id",
            "content": "replace(t.content, 'Sample Customer', r.name)",
            "digest": "encode(sha256(convert_to(t.content || r.k, 'UTF8')), 'hex')",
        },
    ),
)
_DOCUMENT: Final = {
    **_times("subtotal", "tax", "total"),
    "company_id": "r.company_id",
    "customer_id": "r.customer_id",
    "summary": _SUMMARY,
    "seller_snapshot_id": _UNLESS_DRAFT.format("md5('seller ' || r.c)::uuid"),
    "buyer_snapshot_id": _UNLESS_DRAFT.format("md5('buyer ' || r.c || ' ' || r.customer_k)::uuid"),
    "issue_date": _UNLESS_DRAFT.format("r.created_at::date"),
    "created_at": "r.created_at",
    "updated_at": "r.created_at",
    "has_questions": "r.luck % 100 = 7",
}
_INVOICES: Final = (
    Copies(
        table="invoice",
        rows="scale_invoice",
        changes={
            **_DOCUMENT,
            "id": "r.id",
            "number": _UNLESS_DRAFT.format("r.number"),
            "number_key": _UNLESS_DRAFT.format("lower(r.number)"),
            "search_text": _TEXT,
            "status": "r.status",
            "language": _UNLESS_DRAFT.format("t.language"),
            "due_date": "r.created_at::date + 30",
            "amount_paid": _AMOUNT_PAID.format(total="t.total * r.factor"),
            "share_token": _WITH_LINK.format("gen_random_uuid()"),
            "shared_at": _WITH_LINK.format("r.created_at"),
            "view_count": "r.views",
            "unique_ips": "r.views",
            "first_viewed_at": "CASE WHEN r.views > 0 THEN r.created_at + r.step END",
            "last_viewed_at": f"CASE WHEN r.views > 0 THEN {_LAST_VIEW} END",
            "last_viewed_hour": f"CASE WHEN r.views > 0 THEN date_trunc('hour', {_LAST_VIEW}) END",
            "issued_at": _UNLESS_DRAFT.format("r.created_at"),
            "next_reminder_on": _WITH_LINK.format(f"r.created_at::date + 30 + {_NEXT_STAGE}"),
            "cancelled_at": "CASE r.status WHEN 'CANCELLED' THEN r.created_at END",
        },
    ),
    Copies(
        table="invoice_line",
        rows="scale_invoice",
        samples=3,
        changes={**_times("unit_price", "amount", "net", "tax"), "invoice_id": "r.id"},
    ),
)
_VIEWS: Final = (
    Copies(
        table="invoice_view",
        rows="""(
            SELECT *, row_number() OVER (PARTITION BY company_id ORDER BY viewed_at) + 1 AS sequence
            FROM (
                SELECT id, company_id, customer_id, created_at + step * view AS viewed_at,
                    luck + view AS ip
                FROM scale_invoice, generate_series(1, views) AS view
                UNION ALL
                SELECT t.invoice_id, t.company_id, t.customer_id,
                    now() - ({views} - view) * (interval '60 days' / {views}), view
                FROM generate_series(2, {views}) AS view, (SELECT * FROM invoice_view LIMIT 1) AS t
            ) AS viewed
        )""",
        changes={
            **_COMPANY_AND_INVOICE,
            "customer_id": "r.customer_id",
            "sequence": "r.sequence",
            "viewed_at": "r.viewed_at",
            "ip": "'203.0.' || r.ip / 250 % 250 || '.' || r.ip % 250",
        },
    ),
    Copies(
        table="invoice_viewer",
        rows="""(
            SELECT id, luck + view AS ip FROM scale_invoice, generate_series(1, views) AS view
            UNION ALL SELECT t.invoice_id, ip
            FROM generate_series(2, LEAST({views}, 62500)) AS ip,
                (SELECT invoice_id FROM invoice_viewer LIMIT 1) AS t
        )""",
        changes={"invoice_id": "r.id", "ip": "'203.0.' || r.ip / 250 % 250 || '.' || r.ip % 250"},
    ),
)
_LEDGER: Final = (
    Copies(
        table="payment",
        rows=_PAID,
        changes={
            **_COMPANY_AND_INVOICE,
            "id": _PAYMENT_ID,
            "amount": _AMOUNT_PAID.format(total="(SELECT total FROM invoice WHERE id = r.id)"),
            "received_at": "r.created_at + r.step * 5",
            "created_at": "r.created_at + r.step * 5",
        },
    ),
    Copies(
        table="checkout",
        rows=_PAID_ONLINE,
        changes={
            "id": _CHECKOUT_ID,
            "company_id": "r.company_id",
            "amount": "(SELECT total FROM invoice WHERE id = r.id)",
            "status": "'PAID'",
            "session_id": "'cs_' || r.n",
            "payment_intent": "'pi_' || r.n",
            "created_at": "r.created_at",
        },
    ),
    Copies(
        table="checkout_share",
        rows=_PAID_ONLINE,
        changes={
            "id": _PAYMENT_ID,
            "checkout_id": _CHECKOUT_ID,
            "invoice_id": "r.id",
            "amount": "(SELECT total FROM invoice WHERE id = r.id)",
        },
    ),
    Copies(
        table="stripe_event",
        rows=_PAID_ONLINE,
        changes={
            "id": "'evt_' || r.n",
            "company_id": "r.company_id",
            "status": "CASE WHEN r.luck % 3 = 0 THEN 'IGNORED' ELSE 'APPLIED' END",
            "created_at": "r.created_at",
            "received_at": "r.created_at",
        },
    ),
    Copies(
        table="invoice_update",
        where="change = 'ISSUED' AND invoice_id IS NOT NULL",
        rows=f"""(
            SELECT *, row_number() OVER (PARTITION BY company_id ORDER BY at) + 100 AS sequence
            FROM (
                SELECT *, created_at AS at, 'ISSUED' AS change, NULL::bigint AS amount
                FROM {_ISSUED} AS issued
                UNION ALL SELECT *, created_at + step * 5, 'PAYMENT_RECEIVED', 100
                FROM {_PAID} AS paid
                UNION ALL SELECT *, created_at + step, 'READ', NULL FROM scale_invoice
                WHERE views > 0
            ) AS change
        )""",
        changes={
            **_OF_INVOICE,
            "sequence": "r.sequence",
            "change": "r.change",
            "amount": "r.amount",
            "at": "r.at",
        },
    ),
)
_TRACES: Final = (
    *(
        Copies(
            table="audit_entry",
            where=f"action = '{action}'",
            rows=rows,
            changes={
                **_NEW,
                "company_id": "r.company_id",
                "customer_id": "r.customer_id",
                "subject_id": "r.id",
                "subject": "'invoice ' || r.number",
                "at": "r.created_at",
            },
        )
        for action, rows in (
            ("INVOICE_CREATED", "scale_invoice"),
            ("INVOICE_ISSUED", _ISSUED),
            ("INVOICE_SHARED", "(SELECT * FROM scale_invoice WHERE shared)"),
        )
    ),
    *(
        Copies(
            table="email_delivery",
            rows=f"(SELECT * FROM scale_invoice WHERE {condition})",
            where="kind = 'INVOICE'",
            changes={
                **_NEW,
                **_OF_INVOICE,
                "kind": f"'{kind}'",
                "stage": stage,
                "recipient": "'client-' || r.customer_k || '@customer.example'",
                "created_at": f"r.created_at + {delay}",
                "sent_at": f"r.created_at + {delay}",
            },
        )
        for kind, condition, stage, delay in (
            ("INVOICE", "shared", "NULL", "interval '0'"),
            ("REMINDER", f"shared AND ({_REMINDED})", _STAGE, "r.step * 9"),
        )
    ),
    Copies(
        table="webhook_delivery",
        where="state = 'DELIVERED'",
        rows="""(
            SELECT scale_invoice.*, webhook.id AS webhook_id
            FROM scale_invoice JOIN webhook USING (company_id)
        )""",
        changes={
            **_NEW,
            "company_id": "r.company_id",
            "webhook_id": "r.webhook_id",
            "subject_id": "r.id::text",
            "occurred_at": "r.created_at",
            "queued_at": "r.created_at",
            "delivered_at": "r.created_at",
            "sequence": "1000 + r.n",
        },
    ),
    Copies(
        table="question",
        rows="(SELECT * FROM scale_invoice WHERE status <> 'DRAFT' AND luck % 100 = 7)",
        changes={**_NEW, **_OF_INVOICE, "asked_at": "r.created_at + r.step"},
    ),
)


def _others(table: str, prefix: str, share: int, lines: int, **changes: str) -> tuple[Copies, ...]:
    """Return the copies of other documents than invoices, and of their lines."""
    rows = f"(SELECT * FROM scale_invoice WHERE status <> 'DRAFT' AND luck % {share} = 3)"
    id_, number = f"md5('{table} ' || r.n)::uuid", f"'{prefix}-' || r.n"
    return (
        Copies(
            table=table,
            rows=rows,
            changes={
                **_DOCUMENT,
                "id": id_,
                "number": number,
                "number_key": f"lower({number})",
                "search_text": f"lower({number} || ' ' || {_SUMMARY})",
                "share_token": _WITH_LINK.format("gen_random_uuid()"),
                "shared_at": _WITH_LINK.format("r.created_at"),
                **changes,
            },
        ),
        Copies(
            table=f"{table}_line",
            rows=rows,
            samples=lines,
            changes={**_times("unit_price", "amount", "net", "tax"), f"{table}_id": id_},
        ),
    )


ALL: Final = (
    *_COMPANIES,
    *_CUSTOMERS,
    *_INVOICES,
    *_VIEWS,
    *_LEDGER,
    *_TRACES,
    *_others("quote", "QU", 10, 3, sent_at="r.created_at"),
    *_others("credit_note", "CN", 20, 1, issued_at="r.created_at"),
)
"""All rows, in the order in which they are loaded."""
