"""The account for bank transfers."""

from typing import Final

from starlette.responses import Response

from auth.permissions import Permission
from banking.accounts import grouped
from services.company.company_settings import update_company
from web.dashboard.forms.fields import Field, Form, optional, parse_text
from web.dashboard.forms.pages import form_page
from web.dashboard.requests import DashboardRequest, login_required

_BACK_URL: Final = "/dashboard/settings/payments"


class BankDetailsForm(Form):
    """The account."""

    iban = Field(
        "IBAN", optional(parse_text), max_length=60, hint="With or without spaces. We check it."
    )
    bic = Field(
        "BIC", optional(parse_text), max_length=20, hint="Some banks outside the EU ask for it."
    )
    account_holder = Field(
        "Account holder",
        optional(parse_text),
        max_length=70,
        hint="Leave empty if it's your company.",
    )
    bank_account = Field(
        "Account without an IBAN",
        optional(parse_text),
        max_length=500,
        hint="What clients need to know, like the bank, routing number and account number.",
    )


@login_required(Permission.MANAGE_COMPANY)
async def bank_details_page(request: DashboardRequest) -> Response:
    """Show the form with the account, and change it."""
    bank = request.company.bank
    form = BankDetailsForm(
        request.form,
        iban=grouped(bank.iban) if bank.iban else "",
        bic=bank.bic or "",
        account_holder=bank.account_holder or "",
        bank_account=bank.account_lines or "",
    )

    async def change() -> str:
        await update_company(
            request.staff,
            {
                "iban": form.iban.value,
                "bic": form.bic.value,
                "account_holder": form.account_holder.value,
                "bank_account": form.bank_account.value,
            },
        )
        return f"{_BACK_URL}?saved=bank"

    values = {"form": form, "heading": "Bank transfer", "back_url": _BACK_URL}
    return await form_page(request, "settings/bank_details.html", values, change)
