"""The first steps of a new company, and the sample of an invoice."""

from datetime import datetime
from typing import Self

import strawberry

import models
from core.urls import Urls
from schema.enums import describe
from services.company import first_steps
from services.company.first_steps import FirstStep

describe(
    FirstStep,
    "A step that leads a new company to its first payment.",
    DETAILS="Enter the company's address.",
    BRAND="Choose a logo or a colour.",
    PAYMENTS="Choose how to get paid: with Stripe, or by transfer to a bank account.",
    CUSTOMER="Add a customer.",
    INVOICE="Issue an invoice.",
)


@strawberry.type(description="A step that leads a new company to its first payment.")
class FirstStepState:
    step: FirstStep = strawberry.field(description="The step.")
    is_done: bool = strawberry.field(description="Whether it is done.")


@strawberry.type(
    description="The sample of an invoice that the signed-in user has e-mailed to themselves. It "
    "has no customer and takes no number."
)
class SampleInvoice:
    url: str = strawberry.field(description="Its page.")
    sent_at: datetime | None = strawberry.field(
        description="When it was last sent; null if the mail server didn't accept it."
    )
    open_count: int = strawberry.field(
        description="How often people opened its page since. Automated opens don't count."
    )
    last_opened_at: datetime | None = strawberry.field(description="The most recent open.")
    last_user_agent: str | None = strawberry.field(
        description="The browser's user agent in the most recent open."
    )

    @classmethod
    def of(cls, row: models.SampleInvoice, urls: Urls) -> Self:
        return cls(
            url=urls.sample_invoice(row.token),
            sent_at=row.sent_at,
            open_count=row.open_count,
            last_opened_at=row.last_opened_at,
            last_user_agent=row.last_user_agent,
        )


@strawberry.type(description="How far the company is on the way to its first payment.")
class FirstSteps:
    steps: list[FirstStepState] = strawberry.field(
        description="All steps, in the order in which they are suggested."
    )
    is_hidden: bool = strawberry.field(
        description="Whether the signed-in user has hidden them on the home page."
    )
    sample_invoice: SampleInvoice | None = strawberry.field(
        description="The sample that the user has sent to themselves; null if there is none."
    )

    @classmethod
    def of(cls, steps: first_steps.FirstSteps, urls: Urls) -> Self:
        return cls(
            steps=[FirstStepState(step=step, is_done=step in steps.done) for step in FirstStep],
            is_hidden=steps.is_hidden,
            sample_invoice=SampleInvoice.of(steps.sample, urls) if steps.sample else None,
        )


@strawberry.type(description="The sample that was sent.")
class SendSampleInvoicePayload:
    sample_invoice: SampleInvoice = strawberry.field(description="The sample.")


@strawberry.input(description="Whether the user sees the first steps on the home page.")
class HideFirstStepsInput:
    hidden: bool = strawberry.field(description="True hides them, false shows them again.")


@strawberry.type(description="Whether the user sees the first steps.")
class HideFirstStepsPayload:
    first_steps: FirstSteps = strawberry.field(description="The first steps.")
