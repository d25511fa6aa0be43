"""Schedules without cron, disabled companies, and how long views are kept.

The models are as `make migrations` writes them.
"""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint

from db.triggers.credential_changes import count_changes, stop_counting
from db.table_changes import ChangeTables, Direction
from models.companies import Plan, VatScheme
from values.taxes import TaxCategory, TaxRounding


def _no_values(dialect: str) -> Mapping[str, Mapping[str, str]]:  # noqa: ARG001  # the same for both
    return {}


# On SQLite, the triggers of a table that is copied are lost.
_DIRECTION: Any = Direction(prepare=stop_counting, values=_no_values, finish=count_changes)


class Migration(migrations.Migration):
    dependencies = [("models", "0003_people_and_credentials")]
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
                    ("view_retention_days", fields.IntField(null=True)),
                    (
                        "disabled_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
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
                            check="view_retention_days > 0", name="company_view_retention"
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
                name="CompanyUpkeep",
                fields=[
                    (
                        "company_id",
                        fields.UUIDField(
                            primary_key=True, default=uuid4, unique=True, db_index=True
                        ),
                    ),
                    ("reconciled_updates", fields.BigIntField(default=0, db_default=0)),
                    ("shortened_views", fields.BigIntField(default=0, db_default=0)),
                ],
                options={
                    "table": "company_upkeep",
                    "app": "models",
                    "pk_attr": "company_id",
                    "table_description": "How far periodic work has come with a company.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Schedule",
                fields=[
                    (
                        "name",
                        fields.CharField(
                            primary_key=True, unique=True, db_index=True, max_length=32
                        ),
                    ),
                    ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("lease", fields.BigIntField(default=0)),
                    (
                        "leased_until",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "started_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "finished_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "succeeded_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "done_until",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    (
                        "failed_at",
                        fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                    ),
                    ("seconds", fields.FloatField(null=True)),
                    ("failure", fields.TextField(null=True, unique=False)),
                ],
                options={
                    "table": "schedule",
                    "app": "models",
                    "constraints": [
                        CheckConstraint(
                            check="lease >= 0 AND seconds >= 0", name="schedule_numbers"
                        ),
                        CheckConstraint(
                            check="(succeeded_at IS NULL) = (done_until IS NULL)",
                            name="schedule_done_until",
                        ),
                    ],
                    "pk_attr": "name",
                    "table_description": "Periodic work, which one process at a time does. All times are the database's.",
                },
                bases=["Model"],
            ),
            forward=_DIRECTION,
            backward=_DIRECTION,
        ),
    ]
