"""The company's settings that staff can change."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypedDict

from auth.staff import Staff
from banking.accounts import clean_bic, clean_iban
from db.transactions import transactional
from errors import BadInput
from i18n.translations import normalize_language
from models import AuditAction, Company
from models.companies import dump_reminder_stages
from services.common import audit_log
from services.common.validation import (
    clean,
    clean_currency,
    clean_email,
    clean_optional,
    clean_url,
    split_tax_id,
)
from services.company.bank_details import BANK_COLUMNS, note_bank_change

MAX_REMINDERS: Final = 10
MIN_REMINDER_DAY: Final = -60
MAX_REMINDER_DAY: Final = 365
_COLOR: Final = re.compile(r"#[0-9a-f]{6}")


class CompanyChanges(TypedDict, total=False):
    """New values by column. Omitted columns stay as they are."""

    name: str | None
    address: str | None
    email: str | None
    phone: str | None
    website: str | None
    tax_id: str | None
    accent_color: str | None
    currency: str | None
    language: str | None
    reminder_days: Sequence[int] | None
    iban: str | None
    bic: str | None
    account_holder: str | None
    bank_account: str | None


@transactional
async def update_company(staff: Staff, changes: CompanyChanges) -> Company:
    """Apply `changes` and return the company. None clears an optional column.

    Raises BadInput before anything is changed.
    """
    columns = {name: _CLEANERS[name](value) for name, value in changes.items()}
    if "tax_id" in columns:
        columns |= split_tax_id(columns.pop("tax_id"))
    company = await Company.select_for_update(no_key=True).get(id=staff.company_id)
    changed = {name for name, value in columns.items() if getattr(company, name) != value}
    if changed:
        before = company.bank
        company.update_from_dict(columns)
        await company.save(update_fields=changed)
        if changed - BANK_COLUMNS:
            await audit_log.note(staff, AuditAction.COMPANY_UPDATED, company.id, company.name)
        if changed & BANK_COLUMNS:
            await note_bank_change(staff, company, before)
    return company


def _clean_color(value: str | None) -> str | None:
    color = (value or "").strip().lower()
    if color and not _COLOR.fullmatch(color):
        raise BadInput("Enter a colour like #1d4ed8.", field="accentColor")
    return color or None


def _clean_reminder_days(days: Sequence[int] | None) -> str:
    stages = set(days or ())
    if any(not MIN_REMINDER_DAY <= day <= MAX_REMINDER_DAY for day in stages):
        raise BadInput(
            f"Choose days from {MIN_REMINDER_DAY} to {MAX_REMINDER_DAY}.",
            field="reminderDays",
        )
    if len(stages) > MAX_REMINDERS:
        raise BadInput(f"Choose at most {MAX_REMINDERS} reminders.", field="reminderDays")
    return dump_reminder_stages(stages)


_CLEANERS: Final[dict[str, Callable[[Any], str | None]]] = {
    "name": lambda value: clean(value or "", "name", most=200),
    "address": lambda value: clean_optional(value, "address", most=1000, multiline=True),
    "email": clean_email,
    "phone": lambda value: clean_optional(value, "phone", most=50),
    "website": lambda value: clean_url(value, "website", most=500),
    "tax_id": lambda value: clean_optional(value, "taxId", most=50),
    "accent_color": _clean_color,
    "currency": lambda value: clean_currency(value or ""),
    "language": lambda value: normalize_language(value or "", "language"),
    "reminder_days": _clean_reminder_days,
    "iban": clean_iban,
    "bic": clean_bic,
    "account_holder": lambda value: clean_optional(value, "accountHolder", most=70),
    "bank_account": lambda value: clean_optional(value, "bankAccount", most=500, multiline=True),
}
"""How each column's input is validated."""
