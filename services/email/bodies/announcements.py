"""Announcements, which the business writes itself."""

from i18n.translations import translations_for
from integrations.mail.contents import Business, EmailBody, Link, Section
from models import Announcement
from services.email.bodies.parts import closing_of, reason_for


def announcement_body(
    announcement: Announcement, business: Business, language: str, account_link: str | None
) -> EmailBody:
    """Return an announcement, with the link to the customer's account where it is shared."""
    _ = translations_for(language).gettext
    button = Link(_("See your invoices"), account_link) if account_link else None
    return EmailBody(
        subject=announcement.subject,
        message=announcement.body,
        sections=[Section(button=button)],
        closing=closing_of(business, language),
        reason=reason_for(business, language),
    )
