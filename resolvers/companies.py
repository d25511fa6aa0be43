"""Managing the company."""

from typing import Annotated

import strawberry

from auth.permissions import Permission
from context import Info
from schema.company_inputs import CompanyPayload, UpdateCompanyInput
from schema.permissions import Requires
from services.company import company_settings


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
