"""Changes of bank details: on record, and never unnoticed.

Changed bank details are how invoice fraud works. So everyone who manages the company gets an
e-mail, whoever made the change, and the audit log has what was before and after.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from auth.staff import Staff
from banking.accounts import grouped, masked
from i18n.formatting import format_instant
from i18n.locales import DEFAULT_LANGUAGE
from models import AuditAction, Company
from services.common import audit_log
from services.common.notices import notify_managers
from values.parties import BankDetails

BANK_COLUMNS: Final = frozenset({"iban", "bic", "account_holder", "bank_account"})
_NOTHING: Final = "none"
_CHANGED: Final = "changed"


async def note_bank_change(staff: Staff, company: Company, before: BankDetails) -> None:
    """Record that `staff` changed the bank details of a locked company, and tell its managers."""
    detail = "\n".join(_differences(before, company.bank, iban=grouped, lines=_on_one_line))
    await audit_log.note(
        staff, AuditAction.BANK_DETAILS_CHANGED, company.id, company.name, detail=detail
    )
    changes = "\n".join(_differences(before, company.bank, iban=masked, lines=lambda _: _CHANGED))
    when = format_instant(datetime.now(UTC), DEFAULT_LANGUAGE, company.time_zone)
    who = f"{staff.name} ({staff.email})" if staff.email else f"The API key “{staff.name}”"
    await notify_managers(
        company,
        f"The bank details of {company.name} have changed"[:200],
        f"{who} changed the bank details of {company.name} on {when}:\n\n{changes}\n\n"
        "Invoices that you issue from now on name the new account. Earlier ones keep theirs.\n\n"
        "Do you know about this? If not, change them back at once, choose a new password, and"
        " revoke API keys that you don't know. The audit log has the full details.",
    )


def _differences(
    before: BankDetails,
    after: BankDetails,
    *,
    iban: Callable[[str], str],
    lines: Callable[[str], str],
) -> list[str]:
    """Return each changed value, before and after, with IBANs and account lines as given."""
    values = (
        ("IBAN", before.iban, after.iban, iban),
        ("BIC", before.bic, after.bic, str),
        ("Account holder", before.account_holder, after.account_holder, str),
        ("Account", before.account_lines, after.account_lines, lines),
    )
    return [
        f"{label}: {written(old) if old else _NOTHING} → {written(new) if new else _NOTHING}"
        for label, old, new, written in values
        if old != new
    ]


def _on_one_line(text: str) -> str:
    return ", ".join(text.splitlines())
