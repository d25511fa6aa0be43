"""Managing the company, and its first steps."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.company_inputs import CompanyPayload, UpdateCompanyInput
from schema.first_steps import (
    FirstSteps,
    HideFirstStepsInput,
    HideFirstStepsPayload,
    SampleInvoice,
    SendSampleInvoicePayload,
)
from schema.permissions import Requires
from services.company import company_settings, first_steps
from services.email import sample_invoices


@strawberry.type
class CompanyMutations:
    @strawberry.mutation(
        description="Updates the company's details. Omitted fields stay as they are.",
        extensions=[Requires(Permission.MANAGE_COMPANY)],
    )
    async def update_company(
        self,
        info: Info,
        input: Annotated[UpdateCompanyInput, strawberry.argument(description="The new values.")],
    ) -> CompanyPayload:
        company = await company_settings.update_company(info.context.staff, input.changes())
        return CompanyPayload.of(company, info.context.urls)

    @strawberry.mutation(
        description="E-mails a sample of an invoice to the signed-in user. Its page looks like a "
        "client's, and `Company.firstSteps` says when it is opened. Rate limited.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def send_sample_invoice(self, info: Info) -> SendSampleInvoicePayload:
        services = info.context.services
        sample = await sample_invoices.send_sample_invoice(
            info.context.staff,
            worker=services.delivery_worker,
            rate_limiter=services.rate_limiter,
            urls=services.urls,
        )
        return SendSampleInvoicePayload(sample_invoice=SampleInvoice.of(sample, services.urls))

    @strawberry.mutation(
        description="Hides the first steps on the home page of the signed-in user, or shows them "
        "again.",
        extensions=[Requires(Permission.VIEW_INVOICES)],
    )
    async def hide_first_steps(
        self,
        info: Info,
        input: Annotated[
            HideFirstStepsInput, strawberry.argument(description="Whether to hide them.")
        ],
    ) -> HideFirstStepsPayload:
        context = info.context
        await first_steps.hide_first_steps(context.staff, hidden=input.hidden)
        company = await context.loaders.companies.load(context.staff.company_id)
        steps = await first_steps.load_first_steps(context.staff, company)
        return HideFirstStepsPayload(first_steps=FirstSteps.of(steps, context.urls))
