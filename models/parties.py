"""The columns that companies and customers share: name, address, tax ids and defaults."""

from typing import Any

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from values.parties import PostalAddress, TaxIds
from values.taxes import TaxCategory


class PartyModel(Model):
    """The columns that companies and customers share."""

    name = fields.CharField(200)
    address = fields.TextField(null=True)
    """The address with line breaks, where it isn't known in parts."""
    street = fields.TextField(null=True)
    """The lines of the street, separated by line breaks."""
    postal_code = fields.CharField(20, null=True)
    city = fields.CharField(100, null=True)
    region = fields.CharField(100, null=True)
    country = fields.CharField(2, null=True)
    """An ISO 3166-1 alpha-2 code."""
    vat_id = fields.CharField(50, null=True)
    tax_number = fields.CharField(50, null=True)
    registration_id = fields.CharField(50, null=True)
    registration_scheme = fields.CharField(4, null=True)
    endpoint = fields.CharField(100, null=True)
    payment_days = fields.IntField(null=True)
    """Days from the issue to the due date of an invoice whose draft has no due date."""
    default_notes = fields.TextField(null=True)
    default_tax_category = fields.CharEnumField(TaxCategory, max_length=16, null=True)
    default_tax_name = fields.CharField(50, null=True)
    default_tax_rate = fields.DecimalField(7, 4, null=True)
    """The rate of a line that is entered without one, in percent."""

    class Meta:
        abstract = True

    @property
    def has_default_tax(self) -> bool:
        """Whether it says how a line is taxed that is entered without a tax."""
        return self.default_tax_rate is not None or self.default_tax_category is not None

    @property
    def tax_id(self) -> str | None:
        """The VAT id, or else the national tax number."""
        return self.vat_id or self.tax_number

    @property
    def postal_address(self) -> PostalAddress | None:
        """The address in parts, or None if none is known."""
        address = PostalAddress(
            lines=tuple(self.street.split("\n")) if self.street else (),
            postal_code=self.postal_code,
            city=self.city,
            region=self.region,
            country=self.country,
        )
        return address or None

    @property
    def tax_ids(self) -> TaxIds:
        """Its numbers for taxes and registers."""
        return TaxIds(
            vat_id=self.vat_id,
            tax_number=self.tax_number,
            registration_id=self.registration_id,
            registration_scheme=self.registration_scheme,
            endpoint=self.endpoint,
        )

    def _party(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "address": self.postal_address,
            "free_address": self.address,
            "tax_ids": self.tax_ids,
        }


def party_checks(table: str) -> tuple[CheckConstraint, ...]:
    """Return the checks of the columns of a `PartyModel`."""
    return (
        CheckConstraint("length(country) = 2 AND country = upper(country)", f"{table}_country"),
        CheckConstraint(
            "address IS NULL OR (street IS NULL AND postal_code IS NULL AND city IS NULL"
            " AND region IS NULL AND country IS NULL)",
            f"{table}_one_address",
        ),
        CheckConstraint("payment_days >= 0 AND payment_days <= 3650", f"{table}_payment_days"),
        CheckConstraint(
            "default_tax_rate + 0 >= 0 AND default_tax_rate + 0 <= 100", f"{table}_default_tax_rate"
        ),
    )
