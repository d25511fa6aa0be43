"""What invoices and quotes have in common: number, figures, notes, link and lines."""

from uuid import uuid4

from tortoise import fields
from tortoise.models import Model

from models.money import Minor, Money


class PricedDocument(Model):
    """A company's priced document for a customer. Amounts are in minor units of its currency."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    number = fields.CharField(64)
    currency = fields.CharField(3)
    issue_date = fields.DateField(null=True)
    subtotal = fields.BigIntField(default=0)
    discount = fields.BigIntField(default=0)
    tax = fields.BigIntField(default=0)
    total = fields.BigIntField(default=0)
    notes = fields.TextField(null=True)
    share_token = fields.UUIDField(null=True, unique=True)
    """The token in the share link; null if not shared."""
    shared_at = fields.DatetimeField(null=True)
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        abstract = True

    def money(self, minor: int) -> Money:
        """Return `minor` units in the document's currency."""
        return Money(Minor(minor), self.currency)


class DocumentLine(Model):
    """A line of a document. Amounts are in minor units of the document's currency."""

    id = fields.BigIntField(primary_key=True, generated=True)
    position = fields.IntField()
    description = fields.TextField()
    quantity = fields.DecimalField(18, 6)
    unit_price = fields.BigIntField()
    tax_rate = fields.DecimalField(7, 4)
    """The tax rate in percent."""
    amount = fields.BigIntField()
    """Quantity times unit price, before discount and tax."""
    discount = fields.BigIntField()
    tax = fields.BigIntField()

    class Meta:
        abstract = True
