"""The company's settings that staff can change."""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from auth.staff import Staff
from banking.accounts import clean_bic, clean_iban
from db.transactions import transactional
from errors import BadInput, Text, gather_refusals
from i18n.translations import normalize_language
from models import AuditAction, Company
from models.companies import dump_reminder_stages
from services.common import audit_log
from services.common.parties import PartyChanges, cleaned_columns, party_columns
from services.common.validation import (
    clean_currency,
    clean_email,
    clean_optional,
    clean_time_zone,
    clean_url,
)
from services.company.bank_details import BANK_COLUMNS, note_bank_change
from services.company.numbering import NumberingChanges, change_numbering, input_name
from values.money import to_minor
from values.parties import PaperSize
from values.taxes import TaxRounding

MAX_REMINDERS: Final = 10
MIN_REMINDER_DAY: Final = -60
MAX_REMINDER_DAY: Final = 365
_SECURITY_COLUMNS: Final = frozenset({"second_factor_required"})
_MINIMUMS: Final[Mapping[str, int | None]] = {"minimum_reminder": 0, "minimum_payment": None}
"""The columns of smallest amounts, and what each is without one."""
_MAX_WEBSITE: Final = 500
"""Characters of a URL."""
MAX_RETENTION: Final = 3650
"""Days for which views can keep address and browser."""
_COLOR: Final = re.compile(r"#[0-9a-f]{6}")


class CompanyChanges(PartyChanges, NumberingChanges, total=False):
    """New values for the company. What is omitted stays as it is, and None clears it."""

    email: str | None
    archive_email: str | None
    phone: str | None
    website: str | None
    contact_name: str | None
    accent_color: str | None
    currency: str | None
    language: str | None
    time_zone: str | None
    """An IANA name."""
    second_factor_required: bool | None
    """None for no."""
    sends_receipts: bool | None
    """None for no."""
    invoices_accepted_quotes: bool | None
    """None for no."""
    tax_rounding: TaxRounding | None
    """None for HALF_UP."""
    payment_terms: str | None
    footer: str | None
    paper_size: PaperSize | None
    """None for what is usual in the company's country."""
    reminder_days: Sequence[int] | None
    view_retention_days: int | None
    """None for the operator's default."""
    minimum_reminder: Decimal | None
    """In the main unit of the company's currency; None for none."""
    allow_partial_payment: bool | None
    """None for no."""
    minimum_payment: Decimal | None
    """In the main unit of the company's currency; None for none."""
    iban: str | None
    bic: str | None
    account_holder: str | None
    bank_account: str | None


@transactional
async def update_company(staff: Staff, changes: CompanyChanges) -> Company:
    """Apply `changes` and return the company. Issued documents take no notice of them.

    Raises BadInput, and PasswordRequired for bank details and the requirement of a second factor,
    before anything is changed.
    """
    company = await Company.select_for_update(no_key=True).get(id=staff.company_id)
    with gather_refusals() as refusals:
        columns = cleaned_columns(changes, _CLEANERS, refusals)
        columns |= refusals.of(party_columns, changes, company, staff.language) or {}
        currency = columns.get("currency") or company.currency
        for name, nothing in _MINIMUMS.items():
            columns |= refusals.of(_minimum, name, nothing, changes, company, currency) or {}
        await change_numbering(staff, company, changes)
    changed = {name for name, value in columns.items() if getattr(company, name) != value}
    if changed & (BANK_COLUMNS | _SECURITY_COLUMNS):
        staff.require_recent_password()
    if changed:
        before = company.bank
        company.update_from_dict(columns)
        await company.save(update_fields=changed)
        if changed & _SECURITY_COLUMNS:
            await _note_requirement(staff, company)
        if changed - BANK_COLUMNS - _SECURITY_COLUMNS:
            await audit_log.note(staff, AuditAction.COMPANY_UPDATED, company.id, company.name)
        if changed & BANK_COLUMNS:
            await note_bank_change(staff, company, before)
    return company


async def _note_requirement(staff: Staff, company: Company) -> None:
    action = (
        AuditAction.SECOND_FACTOR_REQUIRED
        if company.second_factor_required
        else AuditAction.SECOND_FACTOR_NOT_REQUIRED
    )
    await audit_log.note(staff, action, company.id, company.name)


def _minimum(
    name: str, nothing: int | None, changes: CompanyChanges, company: Company, currency: str
) -> dict[str, int | None]:
    """Return the column, which starts anew if the currency changes; `nothing` is one of none."""
    amount = dict[str, Any](changes).get(name)
    if amount is None:
        is_cleared = name in changes or currency != company.currency
        return {name: nothing} if is_cleared else {}
    minimum = to_minor(amount, currency, field=input_name(name))
    if minimum < 0:
        raise BadInput(Text("Enter zero or more."), field=input_name(name))
    return {name: minimum or nothing}


def _clean_website(value: str | None) -> str | None:
    """Return a URL; "example.com" is enough, as people type it into a browser."""
    typed = clean_optional(value, "website", most=_MAX_WEBSITE)
    if typed is None:
        return None
    url = clean_url(
        typed if "://" in typed else f"https://{typed}", field="website", most=_MAX_WEBSITE
    )
    host = (urlsplit(url or "").hostname or "").rstrip(".")
    if "." not in host:
        raise BadInput(
            Text("Add the ending, like %(example)s.com.", example=host or "example"),
            field="website",
        )
    return url


def clean_color(value: str | None) -> str | None:
    """Return a colour as `#rrggbb` in lower case, or None if none was entered. Raises BadInput."""
    color = (value or "").strip().lower()
    if color and not _COLOR.fullmatch(color):
        raise BadInput(Text("Enter a colour like #1d4ed8."), field="accentColor")
    return color or None


def _clean_reminder_days(days: Sequence[int] | None) -> str:
    stages = set(days or ())
    if any(not MIN_REMINDER_DAY <= day <= MAX_REMINDER_DAY for day in stages):
        raise BadInput(
            Text(
                "Choose days from %(first)s to %(last)s.",
                first=MIN_REMINDER_DAY,
                last=MAX_REMINDER_DAY,
            ),
            field="reminderDays",
        )
    if len(stages) > MAX_REMINDERS:
        raise BadInput(
            Text("Choose at most %(most)s reminders.", most=MAX_REMINDERS), field="reminderDays"
        )
    return dump_reminder_stages(stages)


def _clean_retention(days: int | None) -> int | None:
    if days is not None and not 1 <= days <= MAX_RETENTION:
        raise BadInput(
            Text("Choose days from %(first)s to %(last)s.", first=1, last=MAX_RETENTION),
            field="viewRetentionDays",
        )
    return days


def _text(field: str, most: int, *, multiline: bool = False) -> Callable[[str | None], str | None]:
    return partial(clean_optional, field=field, most=most, multiline=multiline)


_CLEANERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "email": clean_email,
    "archive_email": partial(clean_email, field="archiveEmail"),
    "phone": _text("phone", 50),
    "website": _clean_website,
    "contact_name": _text("contactName", 200),
    "accent_color": clean_color,
    "currency": lambda value: clean_currency(value or ""),
    "language": lambda value: normalize_language(value or "", "language"),
    "time_zone": lambda value: clean_time_zone(value or ""),
    "second_factor_required": bool,
    "sends_receipts": bool,
    "allow_partial_payment": bool,
    "invoices_accepted_quotes": bool,
    "tax_rounding": lambda value: value or TaxRounding.HALF_UP,
    "payment_terms": _text("paymentTerms", 1000, multiline=True),
    "footer": _text("footer", 2000, multiline=True),
    "paper_size": lambda value: value,
    "reminder_days": _clean_reminder_days,
    "view_retention_days": _clean_retention,
    "iban": clean_iban,
    "bic": clean_bic,
    "account_holder": _text("accountHolder", 70),
    "bank_account": _text("bankAccount", 500, multiline=True),
}
"""How the columns that only companies have are cleaned."""
