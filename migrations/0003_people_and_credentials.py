"""People and credentials that nobody can guess, inherit or outlive.

The models are as `make migrations` writes them. What happens to the rows is in
`_people_and_credentials.py`.
"""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from db.indexes import ComputedIndex, PartialIndex
from db.table_changes import ChangeTables
from migrations._people_and_credentials import BACKWARD, FORWARD
from models.audit_log import AuditAction
from models.checkouts import CheckoutStatus, PaymentReversalKind, PaymentReversalStatus
from models.companies import Plan, VatScheme
from models.credentials import CredentialKind, InvitationKind
from models.credit_notes import CreditNoteStatus
from models.customers import EInvoiceFormat
from models.emails import DeliveryState, EmailTextKind, MailKind, OptOutOrigin
from models.invoice_events import InvoiceChange
from models.invoices import InvoiceStatus
from models.quotes import QuoteStatus
from models.views import ViewSource
from models.webhooks import SubjectType, WebhookDeliveryState, WebhookEvent, WebhookKind
from values.taxes import TaxCategory, TaxRounding


class Migration(migrations.Migration):
    dependencies = [("models", "0002_documents_and_money")]
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
                    ("archive_email", fields.CharField(null=True, max_length=254)),
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
                    ("allow_partial_payment", fields.BooleanField(default=False, db_default=False)),
                    ("minimum_payment", fields.BigIntField(null=True)),
                    ("stripe_account", fields.CharField(null=True, max_length=255)),
                    ("charges_enabled", fields.BooleanField(default=False, db_default=False)),
                    (
                        "charges_reported_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("stripe_connections", fields.IntField(default=0, db_default=0)),
                    (
                        "second_factor_required",
                        fields.BooleanField(default=False, db_default=False),
                    ),
                    ("sends_receipts", fields.BooleanField(default=True, db_default=True)),
                    (
                        "invoices_accepted_quotes",
                        fields.BooleanField(default=False, db_default=False),
                    ),
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
                            check="minimum_payment > 0", name="company_minimum_payment"
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
                            description="CUSTOMER_CREATED: CUSTOMER_CREATED\nCUSTOMER_UPDATED: CUSTOMER_UPDATED\nINVOICE_CREATED: INVOICE_CREATED\nINVOICE_ISSUED: INVOICE_ISSUED\nINVOICE_CANCELLED: INVOICE_CANCELLED\nQUOTE_CREATED: QUOTE_CREATED\nCREDIT_NOTE_CREATED: CREDIT_NOTE_CREATED\nDRAFT_DELETED: DRAFT_DELETED\nEMAIL_SENT: EMAIL_SENT\nINVOICE_SHARED: INVOICE_SHARED\nINVOICE_SHARE_REVOKED: INVOICE_SHARE_REVOKED\nPORTAL_SHARED: PORTAL_SHARED\nPORTAL_SHARE_REVOKED: PORTAL_SHARE_REVOKED\nAPI_KEY_CREATED: API_KEY_CREATED\nAPI_KEY_REVOKED: API_KEY_REVOKED\nUSER_INVITED: USER_INVITED\nUSER_UPDATED: USER_UPDATED\nUSER_REMOVED: USER_REMOVED\nSIGNED_IN: SIGNED_IN\nSIGN_IN_FAILED: SIGN_IN_FAILED\nSIGNED_OUT: SIGNED_OUT\nSESSION_ENDED: SESSION_ENDED\nPASSWORD_CHOSEN: PASSWORD_CHOSEN\nPASSWORD_CONFIRMED: PASSWORD_CONFIRMED\nPASSWORD_RESET_REQUESTED: PASSWORD_RESET_REQUESTED\nSECOND_FACTOR_ENABLED: SECOND_FACTOR_ENABLED\nSECOND_FACTOR_DISABLED: SECOND_FACTOR_DISABLED\nSECOND_FACTOR_RESET: SECOND_FACTOR_RESET\nSECOND_FACTOR_REQUIRED: SECOND_FACTOR_REQUIRED\nSECOND_FACTOR_NOT_REQUIRED: SECOND_FACTOR_NOT_REQUIRED\nRECOVERY_CODE_USED: RECOVERY_CODE_USED\nRECOVERY_CODES_REPLACED: RECOVERY_CODES_REPLACED\nCOMPANY_UPDATED: COMPANY_UPDATED\nBANK_DETAILS_CHANGED: BANK_DETAILS_CHANGED\nNUMBERING_CHANGED: NUMBERING_CHANGED\nCREDIT_NOTE_ISSUED: CREDIT_NOTE_ISSUED\nCREDIT_NOTE_APPLIED: CREDIT_NOTE_APPLIED\nCREDIT_NOTE_VOIDED: CREDIT_NOTE_VOIDED\nCREDIT_APPLICATION_REVERSED: CREDIT_APPLICATION_REVERSED\nCREDIT_PAID_OUT: CREDIT_PAID_OUT\nCREDIT_PAYOUT_REVERSED: CREDIT_PAYOUT_REVERSED\nCREDIT_NOTE_SHARED: CREDIT_NOTE_SHARED\nCREDIT_NOTE_SHARE_REVOKED: CREDIT_NOTE_SHARE_REVOKED\nPAYMENT_RECORDED: PAYMENT_RECORDED\nPAYMENT_REVERSED: PAYMENT_REVERSED\nPAYMENT_REFUNDED: PAYMENT_REFUNDED\nINVOICE_WRITTEN_OFF: INVOICE_WRITTEN_OFF\nWRITE_OFF_REVERSED: WRITE_OFF_REVERSED\nQUOTE_SHARED: QUOTE_SHARED\nQUOTE_SHARE_REVOKED: QUOTE_SHARE_REVOKED\nQUOTE_ACCEPTED: QUOTE_ACCEPTED\nQUOTE_DECLINED: QUOTE_DECLINED\nQUESTION_DELETED: QUESTION_DELETED\nANNOUNCEMENT_SENT: ANNOUNCEMENT_SENT\nEMAILS_TURNED_OFF: EMAILS_TURNED_OFF\nEMAIL_TEXT_CHANGED: EMAIL",
                            enum_type=AuditAction,
                            max_length=32,
                        ),
                    ),
                    ("actor", fields.CharField(max_length=200)),
                    ("credential_id", fields.UUIDField()),
                    ("subject_id", fields.UUIDField()),
                    ("subject", fields.CharField(max_length=200)),
                    ("customer_id", fields.UUIDField(null=True)),
                    ("detail", fields.TextField(null=True, unique=False)),
                ],
                options={
                    "table": "audit_entry",
                    "app": "models",
                    "indexes": [
                        Index(fields=["company_id", "at", "id"], name="audit_entry_log"),
                        PartialIndex(
                            fields=["company_id", "at", "id"],
                            name="audit_entry_of_company",
                            where="action IN ('CUSTOMER_CREATED', 'CUSTOMER_UPDATED', 'PORTAL_SHARED', 'PORTAL_SHARE_REVOKED', 'EMAILS_TURNED_OFF', 'INVOICE_CREATED', 'INVOICE_SHARED', 'INVOICE_SHARE_REVOKED', 'QUOTE_CREATED', 'QUOTE_SHARED', 'QUOTE_SHARE_REVOKED', 'CREDIT_NOTE_CREATED', 'CREDIT_NOTE_ISSUED', 'CREDIT_NOTE_VOIDED', 'CREDIT_NOTE_SHARED', 'CREDIT_NOTE_SHARE_REVOKED', 'CREDIT_NOTE_APPLIED', 'CREDIT_APPLICATION_REVERSED', 'CREDIT_PAID_OUT', 'CREDIT_PAYOUT_REVERSED', 'DRAFT_DELETED')",
                        ),
                        PartialIndex(
                            fields=["customer_id", "at", "id"],
                            name="audit_entry_of_customer",
                            where="action IN ('CUSTOMER_CREATED', 'CUSTOMER_UPDATED', 'PORTAL_SHARED', 'PORTAL_SHARE_REVOKED', 'EMAILS_TURNED_OFF', 'INVOICE_CREATED', 'INVOICE_SHARED', 'INVOICE_SHARE_REVOKED', 'QUOTE_CREATED', 'QUOTE_SHARED', 'QUOTE_SHARE_REVOKED', 'CREDIT_NOTE_CREATED', 'CREDIT_NOTE_ISSUED', 'CREDIT_NOTE_VOIDED', 'CREDIT_NOTE_SHARED', 'CREDIT_NOTE_SHARE_REVOKED', 'CREDIT_NOTE_APPLIED', 'CREDIT_APPLICATION_REVERSED', 'CREDIT_PAID_OUT', 'CREDIT_PAYOUT_REVERSED', 'DRAFT_DELETED')",
                        ),
                        PartialIndex(
                            fields=["subject_id", "at", "id"],
                            name="audit_entry_of_subject",
                            where="action IN ('CUSTOMER_CREATED', 'CUSTOMER_UPDATED', 'PORTAL_SHARED', 'PORTAL_SHARE_REVOKED', 'EMAILS_TURNED_OFF', 'INVOICE_CREATED', 'INVOICE_SHARED', 'INVOICE_SHARE_REVOKED', 'QUOTE_CREATED', 'QUOTE_SHARED', 'QUOTE_SHARE_REVOKED', 'CREDIT_NOTE_CREATED', 'CREDIT_NOTE_ISSUED', 'CREDIT_NOTE_VOIDED', 'CREDIT_NOTE_SHARED', 'CREDIT_NOTE_SHARE_REVOKED', 'CREDIT_NOTE_APPLIED', 'CREDIT_APPLICATION_REVERSED', 'CREDIT_PAID_OUT', 'CREDIT_PAYOUT_REVERSED', 'DRAFT_DELETED')",
                        ),
                        Index(
                            fields=["company_id", "action", "at", "id"],
                            name="audit_entry_by_action",
                        ),
                        Index(
                            fields=["company_id", "actor", "at", "id"], name="audit_entry_by_actor"
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "An entry in the audit log. Names are copied, so that it outlives what it is about.",
                },
                bases=["Model"],
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
                    ("request", fields.TextField(unique=False)),
                    ("session_id", fields.CharField(null=True, unique=True, max_length=255)),
                    ("url", fields.TextField(null=True, unique=False)),
                    ("return_path", fields.TextField(null=True, unique=False)),
                    (
                        "opened_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("payment_intent", fields.CharField(null=True, unique=True, max_length=255)),
                    ("method_type", fields.CharField(null=True, max_length=40)),
                    ("method_brand", fields.CharField(null=True, max_length=40)),
                    ("method_last4", fields.CharField(null=True, max_length=4)),
                    (
                        "started_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "failed_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("failure_code", fields.CharField(null=True, max_length=100)),
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
                            check="status IN ('OPENING', 'EXPIRING', 'EXPIRED') OR session_id IS NOT NULL",
                            name="checkout_session",
                        ),
                        CheckConstraint(
                            check="status <> 'OPEN' OR url IS NOT NULL", name="checkout_url"
                        ),
                        CheckConstraint(
                            check="method_type IS NOT NULL OR (method_brand IS NULL AND method_last4 IS NULL)",
                            name="checkout_method",
                        ),
                        CheckConstraint(
                            check="failure_code IS NULL OR failed_at IS NOT NULL",
                            name="checkout_failure",
                        ),
                    ],
                    "indexes": [
                        Index(fields=["status", "next_look_at"], name="checkout_unfinished"),
                        Index(fields=["account"], name="checkout_by_account"),
                    ],
                    "pk_attr": "id",
                    "table_description": "An attempt to pay invoices online: a Stripe Checkout session, or the request for one.",
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
                    ("search_text", fields.TextField(default="", db_default="", unique=False)),
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
                        Index(fields=["company_id", "created_at", "id"], name="customer_listing"),
                        Index(fields=["company_id", "search_text", "id"], name="customer_by_name"),
                        PartialIndex(
                            fields=["company_id", "created_at", "id"],
                            name="customer_shared",
                            where="portal_token IS NOT NULL",
                        ),
                        PartialIndex(
                            fields=["company_id", "created_at", "id"],
                            name="customer_unshared",
                            where="portal_token IS NULL",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "The recipient of a company's invoices.",
                },
                bases=["PartyModel", "SearchableModel"],
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
                    (
                        "document_off_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "document_off_by",
                        fields.CharEnumField(
                            null=True,
                            description="LINK: LINK\nONE_CLICK: ONE_CLICK\nSTAFF: STAFF",
                            enum_type=OptOutOrigin,
                            max_length=16,
                        ),
                    ),
                    (
                        "reminder_off_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "reminder_off_by",
                        fields.CharEnumField(
                            null=True,
                            description="LINK: LINK\nONE_CLICK: ONE_CLICK\nSTAFF: STAFF",
                            enum_type=OptOutOrigin,
                            max_length=16,
                        ),
                    ),
                    (
                        "marketing_off_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "marketing_off_by",
                        fields.CharEnumField(
                            null=True,
                            description="LINK: LINK\nONE_CLICK: ONE_CLICK\nSTAFF: STAFF",
                            enum_type=OptOutOrigin,
                            max_length=16,
                        ),
                    ),
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
                        CheckConstraint(
                            check="document_emails <> (document_off_at IS NOT NULL) AND (document_off_by IS NULL OR document_off_at IS NOT NULL) AND (document_off_by IS NULL OR document_off_by IN ('LINK', 'ONE_CLICK', 'STAFF'))",
                            name="email_preference_document_off",
                        ),
                        CheckConstraint(
                            check="reminder_emails <> (reminder_off_at IS NOT NULL) AND (reminder_off_by IS NULL OR reminder_off_at IS NOT NULL) AND (reminder_off_by IS NULL OR reminder_off_by IN ('LINK', 'ONE_CLICK', 'STAFF'))",
                            name="email_preference_reminder_off",
                        ),
                        CheckConstraint(
                            check="marketing_emails <> (marketing_off_at IS NOT NULL) AND (marketing_off_by IS NULL OR marketing_off_at IS NOT NULL) AND (marketing_off_by IS NULL OR marketing_off_by IN ('LINK', 'ONE_CLICK', 'STAFF'))",
                            name="email_preference_marketing_off",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "An address's preferences at a company. Anyone with the token can change them.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="EmailText",
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
                            related_name="email_texts",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "kind",
                        fields.CharEnumField(
                            description="INVOICE: INVOICE\nQUOTE: QUOTE\nCREDIT_NOTE: CREDIT_NOTE\nREMINDER: REMINDER\nOVERDUE_REMINDER: OVERDUE_REMINDER\nRECEIPT: RECEIPT\nREFUND: REFUND\nPAYMENT_FAILED: PAYMENT_FAILED",
                            enum_type=EmailTextKind,
                            max_length=32,
                        ),
                    ),
                    ("language", fields.CharField(max_length=16)),
                    ("subject", fields.CharField(null=True, max_length=200)),
                    ("message", fields.TextField(null=True, unique=False)),
                    ("updated_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ],
                options={
                    "table": "email_text",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "kind", "language"), name="email_text_language"
                        ),
                        CheckConstraint(
                            check="kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE', 'REMINDER', 'OVERDUE_REMINDER', 'RECEIPT', 'REFUND', 'PAYMENT_FAILED')",
                            name="email_text_kind",
                        ),
                        CheckConstraint(
                            check="subject IS NOT NULL OR message IS NOT NULL",
                            name="email_text_content",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "A company's own words for one kind of e-mail in one language.",
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
                        UniqueConstraint(fields=("company_id", "digest"), name="logo_company"),
                    ],
                    "indexes": [Index(fields=["digest"], name="logo_by_digest")],
                    "pk_attr": "id",
                    "table_description": "A logo of a company, the present one or an earlier one: a PNG, with its size in pixels.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Invoice",
                fields=[
                    ("search_text", fields.TextField(default="", db_default="", unique=False)),
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
                    ("summary", fields.CharField(default="", db_default="", max_length=100)),
                    ("period_start", fields.DateField(null=True)),
                    ("period_end", fields.DateField(null=True)),
                    ("delivery_address", fields.TextField(null=True, unique=False)),
                    ("payment_terms", fields.TextField(null=True, unique=False)),
                    ("notes", fields.TextField(null=True, unique=False)),
                    ("language", fields.CharField(null=True, max_length=16)),
                    ("has_questions", fields.BooleanField(default=False, db_default=False)),
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
                    ("read_count", fields.BigIntField(default=0, db_default=0)),
                    (
                        "first_read_at",
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
                            check="view_count >= 0 AND unique_ips >= 0 AND unique_ips <= view_count AND (view_count = 0) = (first_viewed_at IS NULL) AND (view_count = 0) = (last_viewed_at IS NULL) AND read_count >= 0 AND read_count <= view_count AND (read_count = 0) = (first_read_at IS NULL)",
                            name="invoice_view_counters",
                        ),
                    ],
                    "indexes": [
                        Index(
                            fields=[
                                "company_id",
                                "created_at",
                                "id",
                                "status",
                                "issue_date",
                                "due_date",
                                "first_viewed_at",
                                "(status IN ('ISSUED', 'PARTIALLY_PAID'))",
                                "(share_token IS NULL)",
                                "(share_token IS NOT NULL)",
                            ],
                            name="invoice_listing",
                        ),
                        Index(
                            fields=["company_id", "status", "created_at", "id"],
                            name="invoice_by_status",
                        ),
                        Index(
                            fields=["customer_id", "created_at", "id"], name="invoice_by_customer"
                        ),
                        Index(
                            fields=[
                                "company_id",
                                "number_key",
                                "id",
                                "status",
                                "issue_date",
                                "due_date",
                                "first_viewed_at",
                                "(status IN ('ISSUED', 'PARTIALLY_PAID'))",
                                "(share_token IS NULL)",
                                "(share_token IS NOT NULL)",
                            ],
                            name="invoice_by_number",
                        ),
                        Index(
                            fields=[
                                "company_id",
                                "due_date",
                                "id",
                                "status",
                                "issue_date",
                                "first_viewed_at",
                                "(status IN ('ISSUED', 'PARTIALLY_PAID'))",
                                "(share_token IS NULL)",
                                "(share_token IS NOT NULL)",
                            ],
                            name="invoice_by_due_date",
                        ),
                        Index(
                            fields=[
                                "company_id",
                                "total",
                                "id",
                                "status",
                                "issue_date",
                                "due_date",
                                "first_viewed_at",
                                "(status IN ('ISSUED', 'PARTIALLY_PAID'))",
                                "(share_token IS NULL)",
                                "(share_token IS NOT NULL)",
                            ],
                            name="invoice_by_total",
                        ),
                        ComputedIndex(
                            fields=[
                                "company_id",
                                "id",
                                "status",
                                "issue_date",
                                "due_date",
                                "first_viewed_at",
                                "(status IN ('ISSUED', 'PARTIALLY_PAID'))",
                                "(share_token IS NULL)",
                                "(share_token IS NOT NULL)",
                            ],
                            name="invoice_by_amount_due",
                            computed="(CASE WHEN status = 'CANCELLED' THEN 0 ELSE total - amount_paid - written_off END)",
                        ),
                        Index(
                            fields=[
                                "company_id",
                                "issue_date",
                                "id",
                                "status",
                                "due_date",
                                "first_viewed_at",
                                "(status IN ('ISSUED', 'PARTIALLY_PAID'))",
                                "(share_token IS NULL)",
                                "(share_token IS NOT NULL)",
                            ],
                            name="invoice_by_issue_date",
                        ),
                        Index(
                            fields=["company_id", "currency", "created_at", "id"],
                            name="invoice_by_currency",
                        ),
                        PartialIndex(
                            fields=["company_id", "created_at", "id"],
                            name="invoice_shared",
                            where="share_token IS NOT NULL",
                        ),
                        PartialIndex(
                            fields=["company_id", "created_at", "id"],
                            name="invoice_unshared",
                            where="share_token IS NULL",
                        ),
                        PartialIndex(
                            fields=["company_id", "created_at", "id"],
                            name="invoice_unopened",
                            where="share_token IS NOT NULL AND first_viewed_at IS NULL",
                        ),
                        PartialIndex(
                            fields=["company_id", "created_at", "id"],
                            name="invoice_opened",
                            where="first_viewed_at IS NOT NULL",
                        ),
                        PartialIndex(
                            fields=["company_id", "created_at", "id"],
                            name="invoice_opened_unpaid",
                            where="status IN ('ISSUED', 'PARTIALLY_PAID') AND first_viewed_at IS NOT NULL",
                        ),
                        Index(
                            fields=[
                                "company_id",
                                "status",
                                "due_date",
                                "currency",
                                "total",
                                "amount_paid",
                                "written_off",
                            ],
                            name="invoice_open_sums",
                        ),
                        Index(
                            fields=[
                                "customer_id",
                                "status",
                                "created_at",
                                "id",
                                "issue_date",
                                "currency",
                                "due_date",
                                "total",
                                "amount_paid",
                                "written_off",
                                "amount_pending",
                            ],
                            name="invoice_of_account",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "A company's invoice to a customer. Amounts are in minor units of its currency.",
                },
                bases=["PricedDocument"],
            ),
            ops.CreateModel(
                name="CheckoutShare",
                fields=[
                    (
                        "id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    (
                        "checkout",
                        fields.ForeignKeyField(
                            "models.Checkout",
                            source_field="checkout_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="shares",
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
                            related_name="checkout_shares",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("position", fields.IntField()),
                    ("amount", fields.BigIntField()),
                    ("payable_for", fields.UUIDField(null=True, unique=True)),
                ],
                options={
                    "table": "checkout_share",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("checkout_id", "position"), name="checkout_share_position"
                        ),
                        CheckConstraint(
                            check="position > 0 AND amount > 0", name="checkout_share_amount"
                        ),
                        CheckConstraint(
                            check="payable_for = invoice_id", name="checkout_share_payable_for"
                        ),
                    ],
                    "indexes": [Index(fields=["invoice_id"], name="checkout_share_by_invoice")],
                    "pk_attr": "id",
                    "table_description": "The part of a checkout's amount that pays one of its invoices, in minor units.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="CreditNote",
                fields=[
                    ("search_text", fields.TextField(default="", db_default="", unique=False)),
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
                    ("summary", fields.CharField(default="", db_default="", max_length=100)),
                    ("period_start", fields.DateField(null=True)),
                    ("period_end", fields.DateField(null=True)),
                    ("delivery_address", fields.TextField(null=True, unique=False)),
                    ("payment_terms", fields.TextField(null=True, unique=False)),
                    ("notes", fields.TextField(null=True, unique=False)),
                    ("language", fields.CharField(null=True, max_length=16)),
                    ("has_questions", fields.BooleanField(default=False, db_default=False)),
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
                        Index(fields=["company_id", "total", "id"], name="credit_note_by_total"),
                        Index(
                            fields=["company_id", "issue_date", "id"],
                            name="credit_note_by_issue_date",
                        ),
                        Index(
                            fields=["company_id", "currency", "created_at", "id"],
                            name="credit_note_by_currency",
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
                    ("suspected", fields.BooleanField(default=False, db_default=False)),
                    (
                        "read_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "pdf_downloaded_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "pay_clicked_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
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
                        CheckConstraint(
                            check="automated OR NOT suspected", name="invoice_view_suspected"
                        ),
                        CheckConstraint(
                            check="read_at IS NULL OR NOT automated", name="invoice_view_read"
                        ),
                        CheckConstraint(
                            check="read_at IS NOT NULL OR pdf_downloaded_at IS NULL AND pay_clicked_at IS NULL",
                            name="invoice_view_acted_on",
                        ),
                    ],
                    "indexes": [Index(fields=["invoice_id", "sequence"], name="invoice_view_log")],
                    "pk_attr": "id",
                    "table_description": "A view. `sequence` numbers a company's views in the order of their commits, without gaps.",
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
                    ("currency", fields.CharField(max_length=3)),
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
                        CheckConstraint(check="length(currency) = 3", name="payment_currency"),
                    ],
                    "indexes": [
                        Index(fields=["invoice_id", "received_at"], name="payment_by_invoice"),
                        Index(
                            fields=["company_id", "received_at", "currency", "amount"],
                            name="payment_by_time",
                        ),
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
                    "table_description": "A refund or dispute at Stripe of what was paid with a checkout.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Quote",
                fields=[
                    ("search_text", fields.TextField(default="", db_default="", unique=False)),
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
                    ("summary", fields.CharField(default="", db_default="", max_length=100)),
                    ("period_start", fields.DateField(null=True)),
                    ("period_end", fields.DateField(null=True)),
                    ("delivery_address", fields.TextField(null=True, unique=False)),
                    ("payment_terms", fields.TextField(null=True, unique=False)),
                    ("notes", fields.TextField(null=True, unique=False)),
                    ("language", fields.CharField(null=True, max_length=16)),
                    ("has_questions", fields.BooleanField(default=False, db_default=False)),
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
                    ("answered_by", fields.CharField(null=True, max_length=200)),
                    ("answer_note", fields.TextField(null=True, unique=False)),
                    ("answer_purchase_order", fields.CharField(null=True, max_length=100)),
                    ("answer_ip", fields.CharField(null=True, max_length=45)),
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
                            check="decided_at IS NOT NULL OR answered_by IS NULL",
                            name="quote_answered",
                        ),
                        CheckConstraint(
                            check="CASE WHEN answered_by IS NULL THEN answer_note IS NULL AND answer_ip IS NULL AND answer_purchase_order IS NULL ELSE length(answered_by) > 0 END",
                            name="quote_answered_by",
                        ),
                        CheckConstraint(
                            check="status = 'ACCEPTED' OR answer_purchase_order IS NULL",
                            name="quote_answer_purchase_order",
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
                            fields=["company_id", "valid_until", "id"], name="quote_by_valid_until"
                        ),
                        Index(fields=["company_id", "total", "id"], name="quote_by_total"),
                        Index(
                            fields=["company_id", "issue_date", "id"], name="quote_by_issue_date"
                        ),
                        PartialIndex(
                            fields=["company_id", "created_at", "id"],
                            name="quote_shared",
                            where="share_token IS NOT NULL",
                        ),
                        PartialIndex(
                            fields=["company_id", "created_at", "id"],
                            name="quote_unshared",
                            where="share_token IS NULL",
                        ),
                        Index(
                            fields=["company_id", "currency", "created_at", "id"],
                            name="quote_by_currency",
                        ),
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
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="updates",
                            on_delete=OnDelete.RESTRICT,
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
                            related_name="updates",
                            on_delete=OnDelete.RESTRICT,
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
                            related_name="updates",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                    ("customer_id", fields.UUIDField()),
                    ("sequence", fields.BigIntField()),
                    (
                        "change",
                        fields.CharEnumField(
                            description="ISSUED: ISSUED\nCANCELLED: CANCELLED\nPAYMENT_RECEIVED: PAYMENT_RECEIVED\nPAYMENT_PENDING: PAYMENT_PENDING\nPAYMENT_FAILED: PAYMENT_FAILED\nCREDIT_APPLIED: CREDIT_APPLIED\nREFUNDED: REFUNDED\nDISPUTED: DISPUTED\nREVERSAL_RETURNED: REVERSAL_RETURNED\nPAYMENT_REVERSED: PAYMENT_REVERSED\nCREDIT_REVERSED: CREDIT_REVERSED\nWRITTEN_OFF: WRITTEN_OFF\nWRITE_OFF_REVERSED: WRITE_OFF_REVERSED\nQUESTION_ASKED: QUESTION_ASKED\nQUESTION_ANSWERED: QUESTION_ANSWERED\nQUESTION_DELETED: QUESTION_DELETED\nQUOTE_ACCEPTED: QUOTE_ACCEPTED\nQUOTE_DECLINED: QUOTE_DECLINED\nREAD: READ\nPDF_DOWNLOADED: PDF_DOWNLOADED\nPAY_CLICKED: PAY_CLICKED",
                            enum_type=InvoiceChange,
                            max_length=20,
                        ),
                    ),
                    ("amount", fields.BigIntField(null=True)),
                    ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("actor", fields.CharField(null=True, max_length=200)),
                    ("reason", fields.TextField(null=True, unique=False)),
                    ("subject_id", fields.UUIDField(null=True)),
                ],
                options={
                    "table": "invoice_update",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "sequence"), name="invoice_update_sequence"
                        ),
                        CheckConstraint(
                            check="change IN ('ISSUED', 'CANCELLED', 'PAYMENT_RECEIVED', 'PAYMENT_PENDING', 'PAYMENT_FAILED', 'CREDIT_APPLIED', 'REFUNDED', 'DISPUTED', 'REVERSAL_RETURNED', 'PAYMENT_REVERSED', 'CREDIT_REVERSED', 'WRITTEN_OFF', 'WRITE_OFF_REVERSED', 'QUESTION_ASKED', 'QUESTION_ANSWERED', 'QUESTION_DELETED', 'QUOTE_ACCEPTED', 'QUOTE_DECLINED', 'READ', 'PDF_DOWNLOADED', 'PAY_CLICKED')",
                            name="invoice_update_change",
                        ),
                        CheckConstraint(check="amount > 0", name="invoice_update_amount"),
                        CheckConstraint(
                            check="CASE WHEN invoice_id IS NULL THEN 0 ELSE 1 END + CASE WHEN quote_id IS NULL THEN 0 ELSE 1 END + CASE WHEN credit_note_id IS NULL THEN 0 ELSE 1 END = 1",
                            name="invoice_update_document",
                        ),
                    ],
                    "indexes": [
                        Index(fields=["invoice_id"], name="invoice_update_by_invoice"),
                        PartialIndex(
                            fields=["company_id", "sequence"],
                            name="invoice_update_of_company",
                            where="change NOT IN ('READ', 'PDF_DOWNLOADED', 'PAY_CLICKED')",
                        ),
                        PartialIndex(
                            fields=["customer_id", "sequence"],
                            name="invoice_update_of_customer",
                            where="change NOT IN ('READ', 'PDF_DOWNLOADED', 'PAY_CLICKED')",
                        ),
                        PartialIndex(
                            fields=["invoice_id", "sequence"],
                            name="invoice_update_of_invoice",
                            where="change NOT IN ('READ', 'PDF_DOWNLOADED', 'PAY_CLICKED')",
                        ),
                        PartialIndex(
                            fields=["company_id", "sequence"],
                            name="invoice_update_news",
                            where="change IN ('PAYMENT_RECEIVED', 'PAYMENT_PENDING', 'PAYMENT_FAILED', 'DISPUTED', 'QUESTION_ASKED', 'QUOTE_ACCEPTED', 'QUOTE_DECLINED')",
                        ),
                        PartialIndex(
                            fields=["quote_id", "sequence"],
                            name="invoice_update_of_quote",
                            where="quote_id IS NOT NULL",
                        ),
                        PartialIndex(
                            fields=["credit_note_id", "sequence"],
                            name="invoice_update_of_credit_note",
                            where="credit_note_id IS NOT NULL",
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "An event of an invoice, a quote or a credit note.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Question",
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
                            related_name="questions",
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
                            related_name="questions",
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
                            related_name="questions",
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
                            related_name="questions",
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
                            related_name="questions",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("name", fields.CharField(max_length=200)),
                    ("email", fields.CharField(null=True, max_length=254)),
                    ("text", fields.TextField(unique=False)),
                    ("ip", fields.CharField(null=True, max_length=45)),
                    ("asked_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    (
                        "answered_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "deleted_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                ],
                options={
                    "table": "question",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(
                            check="CASE WHEN invoice_id IS NULL THEN 0 ELSE 1 END + CASE WHEN quote_id IS NULL THEN 0 ELSE 1 END + CASE WHEN credit_note_id IS NULL THEN 0 ELSE 1 END = 1",
                            name="question_document",
                        ),
                        CheckConstraint(
                            check="CASE WHEN deleted_at IS NULL THEN length(name) > 0 AND length(text) > 0 ELSE name = '' AND text = '' AND email IS NULL AND ip IS NULL AND answered_at IS NOT NULL END",
                            name="question_content",
                        ),
                    ],
                    "indexes": [
                        Index(fields=["company_id", "asked_at", "id"], name="question_listing"),
                        Index(
                            fields=["company_id", "answered_at", "asked_at", "id"],
                            name="question_by_answered",
                        ),
                        Index(fields=["customer_id", "asked_at"], name="question_by_customer"),
                        Index(fields=["invoice_id", "asked_at"], name="question_by_invoice"),
                        Index(fields=["quote_id", "asked_at"], name="question_by_quote"),
                        Index(
                            fields=["credit_note_id", "asked_at"], name="question_by_credit_note"
                        ),
                    ],
                    "pk_attr": "id",
                    "table_description": "What a client asks about an invoice, a quote or a credit note.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Answer",
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
                            related_name="answers",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "question",
                        fields.ForeignKeyField(
                            "models.Question",
                            source_field="question_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="answers",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("author", fields.CharField(max_length=200)),
                    ("text", fields.TextField(unique=False)),
                    ("answered_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    (
                        "deleted_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ],
                options={
                    "table": "question_answer",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"),
                            name="question_answer_idempotency",
                        ),
                        CheckConstraint(
                            check="length(author) > 0 AND (length(text) > 0) = (deleted_at IS NULL)",
                            name="question_answer_content",
                        ),
                    ],
                    "indexes": [
                        Index(
                            fields=["question_id", "answered_at"],
                            name="question_answer_by_question",
                        )
                    ],
                    "pk_attr": "id",
                    "table_description": "What staff write back.",
                },
                bases=["Model"],
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
                        "answer",
                        fields.ForeignKeyField(
                            "models.Answer",
                            source_field="answer_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="email_deliveries",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "payment",
                        fields.ForeignKeyField(
                            "models.Payment",
                            source_field="payment_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="email_deliveries",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "reversal",
                        fields.ForeignKeyField(
                            "models.Reversal",
                            source_field="reversal_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="email_deliveries",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "checkout_share",
                        fields.ForeignKeyField(
                            "models.CheckoutShare",
                            source_field="checkout_share_id",
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
                            description="INVOICE: INVOICE\nQUOTE: QUOTE\nCREDIT_NOTE: CREDIT_NOTE\nREMINDER: REMINDER\nANNOUNCEMENT: ANNOUNCEMENT\nRECEIPT: RECEIPT\nREFUND: REFUND\nPAYMENT_FAILED: PAYMENT_FAILED\nANSWER: ANSWER\nNOTICE: NOTICE\nINVITATION: INVITATION",
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
                    ("written_recipient", fields.CharField(null=True, max_length=254)),
                    ("is_blind_copy", fields.BooleanField(default=False, db_default=False)),
                    ("subject", fields.CharField(null=True, max_length=200)),
                    ("message", fields.TextField(null=True, unique=False)),
                    ("actor", fields.CharField(null=True, max_length=200)),
                    (
                        "status",
                        fields.CharEnumField(
                            default=DeliveryState.QUEUED,
                            description="QUEUED: QUEUED\nSENDING: SENDING\nSENT: SENT\nFAILED: FAILED\nSKIPPED: SKIPPED\nCANCELLED: CANCELLED",
                            enum_type=DeliveryState,
                            max_length=9,
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
                        UniqueConstraint(fields=("answer_id",), name="email_delivery_answer"),
                        UniqueConstraint(
                            fields=("payment_id", "recipient"), name="email_delivery_receipt"
                        ),
                        UniqueConstraint(
                            fields=("reversal_id", "recipient"), name="email_delivery_refund"
                        ),
                        UniqueConstraint(
                            fields=("checkout_share_id", "recipient"),
                            name="email_delivery_payment_failed",
                        ),
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"),
                            name="email_delivery_idempotency",
                        ),
                        CheckConstraint(
                            check="kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE', 'REMINDER', 'ANNOUNCEMENT', 'RECEIPT', 'REFUND', 'PAYMENT_FAILED', 'ANSWER', 'NOTICE', 'INVITATION')",
                            name="email_delivery_kind",
                        ),
                        CheckConstraint(
                            check="(kind IN ('INVOICE', 'REMINDER', 'RECEIPT', 'REFUND', 'PAYMENT_FAILED')) = (invoice_id IS NOT NULL) AND (kind = 'QUOTE') = (quote_id IS NOT NULL) AND (kind = 'CREDIT_NOTE') = (credit_note_id IS NOT NULL) AND (kind = 'ANNOUNCEMENT') = (announcement_id IS NOT NULL) AND (kind = 'ANSWER') = (answer_id IS NOT NULL) AND (kind = 'RECEIPT') = (payment_id IS NOT NULL) AND (kind = 'REFUND') = (reversal_id IS NOT NULL) AND (kind = 'PAYMENT_FAILED') = (checkout_share_id IS NOT NULL) AND (kind IN ('NOTICE', 'INVITATION')) = (customer_id IS NULL) AND (kind IN ('NOTICE', 'INVITATION')) = (subject IS NOT NULL)",
                            name="email_delivery_subject",
                        ),
                        CheckConstraint(
                            check="kind = 'REMINDER' OR stage IS NULL",
                            name="email_delivery_stage_kind",
                        ),
                        CheckConstraint(
                            check="kind IN ('REMINDER', 'RECEIPT', 'REFUND', 'PAYMENT_FAILED') OR sent_with_id IS NULL",
                            name="email_delivery_sent_with_kind",
                        ),
                        CheckConstraint(
                            check="copy_of_id IS NULL OR kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE', 'RECEIPT', 'REFUND', 'PAYMENT_FAILED')",
                            name="email_delivery_copy_kind",
                        ),
                        CheckConstraint(
                            check="copy_of_id IS NOT NULL OR NOT is_blind_copy",
                            name="email_delivery_blind_copy",
                        ),
                        CheckConstraint(
                            check="status IN ('QUEUED', 'SENDING', 'SENT', 'FAILED', 'SKIPPED', 'CANCELLED')",
                            name="email_delivery_status",
                        ),
                        CheckConstraint(
                            check="(next_attempt_at IS NOT NULL) = (status IN ('QUEUED', 'SENDING'))",
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
                        PartialIndex(
                            fields=["company_id", "created_at", "id"],
                            name="email_delivery_of_company",
                            where="copy_of_id IS NULL AND kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE', 'REMINDER', 'RECEIPT', 'REFUND', 'PAYMENT_FAILED')",
                        ),
                        PartialIndex(
                            fields=["customer_id", "created_at", "id"],
                            name="email_delivery_of_customer",
                            where="copy_of_id IS NULL AND kind IN ('INVOICE', 'QUOTE', 'CREDIT_NOTE', 'REMINDER', 'RECEIPT', 'REFUND', 'PAYMENT_FAILED')",
                        ),
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
                        Index(fields=["company_id", "sent_at"], name="email_delivery_by_sent"),
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
                    ("email", fields.CharField(max_length=254)),
                    ("name", fields.CharField(max_length=200)),
                    ("language", fields.CharField(null=True, max_length=16)),
                    ("password_hash", fields.CharField(default="", max_length=255)),
                    ("permissions", fields.CharField(max_length=255)),
                    ("totp_secret", fields.CharField(null=True, max_length=255)),
                    (
                        "totp_confirmed_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("totp_last_step", fields.BigIntField(null=True)),
                    ("hides_first_steps", fields.BooleanField(default=False, db_default=False)),
                    (
                        "desktop_event_names",
                        fields.CharField(default="", db_default="", max_length=500),
                    ),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ],
                options={
                    "table": "staff_user",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(fields=("company_id", "email"), name="staff_user_email"),
                        CheckConstraint(
                            check="email = lower(email)", name="staff_user_email_lower"
                        ),
                        CheckConstraint(
                            check="totp_secret IS NOT NULL OR (totp_confirmed_at IS NULL AND totp_last_step IS NULL)",
                            name="staff_user_second_factor",
                        ),
                    ],
                    "indexes": [
                        Index(fields=["company_id", "created_at", "id"], name="staff_user_listing"),
                        Index(fields=["email"], name="staff_user_by_email"),
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
                        "parent",
                        fields.ForeignKeyField(
                            "models.Credential",
                            source_field="parent_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="children",
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
                    (
                        "confirmed_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("ip", fields.CharField(null=True, max_length=45)),
                    ("user_agent", fields.CharField(null=True, max_length=512)),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ],
                options={
                    "table": "credential",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"), name="credential_idempotency"
                        ),
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
                        CheckConstraint(
                            check="kind = 'API_KEY' OR parent_id IS NULL",
                            name="credential_parent_kind",
                        ),
                        CheckConstraint(
                            check="kind = 'SESSION' OR (confirmed_at IS NULL AND ip IS NULL AND user_agent IS NULL)",
                            name="credential_signed_in_kind",
                        ),
                    ],
                    "indexes": [
                        Index(fields=["company_id", "created_at", "id"], name="credential_listing"),
                        Index(fields=["user_id", "created_at"], name="credential_by_user"),
                        Index(fields=["parent_id"], name="credential_by_parent"),
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
                    (
                        "kind",
                        fields.CharEnumField(
                            description="INVITATION: INVITATION\nEMAILED: EMAILED\nPASSWORD_RESET: PASSWORD_RESET",
                            enum_type=InvitationKind,
                            max_length=16,
                        ),
                    ),
                    (
                        "inviter",
                        fields.ForeignKeyField(
                            "models.User",
                            source_field="inviter_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="sent_invitations",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "inviter_key",
                        fields.ForeignKeyField(
                            "models.Credential",
                            source_field="inviter_key_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="sent_invitations",
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
                        UniqueConstraint(fields=("kind", "user_id"), name="invitation_user"),
                        CheckConstraint(
                            check="kind IN ('INVITATION', 'EMAILED', 'PASSWORD_RESET')",
                            name="invitation_kind",
                        ),
                        CheckConstraint(
                            check="CASE kind WHEN 'PASSWORD_RESET' THEN inviter_id IS NULL AND inviter_key_id IS NULL ELSE (inviter_id IS NULL) <> (inviter_key_id IS NULL) END",
                            name="invitation_inviter",
                        ),
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
                name="RecoveryCode",
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
                            related_name="recovery_codes",
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
                            related_name="recovery_codes",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("code_hash", fields.CharField(max_length=64)),
                ],
                options={
                    "table": "recovery_code",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("user_id", "code_hash"), name="recovery_code_user"
                        ),
                        CheckConstraint(check="length(code_hash) = 64", name="recovery_code_hash"),
                    ],
                    "pk_attr": "id",
                    "table_description": "A code that a user can sign in with once, instead of one of the second factor.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="SampleInvoice",
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
                            related_name="sample_invoices",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "user",
                        fields.OneToOneField(
                            "models.User",
                            source_field="user_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="sample_invoice",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("token", fields.UUIDField(default=uuid4, unique=True)),
                    (
                        "sent_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("open_count", fields.IntField(default=0)),
                    (
                        "last_opened_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("last_user_agent", fields.CharField(null=True, max_length=512)),
                ],
                options={
                    "table": "sample_invoice",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(
                            check="open_count >= 0 AND (open_count = 0) = (last_opened_at IS NULL)",
                            name="sample_invoice_opens",
                        )
                    ],
                    "pk_attr": "id",
                    "table_description": "The sample of an invoice that a user e-mails to themselves, to see what clients get.",
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
                    ("delivery_sequence", fields.BigIntField(default=0, db_default=0)),
                    ("tells_views", fields.BooleanField(default=False, db_default=False)),
                    ("credentials_changed", fields.BigIntField(default=0, db_default=0)),
                ],
                options={
                    "table": "view_feed",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "The counters that order a company's views, invoice events and webhook deliveries.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Webhook",
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
                            related_name="webhooks",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "kind",
                        fields.CharEnumField(
                            default=WebhookKind.EVENTS,
                            description="EVENTS: EVENTS\nCHAT: CHAT\nEMAIL: EMAIL",
                            enum_type=WebhookKind,
                            max_length=6,
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
                            related_name="webhooks",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("url", fields.CharField(default="", max_length=2000)),
                    ("event_names", fields.CharField(max_length=500)),
                    ("description", fields.CharField(null=True, max_length=200)),
                    ("secret", fields.CharField(default="", max_length=64)),
                    ("previous_secrets", fields.TextField(default="", unique=False)),
                    ("enabled", fields.BooleanField(default=True)),
                    ("disabled_reason", fields.CharField(null=True, max_length=500)),
                    (
                        "failing_since",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("is_slow", fields.BooleanField(default=False)),
                    (
                        "next_attempt_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("lease", fields.BigIntField(default=0)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                    ("idempotency_key", fields.CharField(null=True, max_length=64)),
                    ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ],
                options={
                    "table": "webhook",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(
                            check="kind IN ('EVENTS', 'CHAT', 'EMAIL')", name="webhook_kind"
                        ),
                        CheckConstraint(
                            check="CASE kind WHEN 'EMAIL' THEN url = '' ELSE url LIKE 'https://%' OR url LIKE 'http://%' END",
                            name="webhook_url",
                        ),
                        CheckConstraint(
                            check="(kind = 'EMAIL') = (user_id IS NOT NULL) AND (kind <> 'CHAT' OR id = company_id)",
                            name="webhook_recipient",
                        ),
                        UniqueConstraint(fields=("user_id",), name="webhook_user"),
                        UniqueConstraint(
                            fields=("company_id", "idempotency_key"), name="webhook_idempotency"
                        ),
                        CheckConstraint(
                            check="length(event_names) > 0", name="webhook_event_names"
                        ),
                        CheckConstraint(
                            check="(kind = 'EVENTS') = (secret LIKE 'whsec_%')",
                            name="webhook_secret",
                        ),
                        CheckConstraint(
                            check="disabled_reason IS NULL OR NOT enabled",
                            name="webhook_disabled_reason",
                        ),
                    ],
                    "indexes": [
                        Index(fields=["company_id", "created_at", "id"], name="webhook_listing")
                    ],
                    "pk_attr": "id",
                    "table_description": "An address that is told of events, one after the other.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="WebhookDelivery",
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
                            related_name="webhook_deliveries",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "webhook",
                        fields.ForeignKeyField(
                            "models.Webhook",
                            source_field="webhook_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="deliveries",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "event",
                        fields.CharEnumField(
                            description="INVOICE_ISSUED: INVOICE_ISSUED\nINVOICE_CANCELLED: INVOICE_CANCELLED\nINVOICE_VIEWED: INVOICE_VIEWED\nINVOICE_READ: INVOICE_READ\nINVOICE_PAID: INVOICE_PAID\nPAYMENT_RECEIVED: PAYMENT_RECEIVED\nPAYMENT_PENDING: PAYMENT_PENDING\nPAYMENT_FAILED: PAYMENT_FAILED\nPAYMENT_REFUNDED: PAYMENT_REFUNDED\nPAYMENT_DISPUTED: PAYMENT_DISPUTED\nLINK_SHARED: LINK_SHARED\nLINK_REVOKED: LINK_REVOKED\nQUOTE_ACCEPTED: QUOTE_ACCEPTED\nQUOTE_DECLINED: QUOTE_DECLINED\nQUESTION_ASKED: QUESTION_ASKED\nEMAIL_FAILED: EMAIL_FAILED",
                            enum_type=WebhookEvent,
                            max_length=20,
                        ),
                    ),
                    (
                        "subject_type",
                        fields.CharEnumField(
                            description="INVOICE: INVOICE\nINVOICE_VIEW: INVOICE_VIEW\nINVOICE_UPDATE: INVOICE_UPDATE\nQUOTE: QUOTE\nCREDIT_NOTE: CREDIT_NOTE\nCUSTOMER: CUSTOMER\nQUESTION: QUESTION\nEMAIL_DELIVERY: EMAIL_DELIVERY\nWEBHOOK: WEBHOOK",
                            enum_type=SubjectType,
                            max_length=16,
                        ),
                    ),
                    ("subject_id", fields.CharField(max_length=36)),
                    ("occurred_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("sequence", fields.BigIntField()),
                    ("queued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    (
                        "state",
                        fields.CharEnumField(
                            default=WebhookDeliveryState.QUEUED,
                            description="QUEUED: QUEUED\nDELIVERED: DELIVERED\nFAILED: FAILED",
                            enum_type=WebhookDeliveryState,
                            max_length=9,
                        ),
                    ),
                    ("attempts", fields.IntField(default=0)),
                    ("payload", fields.TextField(null=True, unique=False)),
                    ("response_status", fields.IntField(null=True)),
                    ("response_body", fields.TextField(null=True, unique=False)),
                    ("detail", fields.CharField(null=True, max_length=500)),
                    (
                        "delivered_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                ],
                options={
                    "table": "webhook_delivery",
                    "app": "models",
                    "constraints": [
                        UniqueConstraint(
                            fields=("webhook_id", "sequence"), name="webhook_delivery_sequence"
                        ),
                        CheckConstraint(
                            check="state IN ('QUEUED', 'DELIVERED', 'FAILED')",
                            name="webhook_delivery_state",
                        ),
                        CheckConstraint(check="attempts >= 0", name="webhook_delivery_attempts"),
                        CheckConstraint(
                            check="(state = 'DELIVERED') = (delivered_at IS NOT NULL) AND (delivered_at IS NULL OR payload IS NOT NULL)",
                            name="webhook_delivery_delivered",
                        ),
                    ],
                    "indexes": [
                        Index(
                            fields=["state", "webhook_id", "sequence"],
                            name="webhook_delivery_queue",
                        ),
                        Index(fields=["queued_at"], name="webhook_delivery_age"),
                    ],
                    "pk_attr": "id",
                    "table_description": "An event for a webhook. Its id is the `webhook-id` by which receivers recognize it.",
                },
                bases=["Model"],
            ),
            forward=FORWARD,
            backward=BACKWARD,
        ),
    ]
