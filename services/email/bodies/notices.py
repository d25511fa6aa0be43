"""Notices to the company's own staff, in English, as the dashboard is."""

from integrations.mail.contents import EmailBody, Link, Section


def notice_body(subject: str, text: str, link: Link) -> EmailBody:
    """Return a notice with one thing to do."""
    return EmailBody(subject=subject, message=text, sections=[Section(button=link)])


def password_reset_text(company: str) -> str:
    """Return what an e-mail with a link to set a new password says."""
    return (
        f"Someone asked for a new password for your account at {company}. The link works once,"
        " for an hour.\n\nIf it wasn't you, ignore this e-mail. Your password stays the same."
    )
