from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from db import append_only
from db.operations import CreateTables
from models.audit_log import AuditAction
from models.checkouts import CheckoutStatus, PaymentReversalKind, PaymentReversalStatus
from models.companies import Plan
from models.credit_notes import CreditNoteStatus
from models.emails import DeliveryState, MailKind
from models.invoice_events import InvoiceChange
from models.invoices import InvoiceStatus
from models.quotes import QuoteStatus
from models.stripe_events import EventStatus
from models.credentials import CredentialKind
from models.views import ViewSource

APPEND_ONLY = ("payment", "credit_application", "reversal", "surplus", "invoice_update")
"""Tables whose rows can be added, but not edited or deleted.

On SQLite, a later migration that recreates one of them, for example to add a CHECK, must call
`append_only.protect` again.
"""


async def protect_rows(apps, editor):
    """Refuse to edit or delete rows of append-only tables."""
    await append_only.create_trigger_function(editor)
    await append_only.protect(editor, *APPEND_ONLY)


async def unprotect_rows(apps, editor):
    """Undo `protect_rows`."""
    await append_only.unprotect(editor, *APPEND_ONLY)
    await append_only.drop_trigger_function(editor)


class Migration(migrations.Migration):
    initial = True

    operations = [
        CreateTables(
            ops.CreateModel(
                name="Company",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    ("name", fields.CharField(max_length=200)),
                    (
                        "plan",
                        fields.CharEnumField(
                            default=Plan.FREE,
                            description="FREE: FREE\nPRO: PRO",
                            enum_type=Plan,
                            max_length=8,
                        ),
                    ),
                    ("currency", fields.CharField(default="EUR", max_length=3)),
                    ("language", fields.CharField(default="en", max_length=16)),
                    ("address", fields.TextField(null=True, unique=False)),
                    ("email", fields.CharField(null=True, max_length=254)),
                    ("phone", fields.CharField(null=True, max_length=50)),
                    ("website", fields.CharField(null=True, max_length=500)),
                    ("tax_id", fields.CharField(null=True, max_length=50)),
                    ("logo_digest", fields.CharField(null=True, max_length=64)),
                    ("accent_color", fields.CharField(null=True, max_length=7)),
                    (
                        "reminder_days",
                        fields.CharField(
                            default="-3 1 7 14", db_default="-3 1 7 14", max_length=100
                        ),
                    ),
                    ("stripe_account", fields.CharField(null=True, max_length=255)),
                    ("charges_enabled", fields.BooleanField(default=False, db_default=False)),
                    (
                        "charges_reported_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("stripe_connections", fields.IntField(default=0, db_default=0)),
                    ("invoice_sequence", fields.IntField(default=0)),
                    ("quote_sequence", fields.IntField(default=0, db_default=0)),
                    ("credit_note_sequence", fields.IntField(default=0, db_default=0)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "company",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(check="plan IN ('FREE', 'PRO')", name="company_plan"),
                        CheckConstraint(check="length(currency) = 3", name="company_currency"),
                        CheckConstraint(
                            check="invoice_sequence >= 0", name="company_invoice_sequence"
                        ),
                    ],
                    "indexes": [Index(fields=["stripe_account"], name="company_by_stripe_account")],
                    "pk_attr": "id",
                    "table_description": "A tenant. Nothing of one company is ever visible to another.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Announcement",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="announcements",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("subject", fields.CharField(max_length=200)),
                    ("body", fields.TextField(unique=False)),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "announcement",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"),
                            name="announcement_idempotency",
                        )
                    ],
                    "pk_attr": "id",
                    "table_description": "A marketing e-mail to many customers.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="AuditEntry",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="audit_entries",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    (
                        "action",
                        fields.CharEnumField(
                            description="INVOICE_SHARED: INVOICE_SHARED\nINVOICE_SHARE_REVOKED: INVOICE_SHARE_REVOKED\nPORTAL_SHARED: PORTAL_SHARED\nPORTAL_SHARE_REVOKED: PORTAL_SHARE_REVOKED\nAPI_KEY_CREATED: API_KEY_CREATED\nAPI_KEY_REVOKED: API_KEY_REVOKED\nUSER_INVITED: USER_INVITED\nUSER_UPDATED: USER_UPDATED\nUSER_REMOVED: USER_REMOVED\nPASSWORD_CHOSEN: PASSWORD_CHOSEN\nCOMPANY_UPDATED: COMPANY_UPDATED\nCREDIT_NOTE_ISSUED: CREDIT_NOTE_ISSUED\nCREDIT_NOTE_APPLIED: CREDIT_NOTE_APPLIED\nCREDIT_NOTE_VOIDED: CREDIT_NOTE_VOIDED\nQUOTE_SHARED: QUOTE_SHARED\nQUOTE_SHARE_REVOKED: QUOTE_SHARE_REVOKED\nQUOTE_ACCEPTED: QUOTE_ACCEPTED\nQUOTE_DECLINED: QUOTE_DECLINED\nANNOUNCEMENT_SENT: ANNOUNCEMENT_SENT\nSTRIPE_CONNECTED: STRIPE_CONNECTED\nSTRIPE_DISCONNECTED: STRIPE_DISCONNECTED\nSTRIPE_EVENT_REPLAYED: STRIPE_EVENT_REPLAYED",
                            enum_type=AuditAction,
                            max_length=32,
                        ),
                    ),
                    ("actor", fields.CharField(max_length=200)),
                    ("credential_id", fields.UUIDField()),
                    ("subject_id", fields.UUIDField()),
                    ("subject", fields.CharField(max_length=200)),
                ],
                options={
                    "table": "audit_entry",
                    "app": "models",
                    "indexes": [Index(fields=["company_id", "at", "id"], name="audit_entry_log")],
                    "pk_attr": "id",
                    "table_description": "An entry in the audit log. Names are copied, so that it outlives what it is about.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Customer",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="customers",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("name", fields.CharField(max_length=200)),
                    ("email", fields.CharField(null=True, max_length=254)),
                    ("address", fields.TextField(null=True, unique=False)),
                    ("tax_id", fields.CharField(null=True, max_length=50)),
                    ("language", fields.CharField(null=True, max_length=16)),
                    ("portal_token", fields.UUIDField(null=True, unique=True)),
                    (
                        "portal_shared_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "customer",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"), name="customer_idempotency"
                        ),
                        CheckConstraint(
                            check="(portal_token IS NULL) = (portal_shared_at IS NULL)",
                            name="customer_portal_shared_at",
                        ),
                    ],
                    "indexes": [
                        Index(fields=["company_id", "created_at", "id"], name="customer_listing")
                    ],
                    "pk_attr": "id",
                    "table_description": "The recipient of a company's invoices.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="CreditNote",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="credit_notes",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "customer",
                        fields.ForeignKeyField(
                            "models.Customer",
                            source_field="customer_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="credit_notes",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("number", fields.CharField(max_length=64)),
                    (
                        "status",
                        fields.CharEnumField(
                            default=CreditNoteStatus.DRAFT,
                            description="DRAFT: DRAFT\nISSUED: ISSUED\nAPPLIED: APPLIED\nVOID: VOID",
                            enum_type=CreditNoteStatus,
                            max_length=8,
                        ),
                    ),
                    ("currency", fields.CharField(max_length=3)),
                    ("total", fields.BigIntField()),
                    ("applied", fields.BigIntField(default=0)),
                    ("reason", fields.TextField(null=True, unique=False)),
                    (
                        "issued_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "voided_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "credit_note",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "number"), name="credit_note_number"
                        ),
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"), name="credit_note_idempotency"
                        ),
                        CheckConstraint(
                            check="status IN ('DRAFT', 'ISSUED', 'APPLIED', 'VOID')",
                            name="credit_note_status",
                        ),
                        CheckConstraint(check="length(currency) = 3", name="credit_note_currency"),
                        CheckConstraint(
                            check="total > 0 AND applied >= 0 AND applied <= total",
                            name="credit_note_amounts",
                        ),
                        CheckConstraint(
                            check="(status = 'APPLIED') = (applied > 0)",
                            name="credit_note_applied_status",
                        ),
                        CheckConstraint(
                            check="status NOT IN ('ISSUED', 'APPLIED') OR issued_at IS NOT NULL",
                            name="credit_note_issued_at",
                        ),
                        CheckConstraint(
                            check="(status = 'VOID') = (voided_at IS NOT NULL)",
                            name="credit_note_voided_at",
                        ),
                    ],
                    "indexes": [
                        Index(
                            fields=["company_id", "created_at", "id"], name="credit_note_listing"
                        ),
                        Index(
                            fields=["customer_id", "created_at", "id"],
                            name="credit_note_by_customer",
                        ),
                        Index(
                            fields=["company_id", "status", "created_at", "id"],
                            name="credit_note_by_status",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "Credit that a customer has with a company, in minor units of its currency.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="EmailPreference",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="email_preferences",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("address", fields.CharField(max_length=254)),
                    ("token", fields.UUIDField(default=uuid4, unique=True)),
                    ("language", fields.CharField(null=True, max_length=16)),
                    ("document_emails", fields.BooleanField(default=True)),
                    ("reminder_emails", fields.BooleanField(default=True)),
                    ("marketing_emails", fields.BooleanField(default=True)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    ("updated_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ],
                options={
                    "table": "email_preference",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "address"), name="email_preference_address"
                        ),
                        CheckConstraint(
                            check="address = lower(address)", name="email_preference_address_lower"
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "An address's preferences at a company. Anyone with the token can change them.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Invoice",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    ("number", fields.CharField(max_length=64)),
                    ("currency", fields.CharField(max_length=3)),
                    ("issue_date", fields.DateField(null=True)),
                    ("subtotal", fields.BigIntField(default=0)),
                    ("discount", fields.BigIntField(default=0)),
                    ("tax", fields.BigIntField(default=0)),
                    ("total", fields.BigIntField(default=0)),
                    ("notes", fields.TextField(null=True, unique=False)),
                    ("share_token", fields.UUIDField(null=True, unique=True)),
                    (
                        "shared_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    ("updated_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="invoices",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "customer",
                        fields.ForeignKeyField(
                            "models.Customer",
                            source_field="customer_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="invoices",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    (
                        "status",
                        fields.CharEnumField(
                            default=InvoiceStatus.DRAFT,
                            description="DRAFT: DRAFT\nISSUED: ISSUED\nPARTIALLY_PAID: PARTIALLY_PAID\nPAID: PAID\nCANCELLED: CANCELLED",
                            enum_type=InvoiceStatus,
                            max_length=16,
                        ),
                    ),
                    ("due_date", fields.DateField(null=True)),
                    ("amount_paid", fields.BigIntField(default=0)),
                    ("amount_pending", fields.BigIntField(default=0)),
                    ("allow_partial_payment", fields.BooleanField(default=False)),
                    ("minimum_payment", fields.BigIntField(null=True)),
                    ("view_count", fields.BigIntField(default=0)),
                    ("unique_ips", fields.BigIntField(default=0)),
                    (
                        "first_viewed_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "last_viewed_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "issued_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "cancelled_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                ],
                options={
                    "table": "invoice",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(fields=("company_id", "number"), name="invoice_number"),
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"), name="invoice_idempotency"
                        ),
                        CheckConstraint(
                            check="status IN ('DRAFT', 'ISSUED', 'PARTIALLY_PAID', 'PAID', 'CANCELLED')",
                            name="invoice_status",
                        ),
                        CheckConstraint(check="length(currency) = 3", name="invoice_currency"),
                        CheckConstraint(
                            check="total = subtotal - discount + tax", name="invoice_total"
                        ),
                        CheckConstraint(
                            check="discount >= 0 AND discount <= subtotal AND tax >= 0",
                            name="invoice_amounts",
                        ),
                        CheckConstraint(
                            check="amount_paid >= 0 AND amount_paid <= total AND amount_pending >= 0",
                            name="invoice_paid",
                        ),
                        CheckConstraint(
                            check="(status = 'PAID') = (status NOT IN ('DRAFT', 'CANCELLED') AND amount_paid = total)",
                            name="invoice_paid_status",
                        ),
                        CheckConstraint(
                            check="(status = 'PARTIALLY_PAID') = (status NOT IN ('DRAFT', 'CANCELLED') AND amount_paid > 0 AND amount_paid < total)",
                            name="invoice_partially_paid_status",
                        ),
                        CheckConstraint(
                            check="status <> 'DRAFT' OR (share_token IS NULL AND amount_paid = 0)",
                            name="invoice_draft",
                        ),
                        CheckConstraint(
                            check="(status = 'DRAFT') = (issued_at IS NULL)",
                            name="invoice_issued_at",
                        ),
                        CheckConstraint(
                            check="(status = 'CANCELLED') = (cancelled_at IS NOT NULL)",
                            name="invoice_cancelled_at",
                        ),
                        CheckConstraint(
                            check="(share_token IS NULL) = (shared_at IS NULL)",
                            name="invoice_shared_at",
                        ),
                        CheckConstraint(
                            check="due_date >= issue_date", name="invoice_due_after_issue"
                        ),
                        CheckConstraint(
                            check="minimum_payment > 0", name="invoice_minimum_payment"
                        ),
                        CheckConstraint(
                            check="view_count >= 0 AND unique_ips >= 0 AND unique_ips <= view_count AND (view_count = 0) = (first_viewed_at IS NULL) AND (view_count = 0) = (last_viewed_at IS NULL)",
                            name="invoice_view_counters",
                        ),
                    ],
                    "indexes": [
                        Index(fields=["company_id", "created_at", "id"], name="invoice_listing"),
                        Index(
                            fields=["company_id", "status", "created_at", "id"],
                            name="invoice_by_status",
                        ),
                        Index(
                            fields=["customer_id", "created_at", "id"], name="invoice_by_customer"
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "A company's invoice to a customer. Amounts are in minor units of its currency.",
                },
                bases=["Document"],
            ),
            ops.CreateModel(
                name="Checkout",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="checkouts",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "invoice",
                        fields.ForeignKeyField(
                            "models.Invoice",
                            source_field="invoice_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="checkouts",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("account", fields.CharField(max_length=255)),
                    ("amount", fields.BigIntField()),
                    ("currency", fields.CharField(max_length=3)),
                    (
                        "status",
                        fields.CharEnumField(
                            default=CheckoutStatus.OPENING,
                            description="OPENING: OPENING\nOPEN: OPEN\nEXPIRING: EXPIRING\nEXPIRED: EXPIRED\nPENDING: PENDING\nFAILED: FAILED\nPAID: PAID",
                            enum_type=CheckoutStatus,
                            max_length=8,
                        ),
                    ),
                    ("payable_for", fields.UUIDField(null=True, unique=True)),
                    ("request", fields.TextField(unique=False)),
                    ("session_id", fields.CharField(null=True, unique=True, max_length=255)),
                    ("url", fields.TextField(null=True, unique=False)),
                    ("payment_intent", fields.CharField(null=True, unique=True, max_length=255)),
                    ("charge_refunded", fields.BigIntField(default=0)),
                    ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("next_look_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "checkout",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(
                            check="status IN ('OPENING', 'OPEN', 'EXPIRING', 'EXPIRED', 'PENDING', 'FAILED', 'PAID')",
                            name="checkout_status",
                        ),
                        CheckConstraint(
                            check="amount > 0 AND charge_refunded >= 0", name="checkout_amount"
                        ),
                        CheckConstraint(check="length(currency) = 3", name="checkout_currency"),
                        CheckConstraint(
                            check="(status IN ('OPENING', 'OPEN', 'EXPIRING')) = (payable_for IS NOT NULL)",
                            name="checkout_payable",
                        ),
                        CheckConstraint(
                            check="payable_for = invoice_id", name="checkout_payable_for"
                        ),
                        CheckConstraint(
                            check="status IN ('OPENING', 'EXPIRING', 'EXPIRED') OR session_id IS NOT NULL",
                            name="checkout_session",
                        ),
                        CheckConstraint(
                            check="status <> 'OPEN' OR url IS NOT NULL", name="checkout_url"
                        ),
                    ],
                    "indexes": [
                        Index(fields=["invoice_id", "created_at"], name="checkout_by_invoice"),
                        Index(fields=["status", "next_look_at"], name="checkout_unfinished"),
                        Index(fields=["account"], name="checkout_by_account"),
                    ],
                    "pk_attr": "id",
                    "table_description": "An attempt to pay an invoice online: a Stripe Checkout session, or the request for one.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="CreditApplication",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="credit_applications",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "credit_note",
                        fields.ForeignKeyField(
                            "models.CreditNote",
                            source_field="credit_note_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="applications",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    (
                        "invoice",
                        fields.ForeignKeyField(
                            "models.Invoice",
                            source_field="invoice_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="credit_applications",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("amount", fields.BigIntField()),
                    ("applied_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ],
                options={
                    "table": "credit_application",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"),
                            name="credit_application_idempotency",
                        ),
                        CheckConstraint(check="amount > 0", name="credit_application_amount"),
                    ],
                    "indexes": [
                        Index(
                            fields=["invoice_id", "applied_at"],
                            name="credit_application_by_invoice",
                        ),
                        Index(
                            fields=["credit_note_id", "applied_at"],
                            name="credit_application_by_note",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "Credit applied to an invoice. Rows are added, never edited.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="InvoiceLine",
                fields=[
                    (
                        "id",
                        fields.BigIntField(
                            generated=True, primary_key=True, unique=True, db_index=True
                        ),
                    ),
                    ("position", fields.IntField()),
                    ("description", fields.TextField(unique=False)),
                    ("quantity", fields.DecimalField(max_digits=18, decimal_places=6)),
                    ("unit_price", fields.BigIntField()),
                    ("tax_rate", fields.DecimalField(max_digits=7, decimal_places=4)),
                    ("amount", fields.BigIntField()),
                    ("discount", fields.BigIntField()),
                    ("tax", fields.BigIntField()),
                    (
                        "invoice",
                        fields.ForeignKeyField(
                            "models.Invoice",
                            source_field="invoice_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="lines",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                ],
                options={
                    "table": "invoice_line",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("invoice_id", "position"), name="invoice_line_position"
                        ),
                        CheckConstraint(
                            check="unit_price >= 0 AND discount >= 0 AND discount <= amount AND tax >= 0",
                            name="invoice_line_amounts",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "A line of an invoice. Amounts are in minor units of the invoice's currency.",
                },
                bases=["DocumentLine"],
            ),
            ops.CreateModel(
                name="InvoiceUpdate",
                fields=[
                    (
                        "id",
                        fields.BigIntField(
                            generated=True, primary_key=True, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="updates",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "invoice",
                        fields.ForeignKeyField(
                            "models.Invoice",
                            source_field="invoice_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="updates",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("sequence", fields.BigIntField()),
                    (
                        "change",
                        fields.CharEnumField(
                            description="ISSUED: ISSUED\nCANCELLED: CANCELLED\nPAYMENT_RECEIVED: PAYMENT_RECEIVED\nPAYMENT_PENDING: PAYMENT_PENDING\nPAYMENT_FAILED: PAYMENT_FAILED\nCREDIT_APPLIED: CREDIT_APPLIED\nREFUNDED: REFUNDED\nDISPUTED: DISPUTED\nREVERSAL_RETURNED: REVERSAL_RETURNED",
                            enum_type=InvoiceChange,
                            max_length=20,
                        ),
                    ),
                    ("amount", fields.BigIntField(null=True)),
                    ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ],
                options={
                    "table": "invoice_update",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "sequence"), name="invoice_update_sequence"
                        ),
                        CheckConstraint(
                            check="change IN ('ISSUED', 'CANCELLED', 'PAYMENT_RECEIVED', 'PAYMENT_PENDING', 'PAYMENT_FAILED', 'CREDIT_APPLIED', 'REFUNDED', 'DISPUTED', 'REVERSAL_RETURNED')",
                            name="invoice_update_change",
                        ),
                        CheckConstraint(check="amount > 0", name="invoice_update_amount"),
                    ],
                    "indexes": [Index(fields=["invoice_id"], name="invoice_update_by_invoice")],
                    "pk_attr": "id",
                    "table_description": "An event. `sequence` numbers a company's events in the order of their commits, without gaps.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="InvoiceView",
                fields=[
                    (
                        "id",
                        fields.BigIntField(
                            generated=True, primary_key=True, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="views",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "invoice",
                        fields.ForeignKeyField(
                            "models.Invoice",
                            source_field="invoice_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="views",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("sequence", fields.BigIntField()),
                    ("viewed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    (
                        "source",
                        fields.CharEnumField(
                            description="LINK: LINK\nEMAIL: EMAIL\nPORTAL: PORTAL\nAPI: API",
                            enum_type=ViewSource,
                            max_length=8,
                        ),
                    ),
                    ("ip", fields.CharField(null=True, max_length=45)),
                    ("user_agent", fields.CharField(null=True, max_length=512)),
                    ("automated", fields.BooleanField(default=False)),
                ],
                options={
                    "table": "invoice_view",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "sequence"), name="invoice_view_sequence"
                        ),
                        CheckConstraint(
                            check="source IN ('LINK', 'EMAIL', 'PORTAL', 'API')",
                            name="invoice_view_source",
                        ),
                    ],
                    "indexes": [Index(fields=["invoice_id", "sequence"], name="invoice_view_log")],
                    "pk_attr": "id",
                    "table_description": "A view. `sequence` numbers a company's views in the order of their commits, without gaps.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="InvoiceViewer",
                fields=[
                    (
                        "id",
                        fields.BigIntField(
                            generated=True, primary_key=True, unique=True, db_index=True
                        ),
                    ),
                    (
                        "invoice",
                        fields.ForeignKeyField(
                            "models.Invoice",
                            source_field="invoice_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="viewers",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("ip", fields.CharField(max_length=45)),
                ],
                options={
                    "table": "invoice_viewer",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(fields=("invoice_id", "ip"), name="invoice_viewer_ip")
                    ],
                    "pk_attr": "id",
                    "table_description": "An IP address that opened an invoice: one row each, to count distinct addresses.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Logo",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="logos",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("digest", fields.CharField(max_length=64)),
                    ("content", fields.BinaryField()),
                    ("width", fields.IntField()),
                    ("height", fields.IntField()),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "logo",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(check="length(digest) = 64", name="logo_digest"),
                        CheckConstraint(check="width > 0 AND height > 0", name="logo_size"),
                        UniqueConstraint(fields=("company_id",), name="logo_company"),
                    ],
                    "indexes": [Index(fields=["digest"], name="logo_by_digest")],
                    "pk_attr": "id",
                    "table_description": "A company's only logo: a PNG, with its size in pixels.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Payment",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="payments",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "invoice",
                        fields.ForeignKeyField(
                            "models.Invoice",
                            source_field="invoice_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="payments",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("amount", fields.BigIntField()),
                    ("method", fields.CharField(max_length=50)),
                    ("reference", fields.CharField(null=True, max_length=200)),
                    ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "payment",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"), name="payment_idempotency"
                        ),
                        CheckConstraint(check="amount > 0", name="payment_amount"),
                    ],
                    "indexes": [
                        Index(fields=["invoice_id", "received_at"], name="payment_by_invoice")
                    ],
                    "pk_attr": "id",
                    "table_description": "Money received for an invoice. Rows are added, never edited.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Quote",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    ("number", fields.CharField(max_length=64)),
                    ("currency", fields.CharField(max_length=3)),
                    ("issue_date", fields.DateField(null=True)),
                    ("subtotal", fields.BigIntField(default=0)),
                    ("discount", fields.BigIntField(default=0)),
                    ("tax", fields.BigIntField(default=0)),
                    ("total", fields.BigIntField(default=0)),
                    ("notes", fields.TextField(null=True, unique=False)),
                    ("share_token", fields.UUIDField(null=True, unique=True)),
                    (
                        "shared_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    ("updated_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="quotes",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "customer",
                        fields.ForeignKeyField(
                            "models.Customer",
                            source_field="customer_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="quotes",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    (
                        "status",
                        fields.CharEnumField(
                            default=QuoteStatus.DRAFT,
                            description="DRAFT: DRAFT\nSENT: SENT\nACCEPTED: ACCEPTED\nDECLINED: DECLINED",
                            enum_type=QuoteStatus,
                            max_length=8,
                        ),
                    ),
                    ("valid_until", fields.DateField(null=True)),
                    (
                        "sent_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "decided_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "invoice",
                        fields.ForeignKeyField(
                            "models.Invoice",
                            source_field="invoice_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="quotes",
                            on_delete=OnDelete.SET_NULL,
                        ),
                    ),
                ],
                options={
                    "table": "quote",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(fields=("company_id", "number"), name="quote_number"),
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"), name="quote_idempotency"
                        ),
                        UniqueConstraint(fields=("invoice_id",), name="quote_invoice_once"),
                        CheckConstraint(
                            check="status IN ('DRAFT', 'SENT', 'ACCEPTED', 'DECLINED')",
                            name="quote_status",
                        ),
                        CheckConstraint(check="length(currency) = 3", name="quote_currency"),
                        CheckConstraint(
                            check="total = subtotal - discount + tax", name="quote_total"
                        ),
                        CheckConstraint(
                            check="discount >= 0 AND discount <= subtotal AND tax >= 0",
                            name="quote_amounts",
                        ),
                        CheckConstraint(
                            check="(status = 'DRAFT') = (sent_at IS NULL)", name="quote_sent_at"
                        ),
                        CheckConstraint(
                            check="(status IN ('ACCEPTED', 'DECLINED')) = (decided_at IS NOT NULL)",
                            name="quote_decided_at",
                        ),
                        CheckConstraint(
                            check="status = 'ACCEPTED' OR invoice_id IS NULL", name="quote_invoice"
                        ),
                        CheckConstraint(
                            check="status <> 'DRAFT' OR share_token IS NULL", name="quote_draft"
                        ),
                        CheckConstraint(
                            check="(share_token IS NULL) = (shared_at IS NULL)",
                            name="quote_shared_at",
                        ),
                        CheckConstraint(
                            check="valid_until >= issue_date", name="quote_valid_after_issue"
                        ),
                    ],
                    "indexes": [
                        Index(fields=["company_id", "created_at", "id"], name="quote_listing"),
                        Index(fields=["customer_id", "created_at", "id"], name="quote_by_customer"),
                        Index(
                            fields=["company_id", "status", "created_at", "id"],
                            name="quote_by_status",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "A company's offer to a customer. Amounts are in minor units of its currency.",
                },
                bases=["Document"],
            ),
            ops.CreateModel(
                name="EmailDelivery",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="email_deliveries",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "customer",
                        fields.ForeignKeyField(
                            "models.Customer",
                            source_field="customer_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="email_deliveries",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "invoice",
                        fields.ForeignKeyField(
                            "models.Invoice",
                            source_field="invoice_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="email_deliveries",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "quote",
                        fields.ForeignKeyField(
                            "models.Quote",
                            source_field="quote_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="email_deliveries",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "announcement",
                        fields.ForeignKeyField(
                            "models.Announcement",
                            source_field="announcement_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="email_deliveries",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "kind",
                        fields.CharEnumField(
                            description="INVOICE: INVOICE\nQUOTE: QUOTE\nREMINDER: REMINDER\nANNOUNCEMENT: ANNOUNCEMENT",
                            enum_type=MailKind,
                            max_length=16,
                        ),
                    ),
                    ("stage", fields.IntField(null=True)),
                    ("recipient", fields.CharField(max_length=254)),
                    ("message", fields.TextField(null=True, unique=False)),
                    (
                        "status",
                        fields.CharEnumField(
                            default=DeliveryState.QUEUED,
                            description="QUEUED: QUEUED\nSENDING: SENDING\nSENT: SENT\nFAILED: FAILED\nSKIPPED: SKIPPED",
                            enum_type=DeliveryState,
                            max_length=8,
                        ),
                    ),
                    ("attempts", fields.IntField(default=0)),
                    (
                        "next_attempt_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("detail", fields.CharField(null=True, max_length=1000)),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    (
                        "sent_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                ],
                options={
                    "table": "email_delivery",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("invoice_id", "stage"), name="email_delivery_stage"
                        ),
                        UniqueConstraint(
                            fields=("announcement_id", "recipient"),
                            name="email_delivery_announcement",
                        ),
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"),
                            name="email_delivery_idempotency",
                        ),
                        CheckConstraint(
                            check="kind IN ('INVOICE', 'QUOTE', 'REMINDER', 'ANNOUNCEMENT')",
                            name="email_delivery_kind",
                        ),
                        CheckConstraint(
                            check="(kind IN ('INVOICE', 'REMINDER')) = (invoice_id IS NOT NULL) AND (kind = 'QUOTE') = (quote_id IS NOT NULL) AND (kind = 'ANNOUNCEMENT') = (announcement_id IS NOT NULL)",
                            name="email_delivery_subject",
                        ),
                        CheckConstraint(
                            check="kind = 'REMINDER' OR stage IS NULL",
                            name="email_delivery_stage_kind",
                        ),
                        CheckConstraint(
                            check="status IN ('QUEUED', 'SENDING', 'SENT', 'FAILED', 'SKIPPED')",
                            name="email_delivery_status",
                        ),
                        CheckConstraint(
                            check="(status IN ('QUEUED', 'SENDING')) = (next_attempt_at IS NOT NULL)",
                            name="email_delivery_next_attempt",
                        ),
                        CheckConstraint(
                            check="(status = 'SENT') = (sent_at IS NOT NULL)",
                            name="email_delivery_sent_at",
                        ),
                        CheckConstraint(check="attempts >= 0", name="email_delivery_attempts"),
                    ],
                    "indexes": [
                        Index(fields=["company_id", "created_at", "id"], name="email_delivery_log"),
                        Index(
                            fields=["invoice_id", "created_at"], name="email_delivery_by_invoice"
                        ),
                        Index(fields=["quote_id", "created_at"], name="email_delivery_by_quote"),
                        Index(fields=["kind", "next_attempt_at"], name="email_delivery_queue"),
                        Index(
                            fields=["company_id", "status", "created_at", "id"],
                            name="email_delivery_by_status",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "An e-mail to one address, and its status.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="QuoteLine",
                fields=[
                    (
                        "id",
                        fields.BigIntField(
                            generated=True, primary_key=True, unique=True, db_index=True
                        ),
                    ),
                    ("position", fields.IntField()),
                    ("description", fields.TextField(unique=False)),
                    ("quantity", fields.DecimalField(max_digits=18, decimal_places=6)),
                    ("unit_price", fields.BigIntField()),
                    ("tax_rate", fields.DecimalField(max_digits=7, decimal_places=4)),
                    ("amount", fields.BigIntField()),
                    ("discount", fields.BigIntField()),
                    ("tax", fields.BigIntField()),
                    (
                        "quote",
                        fields.ForeignKeyField(
                            "models.Quote",
                            source_field="quote_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="lines",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                ],
                options={
                    "table": "quote_line",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("quote_id", "position"), name="quote_line_position"
                        ),
                        CheckConstraint(
                            check="unit_price >= 0 AND discount >= 0 AND discount <= amount AND tax >= 0",
                            name="quote_line_amounts",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "A line of a quote. Amounts are in minor units of the quote's currency.",
                },
                bases=["DocumentLine"],
            ),
            ops.CreateModel(
                name="Reversal",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="reversals",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "invoice",
                        fields.ForeignKeyField(
                            "models.Invoice",
                            source_field="invoice_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="reversals",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    (
                        "payment",
                        fields.ForeignKeyField(
                            "models.Payment",
                            source_field="payment_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="reversals",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    (
                        "kind",
                        fields.CharEnumField(
                            description="REFUND: REFUND\nDISPUTE: DISPUTE",
                            enum_type=PaymentReversalKind,
                            max_length=8,
                        ),
                    ),
                    ("amount", fields.BigIntField()),
                    ("at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "reversal",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(
                            check="kind IN ('REFUND', 'DISPUTE')", name="reversal_kind"
                        ),
                        CheckConstraint(check="amount <> 0", name="reversal_amount"),
                    ],
                    "indexes": [
                        Index(fields=["invoice_id", "at"], name="reversal_by_invoice"),
                        Index(fields=["payment_id", "at"], name="reversal_by_payment"),
                    ],
                    "pk_attr": "id",
                    "table_description": "Money taken back from a payment or, if negative, returned. Rows are added, never edited.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="StripeEvent",
                fields=[
                    (
                        "id",
                        fields.CharField(
                            primary_key=True, unique=True, db_index=True, max_length=255
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="stripe_events",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("type", fields.CharField(max_length=100)),
                    ("account", fields.CharField(null=True, max_length=255)),
                    ("payment_intent", fields.CharField(null=True, max_length=255)),
                    (
                        "status",
                        fields.CharEnumField(
                            description="APPLIED: APPLIED\nIGNORED: IGNORED\nWAITING: WAITING\nPARKED: PARKED",
                            enum_type=EventStatus,
                            max_length=8,
                        ),
                    ),
                    ("detail", fields.TextField(null=True, unique=False)),
                    ("payload", fields.TextField(null=True, unique=False)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("received_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "stripe_event",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(
                            check="status IN ('APPLIED', 'IGNORED', 'WAITING', 'PARKED')",
                            name="stripe_event_status",
                        ),
                        CheckConstraint(
                            check="(status IN ('WAITING', 'PARKED')) = (payload IS NOT NULL)",
                            name="stripe_event_payload",
                        ),
                        CheckConstraint(
                            check="status <> 'WAITING' OR payment_intent IS NOT NULL",
                            name="stripe_event_waits_for",
                        ),
                    ],
                    "indexes": [
                        Index(
                            fields=["company_id", "status", "received_at", "id"],
                            name="stripe_event_list",
                        ),
                        Index(fields=["payment_intent", "account"], name="stripe_event_waiting"),
                    ],
                    "pk_attr": "id",
                    "table_description": "A Stripe event. Its effects are committed together with this row.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Surplus",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="surpluses",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "invoice",
                        fields.ForeignKeyField(
                            "models.Invoice",
                            source_field="invoice_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="surpluses",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    (
                        "credit_note",
                        fields.ForeignKeyField(
                            "models.CreditNote",
                            source_field="credit_note_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="surpluses",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("amount", fields.BigIntField()),
                    ("at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "surplus",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(fields=("credit_note_id",), name="surplus_credit_note"),
                        CheckConstraint(check="amount > 0", name="surplus_amount"),
                    ],
                    "indexes": [Index(fields=["invoice_id", "at"], name="surplus_by_invoice")],
                    "pk_attr": "id",
                    "table_description": "Money received beyond what an invoice needed, which became a credit note.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="PaymentReversal",
                fields=[
                    (
                        "id",
                        fields.CharField(
                            primary_key=True, unique=True, db_index=True, max_length=255
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="payment_reversals",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "checkout",
                        fields.ForeignKeyField(
                            "models.Checkout",
                            source_field="checkout_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="payment_reversals",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    (
                        "kind",
                        fields.CharEnumField(
                            description="REFUND: REFUND\nDISPUTE: DISPUTE",
                            enum_type=PaymentReversalKind,
                            max_length=8,
                        ),
                    ),
                    (
                        "status",
                        fields.CharEnumField(
                            description="NOTICE: NOTICE\nTAKEN: TAKEN\nRETURNED: RETURNED",
                            enum_type=PaymentReversalStatus,
                            max_length=8,
                        ),
                    ),
                    ("amount", fields.BigIntField()),
                ],
                options={
                    "table": "payment_reversal",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(
                            check="kind IN ('REFUND', 'DISPUTE')", name="payment_reversal_kind"
                        ),
                        CheckConstraint(
                            check="status IN ('NOTICE', 'TAKEN', 'RETURNED')",
                            name="payment_reversal_status",
                        ),
                        CheckConstraint(check="amount > 0", name="payment_reversal_amount"),
                    ],
                    "indexes": [Index(fields=["checkout_id"], name="payment_reversal_by_checkout")],
                    "pk_attr": "id",
                    "table_description": "A refund or dispute at Stripe of a checkout's payment.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="User",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="users",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("email", fields.CharField(unique=True, max_length=254)),
                    ("name", fields.CharField(max_length=200)),
                    ("password_hash", fields.CharField(default="", max_length=255)),
                    ("permissions", fields.CharField(max_length=255)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "staff_user",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(check="email = lower(email)", name="staff_user_email_lower")
                    ],
                    "indexes": [
                        Index(fields=["company_id", "created_at", "id"], name="staff_user_listing")
                    ],
                    "pk_attr": "id",
                    "table_description": "A member of a company's staff, who signs in with e-mail and password.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Credential",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="credentials",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "user",
                        fields.ForeignKeyField(
                            "models.User",
                            source_field="user_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="credentials",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "kind",
                        fields.CharEnumField(
                            description="SESSION: SESSION\nAPI_KEY: API_KEY",
                            enum_type=CredentialKind,
                            max_length=8,
                        ),
                    ),
                    ("name", fields.CharField(max_length=200)),
                    ("secret_hash", fields.CharField(unique=True, max_length=64)),
                    ("permissions", fields.CharField(default="", max_length=255)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    (
                        "expires_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "last_used_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "revoked_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                ],
                options={
                    "table": "credential",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(
                            check="kind IN ('SESSION', 'API_KEY')", name="credential_kind"
                        ),
                        CheckConstraint(
                            check="length(secret_hash) = 64", name="credential_secret_hash"
                        ),
                        CheckConstraint(
                            check="kind = 'API_KEY' OR (user_id IS NOT NULL AND expires_at IS NOT NULL)",
                            name="credential_session_has_user_and_end",
                        ),
                    ],
                    "indexes": [
                        Index(fields=["company_id", "created_at", "id"], name="credential_listing")
                    ],
                    "pk_attr": "id",
                    "table_description": "A bearer secret: a signed-in session or an API key. Only the secret's SHA-256 is stored.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Invitation",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.ForeignKeyField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="invitations",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "user",
                        fields.ForeignKeyField(
                            "models.User",
                            source_field="user_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="invitations",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("secret_hash", fields.CharField(unique=True, max_length=64)),
                    ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ],
                options={
                    "table": "invitation",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(fields=("user_id",), name="invitation_user"),
                        CheckConstraint(
                            check="length(secret_hash) = 64", name="invitation_secret_hash"
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "A link through which a user sets a password, once.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="ViewFeed",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "company",
                        fields.OneToOneField(
                            "models.Company",
                            source_field="company_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="view_feed",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("sequence", fields.BigIntField(default=0)),
                    ("viewed_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    ("update_sequence", fields.BigIntField(default=0, db_default=0)),
                    (
                        "last_update_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                ],
                options={
                    "table": "view_feed",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "The counters that order a company's views and invoice events.",
                },
                bases=["Model"],
            ),
        ),
        ops.RunPython(protect_rows, reverse_code=unprotect_rows),
    ]
