"""E-mail preferences."""

from typing import Self

import strawberry

import models
from core.urls import Urls
from i18n.locales import direction_of
from schema.lazy_fields import lazy_field
from schema.parties import DIRECTION, Business
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
