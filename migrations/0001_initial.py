from tortoise import migrations
from tortoise.migrations import operations as ops
from models.users import (CredentialKind)
from models.audit_log import (AuditAction)
from models.companies import (Plan)
from models.invoices import (InvoiceStatus)
from models.views import (ViewSource)
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Company",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
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
                ("logo_url", fields.CharField(null=True, max_length=2000)),
                ("stripe_account", fields.CharField(null=True, max_length=255)),
                ("invoice_sequence", fields.IntField(default=0)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "company",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A tenant. Nothing of one company is ever visible to another.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "Company", CheckConstraint(check="plan IN ('FREE', 'PRO')", name="company_plan")
        ),
        ops.AddConstraint(
            "Company", CheckConstraint(check="length(currency) = 3", name="company_currency")
        ),
        ops.AddConstraint(
            "Company",
            CheckConstraint(check="invoice_sequence >= 0", name="company_invoice_sequence"),
        ),
        ops.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
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
                        description="INVOICE_SHARED: INVOICE_SHARED\nINVOICE_SHARE_REVOKED: INVOICE_SHARE_REVOKED\nPORTAL_SHARED: PORTAL_SHARED\nPORTAL_SHARE_REVOKED: PORTAL_SHARE_REVOKED\nAPI_KEY_CREATED: API_KEY_CREATED\nAPI_KEY_REVOKED: API_KEY_REVOKED",
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
                "pk_attr": "id",
                "table_description": "One deed. The names are copied, so that the entry outlives what it speaks of.",
            },
            bases=["Model"],
        ),
        ops.AddIndex(
            "AuditEntry", Index(fields=["company_id", "at", "id"], name="audit_entry_log")
        ),
        ops.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
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
                "pk_attr": "id",
                "table_description": "Whom invoices are addressed to.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "Customer",
            CheckConstraint(
                check="(portal_token IS NULL) = (portal_shared_at IS NULL)",
                name="customer_portal_shared_at",
            ),
        ),
        ops.AddConstraint(
            "Customer",
            UniqueConstraint(fields=("company_id", "idempotency_key"), name="customer_idempotency"),
        ),
        ops.AddIndex(
            "Customer", Index(fields=["company_id", "created_at", "id"], name="customer_listing")
        ),
        ops.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
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
                ("number", fields.CharField(max_length=64)),
                (
                    "status",
                    fields.CharEnumField(
                        default=InvoiceStatus.DRAFT,
                        description="DRAFT: DRAFT\nISSUED: ISSUED\nPARTIALLY_PAID: PARTIALLY_PAID\nPAID: PAID\nCANCELLED: CANCELLED",
                        enum_type=InvoiceStatus,
                        max_length=16,
                    ),
                ),
                ("currency", fields.CharField(max_length=3)),
                ("issue_date", fields.DateField(null=True)),
                ("due_date", fields.DateField(null=True)),
                ("subtotal", fields.BigIntField(default=0)),
                ("discount", fields.BigIntField(default=0)),
                ("tax", fields.BigIntField(default=0)),
                ("total", fields.BigIntField(default=0)),
                ("amount_paid", fields.BigIntField(default=0)),
                ("amount_pending", fields.BigIntField(default=0)),
                ("notes", fields.TextField(null=True, unique=False)),
                ("allow_partial_payment", fields.BooleanField(default=False)),
                ("minimum_payment", fields.BigIntField(null=True)),
                ("share_token", fields.UUIDField(null=True, unique=True)),
                ("shared_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
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
                ("issued_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "cancelled_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("idempotency_key", fields.CharField(null=True, max_length=64)),
                ("idempotency_digest", fields.CharField(null=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("updated_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
            ],
            options={
                "table": "invoice",
                "app": "models",
                "pk_attr": "id",
                "table_description": "An invoice of a company to a customer. Amounts are minor units of its currency.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "Invoice",
            CheckConstraint(
                check="status IN ('DRAFT', 'ISSUED', 'PARTIALLY_PAID', 'PAID', 'CANCELLED')",
                name="invoice_status",
            ),
        ),
        ops.AddConstraint(
            "Invoice", CheckConstraint(check="length(currency) = 3", name="invoice_currency")
        ),
        ops.AddConstraint(
            "Invoice",
            CheckConstraint(check="total = subtotal - discount + tax", name="invoice_total"),
        ),
        ops.AddConstraint(
            "Invoice",
            CheckConstraint(
                check="discount >= 0 AND discount <= subtotal AND tax >= 0", name="invoice_amounts"
            ),
        ),
        ops.AddConstraint(
            "Invoice",
            CheckConstraint(
                check="amount_paid >= 0 AND amount_paid <= total AND amount_pending >= 0",
                name="invoice_paid",
            ),
        ),
        ops.AddConstraint(
            "Invoice",
            CheckConstraint(
                check="(status = 'PAID') = (status NOT IN ('DRAFT', 'CANCELLED') AND amount_paid = total)",
                name="invoice_paid_status",
            ),
        ),
        ops.AddConstraint(
            "Invoice",
            CheckConstraint(
                check="(status = 'PARTIALLY_PAID') = (status NOT IN ('DRAFT', 'CANCELLED') AND amount_paid > 0 AND amount_paid < total)",
                name="invoice_partially_paid_status",
            ),
        ),
        ops.AddConstraint(
            "Invoice",
            CheckConstraint(
                check="status <> 'DRAFT' OR (share_token IS NULL AND amount_paid = 0)",
                name="invoice_draft",
            ),
        ),
        ops.AddConstraint(
            "Invoice",
            CheckConstraint(
                check="(status = 'DRAFT') = (issued_at IS NULL)", name="invoice_issued_at"
            ),
        ),
        ops.AddConstraint(
            "Invoice",
            CheckConstraint(
                check="(status = 'CANCELLED') = (cancelled_at IS NOT NULL)",
                name="invoice_cancelled_at",
            ),
        ),
        ops.AddConstraint(
            "Invoice",
            CheckConstraint(
                check="(share_token IS NULL) = (shared_at IS NULL)", name="invoice_shared_at"
            ),
        ),
        ops.AddConstraint(
            "Invoice",
            CheckConstraint(check="due_date >= issue_date", name="invoice_due_after_issue"),
        ),
        ops.AddConstraint(
            "Invoice", CheckConstraint(check="minimum_payment > 0", name="invoice_minimum_payment")
        ),
        ops.AddConstraint(
            "Invoice",
            CheckConstraint(
                check="view_count >= 0 AND unique_ips >= 0 AND unique_ips <= view_count AND (view_count = 0) = (first_viewed_at IS NULL) AND (view_count = 0) = (last_viewed_at IS NULL)",
                name="invoice_view_counters",
            ),
        ),
        ops.AddConstraint(
            "Invoice", UniqueConstraint(fields=("company_id", "number"), name="invoice_number")
        ),
        ops.AddConstraint(
            "Invoice",
            UniqueConstraint(fields=("company_id", "idempotency_key"), name="invoice_idempotency"),
        ),
        ops.AddIndex(
            "Invoice", Index(fields=["company_id", "created_at", "id"], name="invoice_listing")
        ),
        ops.AddIndex(
            "Invoice",
            Index(fields=["company_id", "status", "created_at", "id"], name="invoice_by_status"),
        ),
        ops.AddIndex(
            "Invoice", Index(fields=["customer_id", "created_at", "id"], name="invoice_by_customer")
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
                ("position", fields.IntField()),
                ("description", fields.TextField(unique=False)),
                ("quantity", fields.DecimalField(max_digits=18, decimal_places=6)),
                ("unit_price", fields.BigIntField()),
                ("tax_rate", fields.DecimalField(max_digits=7, decimal_places=4)),
                ("amount", fields.BigIntField()),
                ("discount", fields.BigIntField()),
                ("tax", fields.BigIntField()),
            ],
            options={
                "table": "invoice_line",
                "app": "models",
                "pk_attr": "id",
                "table_description": "One line of an invoice, amounts in minor units of the invoice's currency.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "InvoiceLine",
            CheckConstraint(
                check="unit_price >= 0 AND discount >= 0 AND discount <= amount AND tax >= 0",
                name="invoice_line_amounts",
            ),
        ),
        ops.AddConstraint(
            "InvoiceLine",
            UniqueConstraint(fields=("invoice_id", "position"), name="invoice_line_position"),
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
                "pk_attr": "id",
                "table_description": "One open. `sequence` orders the views of a company as they were committed, without gaps.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "InvoiceView",
            CheckConstraint(
                check="source IN ('LINK', 'EMAIL', 'PORTAL', 'API')", name="invoice_view_source"
            ),
        ),
        ops.AddConstraint(
            "InvoiceView",
            UniqueConstraint(fields=("company_id", "sequence"), name="invoice_view_sequence"),
        ),
        ops.AddIndex(
            "InvoiceView", Index(fields=["invoice_id", "sequence"], name="invoice_view_log")
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
                "pk_attr": "id",
                "table_description": "An address that opened an invoice: one row each, so that distinct ones can be counted.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "InvoiceViewer", UniqueConstraint(fields=("invoice_id", "ip"), name="invoice_viewer_ip")
        ),
        ops.CreateModel(
            name="Payment",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
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
                ("refunded", fields.BigIntField(default=0)),
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
                "pk_attr": "id",
                "table_description": "Money received for an invoice. Rows are added, never edited.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint("Payment", CheckConstraint(check="amount > 0", name="payment_amount")),
        ops.AddConstraint(
            "Payment",
            CheckConstraint(check="refunded >= 0 AND refunded <= amount", name="payment_refunded"),
        ),
        ops.AddConstraint(
            "Payment",
            UniqueConstraint(fields=("company_id", "idempotency_key"), name="payment_idempotency"),
        ),
        ops.AddIndex(
            "Payment", Index(fields=["invoice_id", "received_at"], name="payment_by_invoice")
        ),
        ops.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
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
                ("password_hash", fields.CharField(max_length=255)),
                ("permissions", fields.CharField(max_length=255)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={
                "table": "staff_user",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A person on a company's staff, who signs in with e-mail and password.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "User", CheckConstraint(check="email = lower(email)", name="staff_user_email_lower")
        ),
        ops.CreateModel(
            name="Credential",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
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
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "last_used_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "credential",
                "app": "models",
                "pk_attr": "id",
                "table_description": "A bearer secret: a signed-in session or an API key. Only the secret's SHA-256 is stored.",
            },
            bases=["Model"],
        ),
        ops.AddConstraint(
            "Credential",
            CheckConstraint(check="kind IN ('SESSION', 'API_KEY')", name="credential_kind"),
        ),
        ops.AddConstraint(
            "Credential",
            CheckConstraint(check="length(secret_hash) = 64", name="credential_secret_hash"),
        ),
        ops.AddConstraint(
            "Credential",
            CheckConstraint(
                check="kind = 'API_KEY' OR (user_id IS NOT NULL AND expires_at IS NOT NULL)",
                name="credential_session_has_user_and_end",
            ),
        ),
        ops.AddIndex(
            "Credential",
            Index(fields=["company_id", "created_at", "id"], name="credential_listing"),
        ),
        ops.CreateModel(
            name="ViewFeed",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
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
            ],
            options={
                "table": "view_feed",
                "app": "models",
                "pk_attr": "id",
                "table_description": "The counter that orders a company's views.",
            },
            bases=["Model"],
        ),
    ]
