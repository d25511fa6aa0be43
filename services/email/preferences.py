"""E-mail preferences: three switches for each address at a company.

Callers find the row by its token with `TokenLookup.find_preference`.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from db.statements import database_time, execute
from db.transactions import transactional
from errors import BadInput, Text
from models import EmailPreference, MailCategory, OptOutOrigin
from services.common.validation import normalize_address

SWITCHES: Final = {f"{category.lower()}Emails": category for category in MailCategory}
"""The categories by the names of their switches: `documentEmails` …"""


def mask(address: str) -> str:
    """Return "a…@example.com": recognizable to its owner, and useless to others."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


# --- what e-mails ask before they go out ---------------------------------------------------------


async def preference_for(company_id: UUID, address: str, language: str) -> EmailPreference:
    """Return the preferences of `address`; everything is on until it is turned off.

    `language` is the language of the e-mail to be sent, and becomes that of the preferences page.
    Joins a running transaction. Raises BadInput for an address that `normalize_address` rejects.
    """
    address = normalize_address(address)
    return (await preferences_for(company_id, {address: language}))[address]


@transactional
async def preferences_for(
    company_id: UUID, languages: Mapping[str, str]
) -> dict[str, EmailPreference]:
    """Return the preferences of each address. `languages` maps addresses to languages.

    The addresses are in the form of `normalize_address`. Missing rows are created; two concurrent
    callers get the same ones. Rows are written in the order of their addresses, so that two callers
    can't deadlock.
    """
    await EmailPreference.bulk_create(
        (
            EmailPreference(company_id=company_id, address=address, language=language)
            for address, language in sorted(languages.items())
        ),
        ignore_conflicts=True,
    )
    rows = EmailPreference.filter(company_id=company_id, address__in=list(languages))
    preferences = {row.address: row for row in await rows}
    for address, language in sorted(languages.items()):
        preference = preferences[address]
        if preference.language != language:
            preference.language = language
            await preference.save(update_fields=["language"])
    return preferences


# --- reading and changing ------------------------------------------------------------------------


async def update(preference: EmailPreference, given: Mapping[str, object]) -> EmailPreference:
    """Return the preferences with the switches that `given` names turned on or off.

    The others stay as they are, even if another request changes them at the same time. Raises
    BadInput if `given` is empty, or has anything but SWITCHES with True or False.
    """
    return await _set(preference, _clean(given), OptOutOrigin.LINK)


async def turn_off(
    preference: EmailPreference, categories: Iterable[MailCategory], origin: OptOutOrigin
) -> EmailPreference:
    """Return the preferences with the e-mails of some categories turned off.

    What is off already keeps its date and origin.
    """
    return await _set(preference, dict.fromkeys(categories, False), origin)


def _clean(given: Mapping[str, object]) -> dict[MailCategory, bool]:
    if not given or not given.keys() <= SWITCHES.keys():
        raise BadInput(
            Text(
                "Choose which of these to turn on or off: %(switches)s.",
                switches=", ".join(SWITCHES),
            )
        )
    switches: dict[MailCategory, bool] = {}
    for name, value in given.items():
        if not isinstance(value, bool):
            raise BadInput(Text("This must be true or false."), field=name)
        switches[SWITCHES[name]] = value
    return switches


@transactional
async def _set(
    preference: EmailPreference, switches: Mapping[MailCategory, bool], origin: OptOutOrigin
) -> EmailPreference:
    columns = ", ".join(
        _turned_on(category) if is_on else _turned_off(category, origin)
        for category, is_on in switches.items()
    )
    await execute(
        f"UPDATE email_preference SET {columns}, updated_at = $1 WHERE id = $2",
        await database_time(),
        preference.id,
    )
    await preference.refresh_from_db()
    return preference


def _turned_on(category: MailCategory) -> str:
    name = category.lower()
    return f"{name}_emails = TRUE, {name}_off_at = NULL, {name}_off_by = NULL"


def _turned_off(category: MailCategory, origin: OptOutOrigin) -> str:
    name = category.lower()
    return (
        f"{name}_off_at = CASE WHEN {name}_emails THEN $1 ELSE {name}_off_at END,"
        f" {name}_off_by = CASE WHEN {name}_emails THEN '{origin}' ELSE {name}_off_by END,"
        f" {name}_emails = FALSE"
    )
