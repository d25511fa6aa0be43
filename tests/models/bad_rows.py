"""For each check of the database, rows that it refuses."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, TypeAlias
from uuid import uuid4

from tests.support.rows import NOW, TOTAL

Checks: TypeAlias = dict[str, tuple[str, Sequence[dict[str, Any]]]]
"""By the check's name: its table, and changes to the table's first row that it refuses."""

_DRAFT: Final[dict[str, Any]] = {
    "status": "DRAFT",
    "number": None,
    "number_key": None,
    "language": None,
    "seller_snapshot_id": None,
    "buyer_snapshot_id": None,
}
_NOT_SHARED: Final[dict[str, Any]] = {"share_token": None, "shared_at": None}
_SIGNED: Final[Sequence[dict[str, Any]]] = [
    {"amount": 0},
    {"amount": -1},
    {"reverses_id": uuid4()},
]


def _party(table: str) -> Checks:
    """Return the checks of a `PartyModel`."""
    checks: Checks = {
        "country": (table, [{"address": None, "country": c} for c in ("D", "de")]),
        "one_address": (
            table,
            [
                {"address": "x", column: "x"}
                for column in ("street", "postal_code", "city", "region")
            ],
        ),
        "payment_days": (table, [{"payment_days": -1}, {"payment_days": 3651}]),
        "default_tax_rate": (table, [{"default_tax_rate": -1}, {"default_tax_rate": 101}]),
    }
    return {f"{table}_{name}": check for name, check in checks.items()}


def _document(table: str) -> Checks:
    """Return the checks of a `PricedDocument`."""
    checks: Checks = {
        "currency": (table, [{"currency": "EU"}]),
        "tax_rounding": (table, [{"tax_rounding": "UP"}]),
        "total": (table, [{"total": TOTAL + 1}]),
        "amounts": (table, [{"discount_amount": -1}, {"subtotal": -1, "total": -1}]),
        "numbered": (table, [{"number": None, "number_key": None}, {"number_key": None}]),
        "frozen": (
            table,
            [{column: None} for column in ("seller_snapshot_id", "buyer_snapshot_id", "language")],
        ),
        "period": (
            table,
            [{"period_start": date(2026, 2, 2), "period_end": date(2026, 2, 1)}],
        ),
        "shared_at": (table, [{"share_token": None}, {"shared_at": None}]),
    }
    return {f"{table}_{name}": check for name, check in checks.items()}


def _line(table: str) -> Checks:
    """Return the checks of a `DocumentLine`."""
    checks: Checks = {
        "quantity": (table, [{"quantity": 0}]),
        "amounts": (table, [{"discount_amount": -1}]),
        "tax_category": (table, [{"tax_category": "LUXURY"}]),
        "tax_rate": (
            table,
            [{"tax_rate": -1}, {"tax_rate": 1}, {"tax_category": "STANDARD"}],
        ),
        "second_tax": (
            table,
            [
                {"second_tax": 1},
                {"second_tax_name": "QST"},
                {"second_tax_rate": 1},
            ],
        ),
    }
    return {f"{table}_{name}": check for name, check in checks.items()}


BAD: Final[Checks] = {
    **_party("company"),
    **_party("customer"),
    **_document("invoice"),
    **_document("quote"),
    **_document("credit_note"),
    **_line("invoice_line"),
    **_line("quote_line"),
    **_line("credit_note_line"),
    "company_tax_rounding": ("company", [{"tax_rounding": "UP"}]),
    "company_vat_scheme": ("company", [{"vat_scheme": "OTHER"}]),
    "company_paper_size": ("company", [{"paper_size": "A5"}]),
    "customer_e_invoice": ("customer", [{"e_invoice": "WORD"}]),
    "company_minimum_reminder": ("company", [{"minimum_reminder": -1}]),
    "company_minimum_payment": ("company", [{"minimum_payment": 0}]),
    "company_view_retention": ("company", [{"view_retention_days": 0}]),
    "schedule_numbers": ("schedule", [{"lease": -1}, {"seconds": -1}]),
    "schedule_done_until": ("schedule", [{"succeeded_at": NOW}, {"done_until": NOW}]),
    "company_plan": ("company", [{"plan": "GOLD"}]),
    "company_currency": ("company", [{"currency": "EU"}]),
    "logo_digest": ("logo", [{"digest": "abc"}]),
    "logo_size": ("logo", [{"width": 0}, {"height": 0}]),
    "staff_user_email_lower": ("staff_user", [{"email": "Ada@example.com"}]),
    "credential_kind": ("credential", [{"kind": "COOKIE", "expires_at": NOW}]),
    "staff_user_second_factor": (
        "staff_user",
        [
            {"totp_secret": None, "totp_last_step": 1},
            {"totp_secret": None, "totp_confirmed_at": NOW},
        ],
    ),
    "recovery_code_hash": ("recovery_code", [{"code_hash": "short"}]),
    "sample_invoice_opens": (
        "sample_invoice",
        [{"open_count": -1}, {"open_count": 0}, {"last_opened_at": None}],
    ),
    "credential_secret_hash": ("credential", [{"secret_hash": "short"}]),
    "credential_parent_kind": (
        "credential",
        [{"kind": "SESSION", "user_id": uuid4(), "expires_at": NOW, "parent_id": uuid4()}],
    ),
    "credential_signed_in_kind": (
        "credential",
        [{"confirmed_at": NOW}, {"ip": "192.0.2.1"}, {"user_agent": "x"}],
    ),
    "invitation_secret_hash": ("invitation", [{"secret_hash": "short"}]),
    "invitation_kind": ("invitation", [{"kind": "GIFT"}]),
    "invitation_inviter": (
        "invitation",
        [
            {"inviter_id": None},
            {"inviter_key_id": uuid4()},
            {"kind": "EMAILED", "inviter_id": None},
            {"kind": "PASSWORD_RESET"},
            {"kind": "PASSWORD_RESET", "inviter_id": None, "inviter_key_id": uuid4()},
        ],
    ),
    "credential_session_has_user_and_end": (
        "credential",
        [{"kind": "SESSION"}, {"kind": "SESSION", "user_id": None, "expires_at": NOW}],
    ),
    "customer_portal_shared_at": (
        "customer",
        [{"portal_token": None}, {"portal_shared_at": None}],
    ),
    "invoice_status": ("invoice", [{"status": "LOST"}]),
    "invoice_paid": (
        "invoice",
        [
            {"amount_paid": -1},
            {"amount_paid": TOTAL + 1},
            {"written_off": -1},
            {"written_off": TOTAL + 1},
            {"amount_paid": TOTAL, "written_off": 1},
            {"amount_pending": -1},
        ],
    ),
    "invoice_paid_status": (
        "invoice",
        [{"amount_paid": TOTAL}, {"written_off": TOTAL}, {"status": "PAID"}],
    ),
    "invoice_partially_paid_status": (
        "invoice",
        [
            {"amount_paid": 1},
            {"status": "PARTIALLY_PAID"},
            {"status": "PARTIALLY_PAID", "written_off": 1},
        ],
    ),
    "invoice_draft": (
        "invoice",
        [
            _DRAFT | {"issued_at": None},
            _DRAFT | {"issued_at": None, **_NOT_SHARED, "amount_paid": 1},
            _DRAFT | {"issued_at": None, **_NOT_SHARED, "written_off": 1},
        ],
    ),
    "invoice_issued_at": ("invoice", [{"issued_at": None}]),
    "invoice_cancelled_at": ("invoice", [{"status": "CANCELLED"}, {"cancelled_at": NOW}]),
    "invoice_due_after_issue": (
        "invoice",
        [{"issue_date": date(2026, 2, 2), "due_date": date(2026, 2, 1)}],
    ),
    "invoice_minimum_payment": ("invoice", [{"minimum_payment": 0}]),
    "invoice_view_counters": (
        "invoice",
        [
            {"view_count": 1},
            {"view_count": 1, "last_viewed_at": NOW},
            {"view_count": 1, "first_viewed_at": NOW},
            {"view_count": 1, "unique_ips": 2, "first_viewed_at": NOW, "last_viewed_at": NOW},
            {"view_count": -1, "unique_ips": -1, "first_viewed_at": NOW, "last_viewed_at": NOW},
            {"read_count": 1},
            {"first_read_at": NOW},
            {"read_count": 2, "first_read_at": NOW},
            {"read_count": -1, "first_read_at": NOW},
        ],
    ),
    "payment_amount": ("payment", [{"amount": 0}, {"amount": -1}]),
    "account_entry_currency": ("account_entry", [{"currency": "EU"}]),
    "account_month_currency": ("account_month", [{"currency": "EU"}]),
    "payment_currency": ("payment", [{"currency": "EU"}]),
    "invoice_view_suspected": ("invoice_view", [{"suspected": True}]),
    "invoice_view_read": ("invoice_view", [{"automated": True, "read_at": NOW}]),
    "invoice_view_acted_on": (
        "invoice_view",
        [{"pdf_downloaded_at": NOW}, {"pay_clicked_at": NOW}],
    ),
    "invoice_view_source": ("invoice_view", [{"source": "PIGEON"}]),
    "invoice_update_change": ("invoice_update", [{"change": "LOST"}]),
    "invoice_update_amount": ("invoice_update", [{"amount": 0}, {"amount": -1}]),
    "invoice_update_document": (
        "invoice_update",
        [{"invoice_id": None}, {"quote_id": uuid4()}, {"credit_note_id": uuid4()}],
    ),
    "quote_status": ("quote", [{"status": "LOST"}]),
    "quote_sent_at": ("quote", [{"sent_at": None}]),
    "quote_decided_at": (
        "quote",
        [{"decided_at": NOW}, {"status": "ACCEPTED"}, {"status": "DECLINED"}],
    ),
    "quote_answered": ("quote", [{"answered_by": "Ada"}]),
    "quote_answered_by": (
        "quote",
        [
            {"answer_note": "Now"},
            {"answer_ip": "192.0.2.1"},
            {"status": "DECLINED", "decided_at": NOW, "answered_by": ""},
            {"status": "ACCEPTED", "decided_at": NOW, "answer_purchase_order": "7"},
        ],
    ),
    "quote_answer_purchase_order": (
        "quote",
        [
            {
                "status": "DECLINED",
                "decided_at": NOW,
                "answered_by": "Ada",
                "answer_purchase_order": "7",
            }
        ],
    ),
    "quote_invoice": ("quote", [{"invoice_id": uuid4()}]),
    "quote_draft": ("quote", [_DRAFT | {"sent_at": None}]),
    "quote_valid_after_issue": (
        "quote",
        [{"issue_date": date(2026, 2, 2), "valid_until": date(2026, 2, 1)}],
    ),
    "question_document": (
        "question",
        [{"invoice_id": None}, {"quote_id": uuid4()}, {"credit_note_id": uuid4()}],
    ),
    "question_content": ("question", [{"name": ""}, {"text": ""}, {"deleted_at": NOW}]),
    "question_answer_content": (
        "question_answer",
        [{"author": ""}, {"text": ""}, {"deleted_at": NOW}],
    ),
    "credit_note_status": ("credit_note", [{"status": "LOST"}]),
    "credit_note_used": (
        "credit_note",
        [
            {"subtotal": 0, "total": 0},
            {"applied": -1},
            {"paid_out": -1},
            {"paid_out": TOTAL + 1},
            {"status": "APPLIED", "applied": TOTAL, "paid_out": 1},
        ],
    ),
    "credit_note_paid_out_status": (
        "credit_note",
        [{"status": "VOID", "voided_at": NOW, "paid_out": 1}],
    ),
    "credit_note_draft": ("credit_note", [_DRAFT | {"issued_at": None}]),
    "credit_note_applied_status": ("credit_note", [{"applied": 1}, {"status": "APPLIED"}]),
    "credit_note_issued_at": (
        "credit_note",
        [{"issued_at": None}, {"status": "APPLIED", "applied": 1, "issued_at": None}],
    ),
    "credit_note_voided_at": ("credit_note", [{"voided_at": NOW}, {"status": "VOID"}]),
    "credit_application_amount": ("credit_application", _SIGNED),
    "credit_payout_amount": ("credit_payout", _SIGNED),
    "write_off_amount": ("write_off", [{"amount": 0}]),
    "number_series_kinds": ("number_series", [{"kind": "LETTER"}]),
    "number_counter_kind": ("number_counter", [{"kind": "LETTER"}]),
    "number_counter_next": ("number_counter", [{"next": 0}]),
    "party_snapshot_digest_length": ("party_snapshot", [{"digest": "abc"}]),
    "stripe_refund_status": ("stripe_refund", [{"status": "LOST"}]),
    "stripe_refund_amount": ("stripe_refund", [{"amount": 0}, {"amount": -1}]),
    "stripe_refund_next_attempt": (
        "stripe_refund",
        [{"next_attempt_at": NOW}, {"status": "REQUESTED"}],
    ),
    "email_preference_address_lower": ("email_preference", [{"address": "Ada@example.com"}]),
    **{
        f"email_preference_{category}_off": (
            "email_preference",
            [
                {f"{category}_emails": False},
                {f"{category}_off_at": NOW},
                {f"{category}_emails": False, f"{category}_off_by": "LINK"},
                {
                    f"{category}_emails": False,
                    f"{category}_off_at": NOW,
                    f"{category}_off_by": "FATE",
                },
            ],
        )
        for category in ("document", "reminder", "marketing")
    },
    "email_text_kind": ("email_text", [{"kind": "LETTER"}]),
    "email_text_content": ("email_text", [{"subject": None, "message": None}]),
    "email_delivery_blind_copy": ("email_delivery", [{"is_blind_copy": True}]),
    "email_delivery_kind": (
        "email_delivery",
        [{"kind": "PIGEON", "invoice_id": None, "stage": None}],
    ),
    "email_delivery_subject": (
        "email_delivery",
        [
            {"invoice_id": None},
            {"quote_id": uuid4()},
            {"announcement_id": uuid4()},
            {"answer_id": uuid4()},
            {"kind": "ANSWER", "invoice_id": None, "stage": None},
            {"kind": "RECEIPT", "stage": None},
            {"kind": "REFUND", "stage": None},
            {"kind": "PAYMENT_FAILED", "stage": None},
            {"payment_id": uuid4()},
            {"reversal_id": uuid4()},
            {"checkout_share_id": uuid4()},
            {"kind": "QUOTE", "invoice_id": None, "stage": None},
            {"kind": "ANNOUNCEMENT", "invoice_id": None, "stage": None},
            {"kind": "INVOICE", "invoice_id": None, "stage": None},
            {"kind": "INVITATION", "invoice_id": None, "stage": None},
        ],
    ),
    "email_delivery_sent_with_kind": (
        "email_delivery",
        [{"kind": "INVOICE", "stage": None, "sent_with_id": uuid4()}],
    ),
    "email_delivery_copy_kind": ("email_delivery", [{"copy_of_id": uuid4()}]),
    "email_delivery_stage_kind": ("email_delivery", [{"kind": "INVOICE"}]),
    "email_delivery_status": ("email_delivery", [{"status": "LOST", "sent_at": None}]),
    "email_delivery_next_attempt": (
        "email_delivery",
        [
            {"next_attempt_at": NOW},
            {"status": "QUEUED", "sent_at": None},
            {"status": "SENDING", "sent_at": None},
        ],
    ),
    "email_delivery_sent_at": ("email_delivery", [{"sent_at": None}, {"status": "FAILED"}]),
    "email_delivery_attempts": ("email_delivery", [{"attempts": -1}]),
    "checkout_status": ("checkout", [{"status": "LOST"}]),
    "checkout_amount": ("checkout", [{"amount": 0}, {"amount": -1}, {"charge_refunded": -1}]),
    "checkout_currency": ("checkout", [{"currency": "EU"}]),
    "checkout_share_amount": (
        "checkout_share",
        [{"amount": 0}, {"amount": -1}, {"position": 0}, {"position": -1}],
    ),
    "checkout_share_payable_for": ("checkout_share", [{"payable_for": uuid4()}]),
    "checkout_session": (
        "checkout",
        [
            {"session_id": None},
            {"status": "PENDING", "session_id": None},
            {"status": "FAILED", "session_id": None},
            {"status": "PAID", "session_id": None},
        ],
    ),
    "checkout_url": ("checkout", [{"url": None}]),
    "checkout_method": ("checkout", [{"method_brand": "visa"}, {"method_last4": "4242"}]),
    "checkout_failure": ("checkout", [{"failure_code": "insufficient_funds"}]),
    "payment_reversal_kind": ("payment_reversal", [{"kind": "THEFT"}]),
    "payment_reversal_status": ("payment_reversal", [{"status": "LOST"}]),
    "payment_reversal_amount": ("payment_reversal", [{"amount": 0}, {"amount": -1}]),
    "reversal_kind": ("reversal", [{"kind": "THEFT"}]),
    "reversal_reversed_payment": (
        "reversal",
        [
            {"kind": "REVERSAL"},
            {"reversed_payment_id": uuid4()},
            {"kind": "REVERSAL", "reversed_payment_id": uuid4()},
        ],
    ),
    "reversal_amount": ("reversal", [{"amount": 0}]),
    "surplus_amount": ("surplus", [{"amount": 0}, {"amount": -1}]),
    "stripe_event_status": ("stripe_event", [{"status": "LOST", "payload": None}]),
    "stripe_event_payload": (
        "stripe_event",
        [
            {"payload": None},
            {"status": "WAITING", "payload": None},
            {"status": "APPLIED"},
            {"status": "IGNORED"},
        ],
    ),
    "stripe_event_waits_for": (
        "stripe_event",
        [{"status": "WAITING", "payment_intent": None}],
    ),
    "webhook_kind": ("webhook", [{"kind": "FAX", "secret": ""}]),
    "webhook_recipient": (
        "webhook",
        [
            {"user_id": uuid4()},
            {"kind": "CHAT", "secret": ""},
            {"kind": "EMAIL", "secret": "", "url": "", "user_id": None},
        ],
    ),
    "webhook_url": ("webhook", [{"url": "ftp://shop.example"}, {"url": ""}]),
    "webhook_event_names": ("webhook", [{"event_names": ""}]),
    "webhook_secret": ("webhook", [{"secret": "secret"}]),
    "webhook_disabled_reason": ("webhook", [{"enabled": True}]),
    "webhook_delivery_state": ("webhook_delivery", [{"state": "LOST", "delivered_at": None}]),
    "webhook_delivery_attempts": ("webhook_delivery", [{"attempts": -1}]),
    "webhook_delivery_delivered": (
        "webhook_delivery",
        [{"delivered_at": None}, {"state": "FAILED"}, {"payload": None}],
    ),
}
