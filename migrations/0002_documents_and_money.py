"""Documents and money that a tax office, an accountant and a bank would accept.

The models are as `make migrations` writes them. What happens to the rows is in
`_documents_and_money.py`.
"""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from db.table_changes import ChangeTables
from migrations._documents_and_money import BACKWARD, FORWARD
from models.audit_log import AuditAction
from models.checkouts import CheckoutStatus, PaymentReversalKind, PaymentReversalStatus
from models.companies import Plan, VatScheme
from models.corrections import StripeRefundStatus
from models.credit_notes import CreditNoteStatus
from models.customers import EInvoiceFormat
from models.emails import DeliveryState, MailKind
from models.invoice_events import InvoiceChange
from models.invoices import InvoiceStatus
from models.numbering import SeriesKind
from models.quotes import QuoteStatus
from values.taxes import TaxCategory, TaxRounding


class Migration(migrations.Migration):
    dependencies = [("models", "0001_initial")]
    atomic = False  # ChangeTables has a transaction of its own

    operations = [
        ChangeTables(
            ops.CreateModel(
                name="Company",
                fields=[
                    ("name", fields.CharField(max_length=200)),
                    ("address", fields.TextField(null=True, unique=False)),
                    ("street", fields.TextField(null=True, unique=False)),
                    ("postal_code", fields.CharField(null=True, max_length=20)),
                    ("city", fields.CharField(null=True, max_length=100)),
                    ("region", fields.CharField(null=True, max_length=100)),
                    ("country", fields.CharField(null=True, max_length=2)),
                    ("vat_id", fields.CharField(null=True, max_length=50)),
                    ("tax_number", fields.CharField(null=True, max_length=50)),
                    ("registration_id", fields.CharField(null=True, max_length=50)),
                    ("registration_scheme", fields.CharField(null=True, max_length=4)),
                    ("endpoint", fields.CharField(null=True, max_length=100)),
                    ("payment_days", fields.IntField(null=True)),
                    ("default_notes", fields.TextField(null=True, unique=False)),
                    (
                        "default_tax_category",
                        fields.CharEnumField(
                            null=True,
                            description="STANDARD: STANDARD\nZERO: ZERO\nEXEMPT: EXEMPT\nREVERSE_CHARGE: REVERSE_CHARGE\nINTRA_COMMUNITY: INTRA_COMMUNITY\nEXPORT: EXPORT\nOUT_OF_SCOPE: OUT_OF_SCOPE",
                            enum_type=TaxCategory,
                            max_length=16,
                        ),
                    ),
                    ("default_tax_name", fields.CharField(null=True, max_length=50)),
                    (
                        "default_tax_rate",
                        fields.DecimalField(null=True, max_digits=7, decimal_places=4),
                    ),
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
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
                    ("time_zone", fields.CharField(default="UTC", db_default="UTC", max_length=64)),
                    (
                        "tax_rounding",
                        fields.CharEnumField(
                            default=TaxRounding.HALF_UP,
                            description="HALF_UP: HALF_UP\nDOWN: DOWN",
                            db_default=TaxRounding.HALF_UP,
                            enum_type=TaxRounding,
                            max_length=8,
                        ),
                    ),
                    ("email", fields.CharField(null=True, max_length=254)),
                    ("phone", fields.CharField(null=True, max_length=50)),
                    ("website", fields.CharField(null=True, max_length=500)),
                    ("contact_name", fields.CharField(null=True, max_length=200)),
                    ("iban", fields.CharField(null=True, max_length=34)),
                    ("bic", fields.CharField(null=True, max_length=11)),
                    ("account_holder", fields.CharField(null=True, max_length=70)),
                    ("bank_account", fields.TextField(null=True, unique=False)),
                    (
                        "vat_scheme",
                        fields.CharEnumField(
                            default=VatScheme.STANDARD,
                            description="STANDARD: STANDARD\nSMALL_BUSINESS: SMALL_BUSINESS\nNOT_REGISTERED: NOT_REGISTERED",
                            db_default=VatScheme.STANDARD,
                            enum_type=VatScheme,
                            max_length=16,
                        ),
                    ),
                    ("exemption_reason", fields.CharField(null=True, max_length=500)),
                    ("payment_terms", fields.TextField(null=True, unique=False)),
                    ("footer", fields.TextField(null=True, unique=False)),
                    ("logo_digest", fields.CharField(null=True, max_length=64)),
                    ("accent_color", fields.CharField(null=True, max_length=7)),
                    (
                        "reminder_days",
                        fields.CharField(
                            default="-3 1 7 14", db_default="-3 1 7 14", max_length=100
                        ),
                    ),
                    ("minimum_reminder", fields.BigIntField(default=0, db_default=0)),
                    ("stripe_account", fields.CharField(null=True, max_length=255)),
                    ("charges_enabled", fields.BooleanField(default=False, db_default=False)),
                    (
                        "charges_reported_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("stripe_connections", fields.IntField(default=0, db_default=0)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "company",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(check="plan IN ('FREE', 'PRO')", name="company_plan"),
                        CheckConstraint(check="length(currency) = 3", name="company_currency"),
                        CheckConstraint(
                            check="tax_rounding IN ('HALF_UP', 'DOWN')", name="company_tax_rounding"
                        ),
                        CheckConstraint(
                            check="minimum_reminder >= 0", name="company_minimum_reminder"
                        ),
                        CheckConstraint(
                            check="vat_scheme IN ('STANDARD', 'SMALL_BUSINESS', 'NOT_REGISTERED')",
                            name="company_vat_scheme",
                        ),
                        CheckConstraint(
                            check="length(country) = 2 AND country = upper(country)",
                            name="company_country",
                        ),
                        CheckConstraint(
                            check="address IS NULL OR (street IS NULL AND postal_code IS NULL AND city IS NULL AND region IS NULL AND country IS NULL)",
                            name="company_one_address",
                        ),
                        CheckConstraint(
                            check="payment_days >= 0 AND payment_days <= 3650",
                            name="company_payment_days",
                        ),
                        CheckConstraint(
                            check="default_tax_rate + 0 >= 0 AND default_tax_rate + 0 <= 100",
                            name="company_default_tax_rate",
                        ),
                    ],
                    "indexes": [Index(fields=["stripe_account"], name="company_by_stripe_account")],
                    "pk_attr": "id",
                    "table_description": "A tenant. Nothing of one company is ever visible to another.",
                },
                bases=["PartyModel"],
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
                            description="INVOICE_SHARED: INVOICE_SHARED\nINVOICE_SHARE_REVOKED: INVOICE_SHARE_REVOKED\nPORTAL_SHARED: PORTAL_SHARED\nPORTAL_SHARE_REVOKED: PORTAL_SHARE_REVOKED\nAPI_KEY_CREATED: API_KEY_CREATED\nAPI_KEY_REVOKED: API_KEY_REVOKED\nUSER_INVITED: USER_INVITED\nUSER_UPDATED: USER_UPDATED\nUSER_REMOVED: USER_REMOVED\nPASSWORD_CHOSEN: PASSWORD_CHOSEN\nCOMPANY_UPDATED: COMPANY_UPDATED\nBANK_DETAILS_CHANGED: BANK_DETAILS_CHANGED\nNUMBERING_CHANGED: NUMBERING_CHANGED\nCREDIT_NOTE_ISSUED: CREDIT_NOTE_ISSUED\nCREDIT_NOTE_APPLIED: CREDIT_NOTE_APPLIED\nCREDIT_NOTE_VOIDED: CREDIT_NOTE_VOIDED\nCREDIT_APPLICATION_REVERSED: CREDIT_APPLICATION_REVERSED\nCREDIT_PAID_OUT: CREDIT_PAID_OUT\nCREDIT_PAYOUT_REVERSED: CREDIT_PAYOUT_REVERSED\nCREDIT_NOTE_SHARED: CREDIT_NOTE_SHARED\nCREDIT_NOTE_SHARE_REVOKED: CREDIT_NOTE_SHARE_REVOKED\nPAYMENT_RECORDED: PAYMENT_RECORDED\nPAYMENT_REVERSED: PAYMENT_REVERSED\nPAYMENT_REFUNDED: PAYMENT_REFUNDED\nINVOICE_WRITTEN_OFF: INVOICE_WRITTEN_OFF\nWRITE_OFF_REVERSED: WRITE_OFF_REVERSED\nQUOTE_SHARED: QUOTE_SHARED\nQUOTE_SHARE_REVOKED: QUOTE_SHARE_REVOKED\nQUOTE_ACCEPTED: QUOTE_ACCEPTED\nQUOTE_DECLINED: QUOTE_DECLINED\nANNOUNCEMENT_SENT: ANNOUNCEMENT_SENT\nSTRIPE_CONNECTED: STRIPE_CONNECTED\nSTRIPE_DISCONNECTED: STRIPE_DISCONNECTED\nSTRIPE_EVENT_REPLAYED: STRIPE_EVENT_REPLAYED",
                            enum_type=AuditAction,
                            max_length=32,
                        ),
                    ),
                    ("actor", fields.CharField(max_length=200)),
                    ("credential_id", fields.UUIDField()),
                    ("subject_id", fields.UUIDField()),
                    ("subject", fields.CharField(max_length=200)),
                    ("detail", fields.TextField(null=True, unique=False)),
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
                    ("name", fields.CharField(max_length=200)),
                    ("address", fields.TextField(null=True, unique=False)),
                    ("street", fields.TextField(null=True, unique=False)),
                    ("postal_code", fields.CharField(null=True, max_length=20)),
                    ("city", fields.CharField(null=True, max_length=100)),
                    ("region", fields.CharField(null=True, max_length=100)),
                    ("country", fields.CharField(null=True, max_length=2)),
                    ("vat_id", fields.CharField(null=True, max_length=50)),
                    ("tax_number", fields.CharField(null=True, max_length=50)),
                    ("registration_id", fields.CharField(null=True, max_length=50)),
                    ("registration_scheme", fields.CharField(null=True, max_length=4)),
                    ("endpoint", fields.CharField(null=True, max_length=100)),
                    ("payment_days", fields.IntField(null=True)),
                    ("default_notes", fields.TextField(null=True, unique=False)),
                    (
                        "default_tax_category",
                        fields.CharEnumField(
                            null=True,
                            description="STANDARD: STANDARD\nZERO: ZERO\nEXEMPT: EXEMPT\nREVERSE_CHARGE: REVERSE_CHARGE\nINTRA_COMMUNITY: INTRA_COMMUNITY\nEXPORT: EXPORT\nOUT_OF_SCOPE: OUT_OF_SCOPE",
                            enum_type=TaxCategory,
                            max_length=16,
                        ),
                    ),
                    ("default_tax_name", fields.CharField(null=True, max_length=50)),
                    (
                        "default_tax_rate",
                        fields.DecimalField(null=True, max_digits=7, decimal_places=4),
                    ),
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
                    ("email", fields.CharField(null=True, max_length=254)),
                    ("cc_emails", fields.TextField(null=True, unique=False)),
                    (
                        "e_invoice",
                        fields.CharEnumField(
                            default=EInvoiceFormat.PDF,
                            description="PDF: PDF\nXRECHNUNG: XRECHNUNG\nPEPPOL: PEPPOL",
                            db_default=EInvoiceFormat.PDF,
                            enum_type=EInvoiceFormat,
                            max_length=16,
                        ),
                    ),
                    ("buyer_reference", fields.CharField(null=True, max_length=100)),
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
                        CheckConstraint(
                            check="e_invoice IN ('PDF', 'XRECHNUNG', 'PEPPOL')",
                            name="customer_e_invoice",
                        ),
                        CheckConstraint(
                            check="length(country) = 2 AND country = upper(country)",
                            name="customer_country",
                        ),
                        CheckConstraint(
                            check="address IS NULL OR (street IS NULL AND postal_code IS NULL AND city IS NULL AND region IS NULL AND country IS NULL)",
                            name="customer_one_address",
                        ),
                        CheckConstraint(
                            check="payment_days >= 0 AND payment_days <= 3650",
                            name="customer_payment_days",
                        ),
                        CheckConstraint(
                            check="default_tax_rate + 0 >= 0 AND default_tax_rate + 0 <= 100",
                            name="customer_default_tax_rate",
                        ),
                    ],
                    "indexes": [
                        Index(fields=["company_id", "created_at", "id"], name="customer_listing")
                    ],
                    "pk_attr": "id",
                    "table_description": "The recipient of a company's invoices.",
                },
                bases=["PartyModel"],
            ),
            ops.CreateModel(
                name="NumberCounter",
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
                            related_name="number_counters",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "kind",
                        fields.CharEnumField(
                            description="INVOICE: INVOICE\nQUOTE: QUOTE\nCREDIT_NOTE: CREDIT_NOTE",
                            enum_type=SeriesKind,
                            max_length=16,
                        ),
                    ),
                    ("year", fields.IntField()),
                    ("next", fields.BigIntField()),
                ],
                options={
                    "table": "number_counter",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "kind", "year"), name="number_counter_year"
                        ),
                        CheckConstraint(
                            check="kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE')",
                            name="number_counter_kind",
                        ),
                        CheckConstraint(check="next > 0", name="number_counter_next"),
                    ],
                    "pk_attr": "id",
                    "table_description": "The number that comes next in a company's series.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="NumberSeries",
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
                            related_name="number_series",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "kind",
                        fields.CharEnumField(
                            description="INVOICE: INVOICE\nQUOTE: QUOTE\nCREDIT_NOTE: CREDIT_NOTE",
                            enum_type=SeriesKind,
                            max_length=16,
                        ),
                    ),
                    ("format", fields.CharField(max_length=64)),
                    ("restarts_yearly", fields.BooleanField(default=False)),
                ],
                options={
                    "table": "number_series",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(fields=("company_id", "kind"), name="number_series_kind"),
                        CheckConstraint(
                            check="kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE')",
                            name="number_series_kinds",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "How a company numbers one kind of document. Without a row, the defaults apply.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="PartySnapshot",
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
                            related_name="party_snapshots",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("digest", fields.CharField(max_length=64)),
                    ("content", fields.TextField(unique=False)),
                ],
                options={
                    "table": "party_snapshot",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "digest"), name="party_snapshot_digest"
                        ),
                        CheckConstraint(
                            check="length(digest) = 64", name="party_snapshot_digest_length"
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "A seller or a buyer as documents name it. Documents with the same party share a row.",
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
                    ("number", fields.CharField(null=True, max_length=64)),
                    ("number_key", fields.CharField(null=True, max_length=192)),
                    ("requested_number", fields.CharField(null=True, max_length=64)),
                    ("currency", fields.CharField(max_length=3)),
                    ("issue_date", fields.DateField(null=True)),
                    (
                        "tax_rounding",
                        fields.CharEnumField(
                            default=TaxRounding.HALF_UP,
                            description="HALF_UP: HALF_UP\nDOWN: DOWN",
                            db_default=TaxRounding.HALF_UP,
                            enum_type=TaxRounding,
                            max_length=8,
                        ),
                    ),
                    ("prices_include_tax", fields.BooleanField(default=False, db_default=False)),
                    ("subtotal", fields.BigIntField(default=0)),
                    (
                        "discount_percent",
                        fields.DecimalField(null=True, max_digits=7, decimal_places=4),
                    ),
                    ("discount_amount", fields.BigIntField(default=0, db_default=0)),
                    ("discount", fields.BigIntField(default=0)),
                    ("tax", fields.BigIntField(default=0)),
                    ("total", fields.BigIntField(default=0)),
                    ("tax_exemption_reason", fields.CharField(null=True, max_length=500)),
                    ("purchase_order", fields.CharField(null=True, max_length=100)),
                    ("buyer_reference", fields.CharField(null=True, max_length=100)),
                    ("period_start", fields.DateField(null=True)),
                    ("period_end", fields.DateField(null=True)),
                    ("delivery_address", fields.TextField(null=True, unique=False)),
                    ("payment_terms", fields.TextField(null=True, unique=False)),
                    ("notes", fields.TextField(null=True, unique=False)),
                    ("language", fields.CharField(null=True, max_length=16)),
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
                        "seller_snapshot",
                        fields.ForeignKeyField(
                            "models.PartySnapshot",
                            source_field="seller_snapshot_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="invoice_sellers",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    (
                        "buyer_snapshot",
                        fields.ForeignKeyField(
                            "models.PartySnapshot",
                            source_field="buyer_snapshot_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="invoice_buyers",
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
                    ("written_off", fields.BigIntField(default=0, db_default=0)),
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
                        UniqueConstraint(
                            fields=("company_id", "number_key"), name="invoice_number"
                        ),
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"), name="invoice_idempotency"
                        ),
                        CheckConstraint(check="length(currency) = 3", name="invoice_currency"),
                        CheckConstraint(
                            check="tax_rounding IN ('HALF_UP', 'DOWN')", name="invoice_tax_rounding"
                        ),
                        CheckConstraint(
                            check="total = subtotal - discount + tax", name="invoice_total"
                        ),
                        CheckConstraint(
                            check="total >= 0 AND discount_amount >= 0", name="invoice_amounts"
                        ),
                        CheckConstraint(
                            check="(status = 'DRAFT') = (number IS NULL) AND (number IS NULL) = (number_key IS NULL)",
                            name="invoice_numbered",
                        ),
                        CheckConstraint(
                            check="(status = 'DRAFT') = (seller_snapshot_id IS NULL) AND (status = 'DRAFT') = (buyer_snapshot_id IS NULL) AND (status = 'DRAFT') = (language IS NULL)",
                            name="invoice_frozen",
                        ),
                        CheckConstraint(
                            check="period_end IS NULL OR period_end >= period_start",
                            name="invoice_period",
                        ),
                        CheckConstraint(
                            check="(share_token IS NULL) = (shared_at IS NULL)",
                            name="invoice_shared_at",
                        ),
                        CheckConstraint(
                            check="status IN ('DRAFT', 'ISSUED', 'PARTIALLY_PAID', 'PAID', 'CANCELLED')",
                            name="invoice_status",
                        ),
                        CheckConstraint(
                            check="amount_paid >= 0 AND written_off >= 0 AND amount_pending >= 0 AND amount_paid + written_off <= total",
                            name="invoice_paid",
                        ),
                        CheckConstraint(
                            check="(status = 'PAID') = (status NOT IN ('DRAFT', 'CANCELLED') AND amount_paid + written_off = total)",
                            name="invoice_paid_status",
                        ),
                        CheckConstraint(
                            check="(status = 'PARTIALLY_PAID') = (status NOT IN ('DRAFT', 'CANCELLED') AND amount_paid > 0 AND amount_paid + written_off < total)",
                            name="invoice_partially_paid_status",
                        ),
                        CheckConstraint(
                            check="status <> 'DRAFT' OR (share_token IS NULL AND amount_paid = 0 AND written_off = 0)",
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
                bases=["PricedDocument"],
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
                    ("return_path", fields.TextField(null=True, unique=False)),
                    (
                        "opened_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
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
                name="CreditNote",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    ("number", fields.CharField(null=True, max_length=64)),
                    ("number_key", fields.CharField(null=True, max_length=192)),
                    ("requested_number", fields.CharField(null=True, max_length=64)),
                    ("currency", fields.CharField(max_length=3)),
                    ("issue_date", fields.DateField(null=True)),
                    (
                        "tax_rounding",
                        fields.CharEnumField(
                            default=TaxRounding.HALF_UP,
                            description="HALF_UP: HALF_UP\nDOWN: DOWN",
                            db_default=TaxRounding.HALF_UP,
                            enum_type=TaxRounding,
                            max_length=8,
                        ),
                    ),
                    ("prices_include_tax", fields.BooleanField(default=False, db_default=False)),
                    ("subtotal", fields.BigIntField(default=0)),
                    (
                        "discount_percent",
                        fields.DecimalField(null=True, max_digits=7, decimal_places=4),
                    ),
                    ("discount_amount", fields.BigIntField(default=0, db_default=0)),
                    ("discount", fields.BigIntField(default=0)),
                    ("tax", fields.BigIntField(default=0)),
                    ("total", fields.BigIntField(default=0)),
                    ("tax_exemption_reason", fields.CharField(null=True, max_length=500)),
                    ("purchase_order", fields.CharField(null=True, max_length=100)),
                    ("buyer_reference", fields.CharField(null=True, max_length=100)),
                    ("period_start", fields.DateField(null=True)),
                    ("period_end", fields.DateField(null=True)),
                    ("delivery_address", fields.TextField(null=True, unique=False)),
                    ("payment_terms", fields.TextField(null=True, unique=False)),
                    ("notes", fields.TextField(null=True, unique=False)),
                    ("language", fields.CharField(null=True, max_length=16)),
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
                    (
                        "seller_snapshot",
                        fields.ForeignKeyField(
                            "models.PartySnapshot",
                            source_field="seller_snapshot_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="credit_note_sellers",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    (
                        "buyer_snapshot",
                        fields.ForeignKeyField(
                            "models.PartySnapshot",
                            source_field="buyer_snapshot_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="credit_note_buyers",
                            on_delete=OnDelete.RESTRICT,
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
                            related_name="credit_notes",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    (
                        "status",
                        fields.CharEnumField(
                            default=CreditNoteStatus.DRAFT,
                            description="DRAFT: DRAFT\nISSUED: ISSUED\nAPPLIED: APPLIED\nVOID: VOID",
                            enum_type=CreditNoteStatus,
                            max_length=8,
                        ),
                    ),
                    ("applied", fields.BigIntField(default=0)),
                    ("paid_out", fields.BigIntField(default=0, db_default=0)),
                    ("reason", fields.TextField(null=True, unique=False)),
                    (
                        "issued_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "voided_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                ],
                options={
                    "table": "credit_note",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "number_key"), name="credit_note_number"
                        ),
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"), name="credit_note_idempotency"
                        ),
                        CheckConstraint(check="length(currency) = 3", name="credit_note_currency"),
                        CheckConstraint(
                            check="tax_rounding IN ('HALF_UP', 'DOWN')",
                            name="credit_note_tax_rounding",
                        ),
                        CheckConstraint(
                            check="total = subtotal - discount + tax", name="credit_note_total"
                        ),
                        CheckConstraint(
                            check="total >= 0 AND discount_amount >= 0", name="credit_note_amounts"
                        ),
                        CheckConstraint(
                            check="(status = 'DRAFT') = (number IS NULL) AND (number IS NULL) = (number_key IS NULL)",
                            name="credit_note_numbered",
                        ),
                        CheckConstraint(
                            check="(status = 'DRAFT') = (seller_snapshot_id IS NULL) AND (status = 'DRAFT') = (buyer_snapshot_id IS NULL) AND (status = 'DRAFT') = (language IS NULL)",
                            name="credit_note_frozen",
                        ),
                        CheckConstraint(
                            check="period_end IS NULL OR period_end >= period_start",
                            name="credit_note_period",
                        ),
                        CheckConstraint(
                            check="(share_token IS NULL) = (shared_at IS NULL)",
                            name="credit_note_shared_at",
                        ),
                        CheckConstraint(
                            check="status IN ('DRAFT', 'ISSUED', 'APPLIED', 'VOID')",
                            name="credit_note_status",
                        ),
                        CheckConstraint(
                            check="total > 0 AND applied >= 0 AND paid_out >= 0 AND applied + paid_out <= total",
                            name="credit_note_used",
                        ),
                        CheckConstraint(
                            check="(status = 'APPLIED') = (applied > 0)",
                            name="credit_note_applied_status",
                        ),
                        CheckConstraint(
                            check="status NOT IN ('DRAFT', 'VOID') OR paid_out = 0",
                            name="credit_note_paid_out_status",
                        ),
                        CheckConstraint(
                            check="(status = 'DRAFT') = (issued_at IS NULL)",
                            name="credit_note_issued_at",
                        ),
                        CheckConstraint(
                            check="(status = 'VOID') = (voided_at IS NOT NULL)",
                            name="credit_note_voided_at",
                        ),
                        CheckConstraint(
                            check="status <> 'DRAFT' OR share_token IS NULL",
                            name="credit_note_draft",
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
                        Index(fields=["invoice_id", "created_at"], name="credit_note_by_invoice"),
                    ],
                    "pk_attr": "id",
                    "table_description": "Credit that a customer has with a company. Amounts are in minor units of its currency.",
                },
                bases=["PricedDocument"],
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
                    (
                        "reverses",
                        fields.ForeignKeyField(
                            "models.CreditApplication",
                            source_field="reverses_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="reversed_by",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("actor", fields.CharField(null=True, max_length=200)),
                    ("reason", fields.TextField(null=True, unique=False)),
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
                        UniqueConstraint(
                            fields=("reverses_id",), name="credit_application_reversed_once"
                        ),
                        CheckConstraint(
                            check="amount <> 0 AND (amount < 0) = (reverses_id IS NOT NULL)",
                            name="credit_application_amount",
                        ),
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
                    "table_description": "Credit applied to an invoice or, if negative, taken off it again. Rows are never edited.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="CreditNoteLine",
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
                    ("unit", fields.CharField(null=True, max_length=50)),
                    ("unit_price", fields.DecimalField(max_digits=24, decimal_places=6)),
                    (
                        "discount_percent",
                        fields.DecimalField(null=True, max_digits=7, decimal_places=4),
                    ),
                    ("discount_amount", fields.BigIntField(default=0, db_default=0)),
                    ("amount", fields.BigIntField()),
                    ("net", fields.BigIntField()),
                    ("discount", fields.BigIntField()),
                    (
                        "tax_category",
                        fields.CharEnumField(
                            description="STANDARD: STANDARD\nZERO: ZERO\nEXEMPT: EXEMPT\nREVERSE_CHARGE: REVERSE_CHARGE\nINTRA_COMMUNITY: INTRA_COMMUNITY\nEXPORT: EXPORT\nOUT_OF_SCOPE: OUT_OF_SCOPE",
                            enum_type=TaxCategory,
                            max_length=16,
                        ),
                    ),
                    ("tax_name", fields.CharField(null=True, max_length=50)),
                    ("tax_rate", fields.DecimalField(max_digits=7, decimal_places=4)),
                    ("tax", fields.BigIntField()),
                    ("second_tax_name", fields.CharField(null=True, max_length=50)),
                    (
                        "second_tax_rate",
                        fields.DecimalField(null=True, max_digits=7, decimal_places=4),
                    ),
                    ("second_tax", fields.BigIntField(default=0, db_default=0)),
                    (
                        "credit_note",
                        fields.ForeignKeyField(
                            "models.CreditNote",
                            source_field="credit_note_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="lines",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                ],
                options={
                    "table": "credit_note_line",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("credit_note_id", "position"), name="credit_note_line_position"
                        ),
                        CheckConstraint(
                            check="quantity + 0 <> 0", name="credit_note_line_quantity"
                        ),
                        CheckConstraint(
                            check="discount_amount >= 0", name="credit_note_line_amounts"
                        ),
                        CheckConstraint(
                            check="tax_category IN ('STANDARD', 'ZERO', 'EXEMPT', 'REVERSE_CHARGE', 'INTRA_COMMUNITY', 'EXPORT', 'OUT_OF_SCOPE')",
                            name="credit_note_line_tax_category",
                        ),
                        CheckConstraint(
                            check="tax_rate + 0 >= 0 AND (tax_category = 'STANDARD') = (tax_rate + 0 > 0)",
                            name="credit_note_line_tax_rate",
                        ),
                        CheckConstraint(
                            check="(second_tax_name IS NULL) = (second_tax_rate IS NULL) AND (second_tax_rate IS NOT NULL OR second_tax = 0)",
                            name="credit_note_line_second_tax",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "A line of a credit note. Amounts are in minor units of the credit note's currency.",
                },
                bases=["DocumentLine"],
            ),
            ops.CreateModel(
                name="CreditPayout",
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
                            related_name="credit_payouts",
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
                            related_name="payouts",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("amount", fields.BigIntField()),
                    ("method", fields.CharField(max_length=50)),
                    ("reference", fields.CharField(null=True, max_length=200)),
                    (
                        "reverses",
                        fields.ForeignKeyField(
                            "models.CreditPayout",
                            source_field="reverses_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="reversed_by",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("actor", fields.CharField(max_length=200)),
                    ("reason", fields.TextField(null=True, unique=False)),
                    ("paid_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ],
                options={
                    "table": "credit_payout",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"),
                            name="credit_payout_idempotency",
                        ),
                        UniqueConstraint(
                            fields=("reverses_id",), name="credit_payout_reversed_once"
                        ),
                        CheckConstraint(
                            check="amount <> 0 AND (amount < 0) = (reverses_id IS NOT NULL)",
                            name="credit_payout_amount",
                        ),
                    ],
                    "indexes": [
                        Index(fields=["credit_note_id", "paid_at"], name="credit_payout_by_note")
                    ],
                    "pk_attr": "id",
                    "table_description": "Credit paid out to the customer or, if negative, not paid out after all.",
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
                    ("unit", fields.CharField(null=True, max_length=50)),
                    ("unit_price", fields.DecimalField(max_digits=24, decimal_places=6)),
                    (
                        "discount_percent",
                        fields.DecimalField(null=True, max_digits=7, decimal_places=4),
                    ),
                    ("discount_amount", fields.BigIntField(default=0, db_default=0)),
                    ("amount", fields.BigIntField()),
                    ("net", fields.BigIntField()),
                    ("discount", fields.BigIntField()),
                    (
                        "tax_category",
                        fields.CharEnumField(
                            description="STANDARD: STANDARD\nZERO: ZERO\nEXEMPT: EXEMPT\nREVERSE_CHARGE: REVERSE_CHARGE\nINTRA_COMMUNITY: INTRA_COMMUNITY\nEXPORT: EXPORT\nOUT_OF_SCOPE: OUT_OF_SCOPE",
                            enum_type=TaxCategory,
                            max_length=16,
                        ),
                    ),
                    ("tax_name", fields.CharField(null=True, max_length=50)),
                    ("tax_rate", fields.DecimalField(max_digits=7, decimal_places=4)),
                    ("tax", fields.BigIntField()),
                    ("second_tax_name", fields.CharField(null=True, max_length=50)),
                    (
                        "second_tax_rate",
                        fields.DecimalField(null=True, max_digits=7, decimal_places=4),
                    ),
                    ("second_tax", fields.BigIntField(default=0, db_default=0)),
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
                        CheckConstraint(check="quantity + 0 <> 0", name="invoice_line_quantity"),
                        CheckConstraint(check="discount_amount >= 0", name="invoice_line_amounts"),
                        CheckConstraint(
                            check="tax_category IN ('STANDARD', 'ZERO', 'EXEMPT', 'REVERSE_CHARGE', 'INTRA_COMMUNITY', 'EXPORT', 'OUT_OF_SCOPE')",
                            name="invoice_line_tax_category",
                        ),
                        CheckConstraint(
                            check="tax_rate + 0 >= 0 AND (tax_category = 'STANDARD') = (tax_rate + 0 > 0)",
                            name="invoice_line_tax_rate",
                        ),
                        CheckConstraint(
                            check="(second_tax_name IS NULL) = (second_tax_rate IS NULL) AND (second_tax_rate IS NOT NULL OR second_tax = 0)",
                            name="invoice_line_second_tax",
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
                            description="ISSUED: ISSUED\nCANCELLED: CANCELLED\nPAYMENT_RECEIVED: PAYMENT_RECEIVED\nPAYMENT_PENDING: PAYMENT_PENDING\nPAYMENT_FAILED: PAYMENT_FAILED\nCREDIT_APPLIED: CREDIT_APPLIED\nREFUNDED: REFUNDED\nDISPUTED: DISPUTED\nREVERSAL_RETURNED: REVERSAL_RETURNED\nPAYMENT_REVERSED: PAYMENT_REVERSED\nCREDIT_REVERSED: CREDIT_REVERSED\nWRITTEN_OFF: WRITTEN_OFF\nWRITE_OFF_REVERSED: WRITE_OFF_REVERSED",
                            enum_type=InvoiceChange,
                            max_length=20,
                        ),
                    ),
                    ("amount", fields.BigIntField(null=True)),
                    ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("actor", fields.CharField(null=True, max_length=200)),
                    ("reason", fields.TextField(null=True, unique=False)),
                ],
                options={
                    "table": "invoice_update",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "sequence"), name="invoice_update_sequence"
                        ),
                        CheckConstraint(
                            check="change IN ('ISSUED', 'CANCELLED', 'PAYMENT_RECEIVED', 'PAYMENT_PENDING', 'PAYMENT_FAILED', 'CREDIT_APPLIED', 'REFUNDED', 'DISPUTED', 'REVERSAL_RETURNED', 'PAYMENT_REVERSED', 'CREDIT_REVERSED', 'WRITTEN_OFF', 'WRITE_OFF_REVERSED')",
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
                    ("actor", fields.CharField(null=True, max_length=200)),
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
                            description="REFUND: REFUND\nDISPUTE: DISPUTE\nREVERSAL: REVERSAL",
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
                name="Quote",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    ("number", fields.CharField(null=True, max_length=64)),
                    ("number_key", fields.CharField(null=True, max_length=192)),
                    ("requested_number", fields.CharField(null=True, max_length=64)),
                    ("currency", fields.CharField(max_length=3)),
                    ("issue_date", fields.DateField(null=True)),
                    (
                        "tax_rounding",
                        fields.CharEnumField(
                            default=TaxRounding.HALF_UP,
                            description="HALF_UP: HALF_UP\nDOWN: DOWN",
                            db_default=TaxRounding.HALF_UP,
                            enum_type=TaxRounding,
                            max_length=8,
                        ),
                    ),
                    ("prices_include_tax", fields.BooleanField(default=False, db_default=False)),
                    ("subtotal", fields.BigIntField(default=0)),
                    (
                        "discount_percent",
                        fields.DecimalField(null=True, max_digits=7, decimal_places=4),
                    ),
                    ("discount_amount", fields.BigIntField(default=0, db_default=0)),
                    ("discount", fields.BigIntField(default=0)),
                    ("tax", fields.BigIntField(default=0)),
                    ("total", fields.BigIntField(default=0)),
                    ("tax_exemption_reason", fields.CharField(null=True, max_length=500)),
                    ("purchase_order", fields.CharField(null=True, max_length=100)),
                    ("buyer_reference", fields.CharField(null=True, max_length=100)),
                    ("period_start", fields.DateField(null=True)),
                    ("period_end", fields.DateField(null=True)),
                    ("delivery_address", fields.TextField(null=True, unique=False)),
                    ("payment_terms", fields.TextField(null=True, unique=False)),
                    ("notes", fields.TextField(null=True, unique=False)),
                    ("language", fields.CharField(null=True, max_length=16)),
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
                        "seller_snapshot",
                        fields.ForeignKeyField(
                            "models.PartySnapshot",
                            source_field="seller_snapshot_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="quote_sellers",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    (
                        "buyer_snapshot",
                        fields.ForeignKeyField(
                            "models.PartySnapshot",
                            source_field="buyer_snapshot_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="quote_buyers",
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
                        UniqueConstraint(fields=("company_id", "number_key"), name="quote_number"),
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"), name="quote_idempotency"
                        ),
                        CheckConstraint(check="length(currency) = 3", name="quote_currency"),
                        CheckConstraint(
                            check="tax_rounding IN ('HALF_UP', 'DOWN')", name="quote_tax_rounding"
                        ),
                        CheckConstraint(
                            check="total = subtotal - discount + tax", name="quote_total"
                        ),
                        CheckConstraint(
                            check="total >= 0 AND discount_amount >= 0", name="quote_amounts"
                        ),
                        CheckConstraint(
                            check="(status = 'DRAFT') = (number IS NULL) AND (number IS NULL) = (number_key IS NULL)",
                            name="quote_numbered",
                        ),
                        CheckConstraint(
                            check="(status = 'DRAFT') = (seller_snapshot_id IS NULL) AND (status = 'DRAFT') = (buyer_snapshot_id IS NULL) AND (status = 'DRAFT') = (language IS NULL)",
                            name="quote_frozen",
                        ),
                        CheckConstraint(
                            check="period_end IS NULL OR period_end >= period_start",
                            name="quote_period",
                        ),
                        CheckConstraint(
                            check="(share_token IS NULL) = (shared_at IS NULL)",
                            name="quote_shared_at",
                        ),
                        UniqueConstraint(fields=("invoice_id",), name="quote_invoice_once"),
                        CheckConstraint(
                            check="status IN ('DRAFT', 'SENT', 'ACCEPTED', 'DECLINED')",
                            name="quote_status",
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
                bases=["PricedDocument"],
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
                            null=True,
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
                        "credit_note",
                        fields.ForeignKeyField(
                            "models.CreditNote",
                            source_field="credit_note_id",
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
                            description="INVOICE: INVOICE\nQUOTE: QUOTE\nCREDIT_NOTE: CREDIT_NOTE\nREMINDER: REMINDER\nANNOUNCEMENT: ANNOUNCEMENT\nNOTICE: NOTICE",
                            enum_type=MailKind,
                            max_length=16,
                        ),
                    ),
                    ("stage", fields.IntField(null=True)),
                    (
                        "sent_with",
                        fields.ForeignKeyField(
                            "models.EmailDelivery",
                            source_field="sent_with_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="sent_together",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "copy_of",
                        fields.ForeignKeyField(
                            "models.EmailDelivery",
                            source_field="copy_of_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="copies",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("recipient", fields.CharField(max_length=254)),
                    ("subject", fields.CharField(null=True, max_length=200)),
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
                            check="kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE', 'REMINDER', 'ANNOUNCEMENT', 'NOTICE')",
                            name="email_delivery_kind",
                        ),
                        CheckConstraint(
                            check="(kind IN ('INVOICE', 'REMINDER')) = (invoice_id IS NOT NULL) AND (kind = 'QUOTE') = (quote_id IS NOT NULL) AND (kind = 'CREDIT_NOTE') = (credit_note_id IS NOT NULL) AND (kind = 'ANNOUNCEMENT') = (announcement_id IS NOT NULL) AND (kind = 'NOTICE') = (customer_id IS NULL) AND (kind = 'NOTICE') = (subject IS NOT NULL)",
                            name="email_delivery_subject",
                        ),
                        CheckConstraint(
                            check="kind = 'REMINDER' OR stage IS NULL",
                            name="email_delivery_stage_kind",
                        ),
                        CheckConstraint(
                            check="kind = 'REMINDER' OR sent_with_id IS NULL",
                            name="email_delivery_sent_with_kind",
                        ),
                        CheckConstraint(
                            check="copy_of_id IS NULL OR kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE')",
                            name="email_delivery_copy_kind",
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
                        Index(
                            fields=["credit_note_id", "created_at"],
                            name="email_delivery_by_credit_note",
                        ),
                        Index(fields=["sent_with_id"], name="email_delivery_sent_together"),
                        Index(fields=["copy_of_id"], name="email_delivery_copies"),
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
                    ("unit", fields.CharField(null=True, max_length=50)),
                    ("unit_price", fields.DecimalField(max_digits=24, decimal_places=6)),
                    (
                        "discount_percent",
                        fields.DecimalField(null=True, max_digits=7, decimal_places=4),
                    ),
                    ("discount_amount", fields.BigIntField(default=0, db_default=0)),
                    ("amount", fields.BigIntField()),
                    ("net", fields.BigIntField()),
                    ("discount", fields.BigIntField()),
                    (
                        "tax_category",
                        fields.CharEnumField(
                            description="STANDARD: STANDARD\nZERO: ZERO\nEXEMPT: EXEMPT\nREVERSE_CHARGE: REVERSE_CHARGE\nINTRA_COMMUNITY: INTRA_COMMUNITY\nEXPORT: EXPORT\nOUT_OF_SCOPE: OUT_OF_SCOPE",
                            enum_type=TaxCategory,
                            max_length=16,
                        ),
                    ),
                    ("tax_name", fields.CharField(null=True, max_length=50)),
                    ("tax_rate", fields.DecimalField(max_digits=7, decimal_places=4)),
                    ("tax", fields.BigIntField()),
                    ("second_tax_name", fields.CharField(null=True, max_length=50)),
                    (
                        "second_tax_rate",
                        fields.DecimalField(null=True, max_digits=7, decimal_places=4),
                    ),
                    ("second_tax", fields.BigIntField(default=0, db_default=0)),
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
                        CheckConstraint(check="quantity + 0 <> 0", name="quote_line_quantity"),
                        CheckConstraint(check="discount_amount >= 0", name="quote_line_amounts"),
                        CheckConstraint(
                            check="tax_category IN ('STANDARD', 'ZERO', 'EXEMPT', 'REVERSE_CHARGE', 'INTRA_COMMUNITY', 'EXPORT', 'OUT_OF_SCOPE')",
                            name="quote_line_tax_category",
                        ),
                        CheckConstraint(
                            check="tax_rate + 0 >= 0 AND (tax_category = 'STANDARD') = (tax_rate + 0 > 0)",
                            name="quote_line_tax_rate",
                        ),
                        CheckConstraint(
                            check="(second_tax_name IS NULL) = (second_tax_rate IS NULL) AND (second_tax_rate IS NOT NULL OR second_tax = 0)",
                            name="quote_line_second_tax",
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
                            description="REFUND: REFUND\nDISPUTE: DISPUTE\nREVERSAL: REVERSAL",
                            enum_type=PaymentReversalKind,
                            max_length=8,
                        ),
                    ),
                    ("amount", fields.BigIntField()),
                    ("reversed_payment_id", fields.UUIDField(null=True, unique=True)),
                    ("actor", fields.CharField(null=True, max_length=200)),
                    ("reason", fields.TextField(null=True, unique=False)),
                    ("at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ],
                options={
                    "table": "reversal",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"), name="reversal_idempotency"
                        ),
                        CheckConstraint(
                            check="kind IN ('REFUND', 'DISPUTE', 'REVERSAL')", name="reversal_kind"
                        ),
                        CheckConstraint(check="amount <> 0", name="reversal_amount"),
                        CheckConstraint(
                            check="(kind = 'REVERSAL') = (reversed_payment_id IS NOT NULL) AND (reversed_payment_id IS NULL OR reversed_payment_id = payment_id)",
                            name="reversal_reversed_payment",
                        ),
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
                name="StripeRefund",
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
                            related_name="stripe_refunds",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "payment",
                        fields.ForeignKeyField(
                            "models.Payment",
                            source_field="payment_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="stripe_refunds",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("amount", fields.BigIntField()),
                    ("reason", fields.TextField(null=True, unique=False)),
                    ("actor", fields.CharField(max_length=200)),
                    ("credits_invoice", fields.BooleanField(default=False)),
                    (
                        "status",
                        fields.CharEnumField(
                            default=StripeRefundStatus.REQUESTED,
                            description="REQUESTED: REQUESTED\nDONE: DONE\nFAILED: FAILED",
                            enum_type=StripeRefundStatus,
                            max_length=16,
                        ),
                    ),
                    ("refund_id", fields.CharField(null=True, max_length=255)),
                    ("detail", fields.TextField(null=True, unique=False)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    (
                        "next_attempt_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ],
                options={
                    "table": "stripe_refund",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"),
                            name="stripe_refund_idempotency",
                        ),
                        CheckConstraint(
                            check="status IN ('REQUESTED', 'DONE', 'FAILED')",
                            name="stripe_refund_status",
                        ),
                        CheckConstraint(check="amount > 0", name="stripe_refund_amount"),
                        CheckConstraint(
                            check="(status = 'REQUESTED') = (next_attempt_at IS NOT NULL)",
                            name="stripe_refund_next_attempt",
                        ),
                    ],
                    "indexes": [
                        Index(fields=["payment_id"], name="stripe_refund_by_payment"),
                        Index(
                            fields=["status", "next_attempt_at"], name="stripe_refund_unfinished"
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "A refund that staff ask Stripe for. Its id is the idempotency key of the request.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="WriteOff",
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
                            related_name="write_offs",
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
                            related_name="write_offs",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("amount", fields.BigIntField()),
                    ("actor", fields.CharField(null=True, max_length=200)),
                    ("reason", fields.TextField(null=True, unique=False)),
                    ("at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ],
                options={
                    "table": "write_off",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"), name="write_off_idempotency"
                        ),
                        CheckConstraint(check="amount <> 0", name="write_off_amount"),
                    ],
                    "indexes": [Index(fields=["invoice_id", "at"], name="write_off_by_invoice")],
                    "pk_attr": "id",
                    "table_description": "What a business gives up of an invoice or, if negative, claims or gets after all.",
                },
                bases=["Model"],
            ),
            forward=FORWARD,
            backward=BACKWARD,
        ),
    ]
