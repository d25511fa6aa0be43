"""Customers: a company's clients, who have no account but may have a portal link."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from db.indexes import by_link
from db.search import SearchableModel
from models.companies import Company
from models.parties import PartyModel, party_checks
from values.parties import Buyer


class EInvoiceFormat(StrEnum):
    """The form of an invoice for a customer."""

    PDF = "PDF"
    XRECHNUNG = "XRECHNUNG"
    PEPPOL = "PEPPOL"


class Customer(PartyModel, SearchableModel):
    """The recipient of a company's invoices."""

    searched: ClassVar = ("name", "email", "buyer_reference")

    id = fields.UUIDField(primary_key=True, default=uuid4)
    company: fields.ForeignKeyRelation[Company] = fields.ForeignKeyField(
        "models.Company", related_name="customers"
    )
    company_id: UUID
    email = fields.CharField(254, null=True)
    cc_emails = fields.TextField(null=True)
    """Addresses that receive a copy of every document, one per line."""
    e_invoice = fields.CharEnumField(
        EInvoiceFormat, max_length=16, default=EInvoiceFormat.PDF, db_default=EInvoiceFormat.PDF
    )
    """The form in which the customer wants its invoices."""
    buyer_reference = fields.CharField(100, null=True)
    """What the customer wants on its invoices, for example a Leitweg-ID (EN 16931 BT-10)."""
    language = fields.CharField(16, null=True)
    """A BCP 47 tag; null for the company's language."""
    read_in: str | None = None
    """The language that the reader of the portal has chosen instead, on a page."""
    portal_token = fields.UUIDField(null=True, unique=True)
    """The token in the portal's link; null if not shared."""
    portal_shared_at = fields.DatetimeField(null=True)
    idempotency_key = fields.CharField(64, null=True)
    idempotency_digest = fields.CharField(64, null=True)
    """The digest of the request made with the key, to tell a repetition from another request."""
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "customer"
        indexes: ClassVar = (
            Index(fields=("company_id", "created_at", "id"), name="customer_listing"),
            Index(fields=("company_id", "search_text", "id"), name="customer_by_name"),
            *by_link("customer", "portal_token"),
        )
        constraints: ClassVar = (
            UniqueConstraint(("company_id", "idempotency_key"), "customer_idempotency"),
            CheckConstraint(
                "(portal_token IS NULL) = (portal_shared_at IS NULL)", "customer_portal_shared_at"
            ),
            CheckConstraint("e_invoice IN ('PDF', 'XRECHNUNG', 'PEPPOL')", "customer_e_invoice"),
            *party_checks("customer"),
        )

    def language_with(self, company: Company) -> str:
        """Return the customer's language, or that of their `company`."""
        return self.read_in or self.language or company.language

    @property
    def copy_addresses(self) -> list[str]:
        """The addresses that receive a copy of every document."""
        return self.cc_emails.splitlines() if self.cc_emails else []

    @property
    def buyer(self) -> Buyer:
        """The customer as a document that is issued now names it."""
        return Buyer(**self._party(), email=self.email)
