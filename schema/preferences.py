"""E-mail preferences."""

from datetime import datetime
from typing import Self

import strawberry

import models
from auth.permissions import Permission
from core.urls import Urls
from i18n.locales import direction_of
from schema.enums import MailCategory, OptOutOrigin
from schema.lazy_fields import lazy_field
from schema.parties import DIRECTION, Business
from schema.permissions import Requires
from services.email import opt_outs
from services.email.preferences import mask


@strawberry.type(description="The e-mails that an address wants from a business.")
class EmailPreferences:
    email: str = strawberry.field(description="The masked address, for example a…@example.com.")
    business_name: str = strawberry.field(
        description="The name of the business that sends the e-mails."
    )
    document_emails: bool = strawberry.field(description="Whether invoices and quotes are sent.")
    reminder_emails: bool = strawberry.field(
        description="Whether reminders about due and overdue invoices are sent."
    )
    marketing_emails: bool = strawberry.field(description="Whether announcements are sent.")

    language: str = strawberry.field(
        description="The language of the last e-mail (BCP 47), or else the business's."
    )
    direction: str = lazy_field(DIRECTION)
    business: Business = lazy_field("The business that sends the e-mails.")
    row: strawberry.Private[models.EmailPreference]
    urls: strawberry.Private[Urls]

    def make_direction(self) -> str:
        return direction_of(self.language)

    def make_business(self) -> Business:
        return Business.of(self.row.company, self.urls, self.language)

    @classmethod
    def of(cls, preference: models.EmailPreference, urls: Urls) -> Self:
        """Return the preferences of an address, which come with their company."""
        return cls(
            row=preference,
            urls=urls,
            language=preference.language or preference.company.language,
            email=mask(preference.address),
            business_name=preference.company.name,
            document_emails=preference.document_emails,
            reminder_emails=preference.reminder_emails,
            marketing_emails=preference.marketing_emails,
        )


@strawberry.type(description="A category of e-mails that an address has turned off.")
class OptOut:
    category: MailCategory = strawberry.field(description="What isn't sent any more.")
    at: datetime = strawberry.field(description="Since when.")
    origin: OptOutOrigin | None = strawberry.field(
        description="How it was turned off; null if that was before it was recorded."
    )

    @classmethod
    def of(cls, opt_out: opt_outs.OptOut) -> Self:
        return cls(category=opt_out.category, at=opt_out.at, origin=opt_out.origin)


@strawberry.type(description="What an address of a customer has turned off, as staff see it.")
class AddressPreferences:
    address: str = strawberry.field(description="The address.")
    opt_outs: list[OptOut] = strawberry.field(
        description="What it has turned off. Only the client can turn it on again, with the link."
    )
    url: strawberry.Private[str | None]

    @strawberry.field(
        description="The client's link to their preferences. Whoever has it can change them. Null "
        "if no e-mail was sent to the address yet.",
        extensions=[Requires(Permission.MANAGE_INVOICES)],
    )
    async def preferences_url(self) -> str | None:
        return self.url

    @classmethod
    def of(cls, address: str, preference: models.EmailPreference | None, urls: Urls) -> Self:
        return cls(
            address=address,
            opt_outs=list(map(OptOut.of, opt_outs.opt_outs_of(preference))) if preference else [],
            url=urls.preferences(preference.token) if preference else None,
        )


@strawberry.input(
    description="E-mails to turn off, because the client asked for it. Only the client can turn "
    "them on again."
)
class TurnOffEmailsInput:
    customer_id: strawberry.ID = strawberry.field(description="The customer's ID.")
    address: str = strawberry.field(description="The customer's address or one for copies.")
    categories: list[MailCategory] = strawberry.field(description="What not to send any more.")


@strawberry.input(
    description="The switches to change, at least one. Omitted ones stay as they are; null "
    "is BAD_INPUT."
)
class UpdatePreferencesInput:
    token: str = strawberry.field(description="The token in the preferences link of every e-mail.")
    document_emails: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether to send invoices and quotes."
    )
    reminder_emails: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether to send reminders about due and overdue invoices.",
    )
    marketing_emails: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether to send announcements."
    )

    def switches(self) -> dict[str, object]:
        switches = {
            "documentEmails": self.document_emails,
            "reminderEmails": self.reminder_emails,
            "marketingEmails": self.marketing_emails,
        }
        return {name: said for name, said in switches.items() if said is not strawberry.UNSET}
