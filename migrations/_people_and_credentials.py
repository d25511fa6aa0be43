"""The rows of "documents and money" as those of "people and credentials", and back.

Written for the tables as they are in between, so it uses neither the models nor the services.
"""

from tortoise.exceptions import IntegrityError

from db import append_only, search
from db.triggers import credential_changes
from db.table_changes import Direction

NEW_ACTIONS = (
    "SIGNED_IN",
    "SIGN_IN_FAILED",
    "SIGNED_OUT",
    "SESSION_ENDED",
    "PASSWORD_CONFIRMED",
    "PASSWORD_RESET_REQUESTED",
    "SECOND_FACTOR_ENABLED",
    "SECOND_FACTOR_DISABLED",
    "SECOND_FACTOR_RESET",
    "SECOND_FACTOR_REQUIRED",
    "SECOND_FACTOR_NOT_REQUIRED",
    "RECOVERY_CODE_USED",
    "RECOVERY_CODES_REPLACED",
    "EMAILS_TURNED_OFF",
    "EMAIL_TEXT_CHANGED",
    "QUESTION_DELETED",
    "CUSTOMER_CREATED",
    "CUSTOMER_UPDATED",
    "INVOICE_CREATED",
    "INVOICE_ISSUED",
    "INVOICE_CANCELLED",
    "QUOTE_CREATED",
    "CREDIT_NOTE_CREATED",
    "DRAFT_DELETED",
    "EMAIL_SENT",
)
INVITER = (
    "(SELECT {} FROM credential WHERE credential.id = (SELECT credential_id FROM audit_entry"
    " WHERE company_id = invitation.company_id AND action = 'USER_INVITED'"
    " AND subject_id = invitation.user_id ORDER BY at DESC, id DESC LIMIT 1))"
)
"""SQL over the credential with which somebody was invited, according to the audit log."""

SHARES = (
    "INSERT INTO checkout_share (id, checkout_id, invoice_id, position, amount, payable_for)"
    " SELECT id, id, invoice_id, 1, amount, payable_for FROM checkout"
)
"""SQL: each checkout has one invoice, and its share has the id of its payment."""
SHARE = (
    "(SELECT {} FROM checkout_share AS share WHERE share.id = checkout.id"
    " AND (SELECT count(*) FROM checkout_share WHERE checkout_id = checkout.id) = 1)"
)
"""SQL over the only share of a checkout, which has the id of its payment."""
OF_SEVERAL = "SELECT count(DISTINCT checkout_id) AS several FROM checkout_share WHERE position > 1"
"""SQL: the number of checkouts with several invoices."""

CUSTOMER = (
    "COALESCE((SELECT id FROM customer WHERE id = subject_id),"
    " (SELECT customer_id FROM invoice WHERE id = subject_id),"
    " (SELECT customer_id FROM quote WHERE id = subject_id),"
    " (SELECT customer_id FROM credit_note WHERE id = subject_id))"
)
"""SQL: the customer that an entry of the audit log is about."""

CHANGED = ("payment", "invoice_update")
"""The append-only tables with changes."""
SEARCHED = {
    "customer": ("name", "email", "buyer_reference"),
    **dict.fromkeys(
        ("invoice", "quote", "credit_note"),
        ("number", "requested_number", "purchase_order", "buyer_reference", "summary", "notes"),
    ),
}
"""The columns by which rows are searched, by table."""


async def prepare_forward(editor):
    """Give checkouts their shares, and delete the invitations of which nobody knows who invited."""
    await _run(editor, SHARES)
    await _run(editor, f"DELETE FROM invitation WHERE {INVITER.format('credential.id')} IS NULL")
    await append_only.unprotect(editor, *CHANGED)


def values_forward(dialect):
    """Return the new columns' values."""
    first_line = {
        "postgres": "rtrim(split_part(description, chr(10), 1))",
        "sqlite": "rtrim(substr(description, 1, instr(description || char(10), char(10)) - 1))",
    }[dialect]
    summaries = {
        table: {
            "summary": f"COALESCE((SELECT CASE WHEN length({first_line}) <= 100 THEN {first_line}"
            f" ELSE rtrim(substr({first_line}, 1, 99)) || '…' END FROM {table}_line"
            f" WHERE {table}_id = {table}.id ORDER BY position LIMIT 1), '')"
        }
        for table in ("invoice", "quote", "credit_note")
    }
    inviter = INVITER.format("CASE WHEN credential.kind = 'SESSION' THEN credential.user_id END")
    inviter_key = INVITER.format("CASE WHEN credential.kind = 'API_KEY' THEN credential.id END")
    off = {
        f"{category}_off_at": f"CASE WHEN NOT {category}_emails THEN updated_at END"
        for category in ("document", "reminder", "marketing")
    }
    return {
        **summaries,
        "email_preference": off,
        "invitation": {
            "kind": "'INVITATION'",
            "inviter_id": inviter,
            "inviter_key_id": inviter_key,
        },
        "audit_entry": {"customer_id": CUSTOMER},
        "invoice_update": {
            "customer_id": "(SELECT customer_id FROM invoice WHERE id = invoice_update.invoice_id)"
        },
        "payment": {"currency": "(SELECT currency FROM invoice WHERE id = payment.invoice_id)"},
    }


async def finish_forward(editor):
    """Count the changes of what credentials allow from now on, and make rows searchable."""
    await append_only.protect(editor, *CHANGED)
    for table, columns in SEARCHED.items():
        await search.fill(editor, table, columns)
    await search.create_indexes(editor, *SEARCHED)
    await credential_changes.count_changes(editor)


async def prepare_backward(editor):
    """Delete what the earlier version can't read: password resets and new kinds of audit entries.

    Second factors are lost, too. If two companies have users with one address, the earlier tables'
    constraints fail. Raises IntegrityError if clients have begun to pay several invoices at once.
    """
    [row] = await editor.client.execute_query_dict(OF_SEVERAL)
    if row["several"]:
        raise IntegrityError(
            f"Checkouts of several invoices each: {row['several']}. The earlier version can't have"
            " them, so there is no way back but a backup from before the upgrade."
        )
    await append_only.unprotect(editor, *CHANGED)
    await search.drop_indexes(editor, *SEARCHED)
    await credential_changes.stop_counting(editor)
    await _run(editor, "DELETE FROM invitation WHERE kind <> 'INVITATION'")
    await _run(editor, "DELETE FROM email_delivery WHERE kind = 'INVITATION'")
    await _run(editor, "UPDATE email_delivery SET status = 'FAILED' WHERE status = 'CANCELLED'")
    await _run(
        editor,
        "DELETE FROM logo WHERE NOT EXISTS (SELECT 1 FROM company"
        " WHERE company.id = logo.company_id AND company.logo_digest = logo.digest)",
    )
    actions = ", ".join(f"'{action}'" for action in NEW_ACTIONS)
    await _run(editor, f"DELETE FROM audit_entry WHERE action IN ({actions})")
    await _run(
        editor,
        "DELETE FROM invoice_update WHERE change LIKE 'QU%'"
        " OR change IN ('READ', 'PDF_DOWNLOADED', 'PAY_CLICKED')",
    )


def values_backward(_):
    """Return the old columns' values. There are none for a checkout with several invoices."""
    return {
        "checkout": {
            "invoice_id": SHARE.format("invoice_id"),
            "payable_for": SHARE.format("payable_for"),
        },
    }


async def finish_backward(editor):
    """Let nobody edit what is only added to."""
    await append_only.protect(editor, *CHANGED)


async def _run(editor, sql):
    await editor.client.execute_query(sql)


FORWARD = Direction(prepare=prepare_forward, values=values_forward, finish=finish_forward)
BACKWARD = Direction(prepare=prepare_backward, values=values_backward, finish=finish_backward)
