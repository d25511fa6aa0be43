"""Which e-mails an address wants from a company."""

from typing import Self

import strawberry

import models
from services.email.preferences import mask


@strawberry.type(description="Which e-mails an address wants from a business.")
class EmailPreferences:
    email: str = strawberry.field(description="The address, masked: a…@example.com.")
    business_name: str = strawberry.field(description="The name of the business that writes.")
    document_emails: bool = strawberry.field(description="Whether it gets invoices and quotes.")
    reminder_emails: bool = strawberry.field(
        description="Whether it is reminded of invoices that are due soon or overdue."
    )
    marketing_emails: bool = strawberry.field(description="Whether it gets announcements.")

    @classmethod
    def of(cls, preference: models.EmailPreference) -> Self:
        """Return what the holder of the token sees of `preference`."""
        return cls(
            email=mask(preference.address),
            business_name=preference.company.name,
            document_emails=preference.document_emails,
            reminder_emails=preference.reminder_emails,
            marketing_emails=preference.marketing_emails,
        )


@strawberry.input(
    description="Which e-mails to turn on or off, at least one of them. What is left out stays as "
    "it is; null is BAD_INPUT."
)
class UpdatePreferencesInput:
    token: str = strawberry.field(description="The token of the link in each e-mail.")
    document_emails: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether to get invoices and quotes."
    )
    reminder_emails: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether to be reminded of invoices that are due soon or overdue.",
    )
    marketing_emails: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether to get announcements."
    )

    def switches(self) -> dict[str, object]:
        """Return what was said, as the service takes it."""
        switches = {
            "documentEmails": self.document_emails,
            "reminderEmails": self.reminder_emails,
            "marketingEmails": self.marketing_emails,
        }
        return {name: said for name, said in switches.items() if said is not strawberry.UNSET}
