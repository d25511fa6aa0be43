"""Whatever the dashboard's pages show can be asked of the API.

The tables name what each variable of a template stands for. A page with a new one fails here until
the table says which field of the schema offers it.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from jinja2 import nodes
from jinja2.meta import find_undeclared_variables
from strawberry.utils.str_converters import to_camel_case

from i18n.templates import templates
from tests.support.operations import SCHEMA, object_type

_FOLDER: Final = Path(__file__).parents[3] / "web/templates"
_ENVIRONMENT: Final = templates(_FOLDER, "en")
_MACROS: Final = frozenset(
    {
        "forms.html",
        "labels.html",
        "layout.html",
        "lists.html",
        "parts.html",
        "sending.html",
        "ways.html",
    }
)

_OBJECTS: Final = {
    "account": ("Customer",),
    "age": ("CurrencyAgeing",),
    "amount": ("Money",),
    "application": ("CreditApplication",),
    "answer": ("Answer",),
    "asked": ("Question",),
    "balance": ("Balance",),
    "bank": ("Company",),
    "chat": ("Chat",),
    "company": ("Company",),
    "cursors": ("Company",),
    "customer": ("Customer",),
    "delivery": ("WebhookDelivery", "EmailDelivery"),
    "document": ("Invoice", "Quote", "CreditNote"),
    "due": ("Money",),
    "each": ("NumberSeries",),
    "entry": ("AuditEntry",),
    "happening": ("TimelineEntry",),
    "timeline": ("Timeline",),
    "event": ("StripeEvent",),
    "invited": ("InvitationPayload",),
    "invoice": ("Invoice",),
    "issued": ("CreateApiKeyPayload",),
    "key": ("ApiKey",),
    "left": ("Money",),
    "line": ("LineItem",),
    "note": ("CreditNote",),
    "owner": ("User",),
    "payout": ("CreditPayout",),
    "quote": ("Quote",),
    "remaining": ("Money",),
    "row": ("HistoryEntry",),
    "sent": ("EmailDelivery",),
    "session": ("Session",),
    "staff": ("Actor",),
    "stats": ("ViewStats",),
    "tax": ("TaxSummary",),
    "user": ("User",),
    "opt_out": ("OptOut",),
    "view": ("InvoiceView",),
    "wanted": ("AddressPreferences",),
    "webhook": ("Webhook",),
}
"""The types that have what is read from a variable."""
_RENAMED: Final = {
    "answer.id": "Answer.delivery",
    "asked.document": "Question.invoice",
    "asked.loaded_answers": "Question.answers",
    "bank.account_lines": "Company.bankAccount",
    "company.bank": "Company.iban",
    "company.stripe_account": "Company.stripeConnected",
    "company.takes_payments": "Company.chargesEnabled",
    "cursors.updates": "Company.updatesCursor",
    "cursors.views": "Company.viewsCursor",
    "delivery.address": "EmailDelivery.recipient",
    "delivery.row": "WebhookDelivery.event",
    "document.name": "Invoice.number",
    "document.updated_at": "Invoice.version",
    "each.is_restarting": "NumberSeries.restartsYearly",
    "each.sequence": "NumberSeries.next",
    "happening.is_single_open": "TimelineOpens.count",
    "happening.links": "TimelinePayment.stripeUrl",
    "happening.live_until": "TimelineOpens.isLive",
    "happening.look": "TimelineEntry.tone",
    "happening.icon": "TimelineEntry.kind",
    "invoice.currency": "Invoice.total",
    "invoice.label": "Invoice.number",
    "timeline.entries": "Timeline.edges",
    "timeline.is_unsettled": "TimelineEmail.state",
    "timeline.newest_url": "Timeline.pageInfo",
    "timeline.older_url": "Timeline.pageInfo",
    "issued.credential": "CreateApiKeyPayload.id",
    "line.second_tax_name": "LineItem.secondTax",
    "line.second_tax_rate": "LineItem.secondTax",
    "note.name": "CreditNote.number",
    "staff.desktop_events": "Query.desktopNotices",
    "sent.delivery": "EmailDelivery.sentAt",
    "sent.status": "EmailDelivery.state",
    "user.totp_confirmed_at": "User.hasSecondFactor",
    "wanted.url": "AddressPreferences.preferencesUrl",
    "view.customer_name": "Invoice.customer",
    "view.invoice_id": "CompanyView.invoice",
    "view.invoice_number": "CompanyView.invoice",
}
"""What has another name in the schema."""
_VALUES: Final = {
    "ages": "Overview.ageing",
    "can_show_steps": "FirstSteps.isHidden",
    "done_count": "FirstSteps.steps",
    "figures": "Overview.figures",
    "follow_up_count": "Overview.followUps",
    "follow_ups": "Overview.followUps",
    "sample": "FirstSteps.sampleInvoice",
    "sample_device": "SampleInvoice.lastUserAgent",
    "sample_url": "SampleInvoice.url",
    "steps": "FirstSteps.steps",
    "address_preferences": "Customer.emailPreferences",
    "applications": "CreditNote.applications",
    "can": "Invoice.allowedActions",
    "chart": "Invoice.viewsPerDay",
    "company_language": "Company.language",
    "credit_notes": "Invoice.creditNotes",
    "customers": "Company.customers",
    "deliveries": "Webhook.deliveries",
    "address": "Question.email",
    "emails": "Answer.delivery",
    "placeholders": "EmailText.placeholders",
    "kind": "EmailText.kind",
    "language_code": "EmailText.language",
    "language_name": "Customer.language",
    "e_invoice": "Invoice.eInvoice",
    "emails_limit": "EmailsToday.limit",
    "emails_sent": "EmailsToday.sent",
    "entries": "Company.auditEntries",
    "events": "Company.stripeEvents",
    "happenings": "Company.timeline",
    "history": "Invoice.history",
    "invoices": "Company.invoices",
    "keys": "Company.apiKeys",
    "lines": "Invoice.lines",
    "logo_url": "Company.logoUrl",
    "notes": "Company.creditNotes",
    "on_desktop": "Query.desktopNotices",
    "payouts": "CreditNote.payouts",
    "pdf_url": "Invoice.pdfUrl",
    "price": "Query.priceDraft",
    "version": "Invoice.version",
    "permissions": "Actor.permissions",
    "people": "Company.users",
    "questions": "Company.questions",
    "quotes": "Company.quotes",
    "reminder_days": "Company.reminderDays",
    "reminder_sentence": "Company.reminderDays",
    "series": "Company.numbering",
    "sessions": "Query.sessions",
    "takes_surplus": "Invoice.allowedActions",
    "can_reclaim": "Invoice.amountWrittenOff",
    "refundable_payments": "Payment.refundable",
    "days_left": "Invoice.dueDate",
    "effect": "Query.actionPreview",
    "effects": "Query.actionPreview",
    "opted_out": "EmailRecipient.optOut",
    "paid_with": "Payment.method",
    "preview_url": "Query.emailPreview",
    "prices_include_tax": "CreditNote.pricesIncludeTax",
    "total": "Invoice.total",
    "taxes": "Invoice.taxes",
    "thread": "Invoice.questions",
    "time_zone": "Company.timeZone",
    "users": "Company.users",
    "usual_retention": "Company.viewRetentionDays",
    "view_log": "Invoice.views",
    "views": "Invoice.viewStats",
    "webhooks": "Company.webhooks",
    "written": "Company.emailTexts",
}
"""The field that has the value of a variable."""
_OF_PAGES: Final = {
    "addresses": "all_url back back_url document_url file link listed newest_url newest_views_url"
    " older_url older_views_url pages path url invoice_pages list_url note_pages page_url qr"
    " request",
    "answers to forms": "changed deleted done ended error failed_form failed_section message news"
    " notices removed replayed request_id revoked saved secret sent_to submitted token turned_off",
    "settings": "chosen_state defaults is_narrowed is_waiting next_year nothing own_id profile"
    " sample_amount sample_date scope_stylesheet states topic topics who",
    "forms": "action attributes bill_to blank bound codes companies confirmation errors failed_only"
    " field filter form"
    " form_error form_token grouped head headings hidden_fields id is_available is_creditable"
    " is_new is_preview is_rest is_submit is_unsaved line_items logo_form max_upload maximum"
    " name_of next number number_of labels offered open_invitations options order other_url papers"
    " field_error question refusal selected share shows_all status text waiting_time wrong"
    " wrong_attributes focus is_changed shows_email is_draft is_invoice optional",
    "choices": "categories category category_labels choices countries currencies kinds languages"
    " e_invoices methods name query"
    " note_status note_statuses off on_acceptance origins quote_status quote_statuses"
    " receipts roundings"
    " sources statuses terms time_zones units noun",
    "figures in words": "ids outcomes sums things cell figure other part has_more is_cut sum thing"
    " title",
    "layout": "accent asset bar direction email empty examples explain heading loop manages now"
    " permission_labels sections stylesheet super tab tabs tick",
}
"""What isn't from the company's rows, by what it is for."""
_PARTS: Final = {
    "age": {"cells", "label", "segments"},
    "document": {"delivery_address", "noun", "service_period"},
    "each": {"heading", "message", "url"},
    "line": {"has_details", "line_discount"},
    "row": {"detail", "links", "text"},
    "timeline": {"has_opens", "is_feed", "url"},
    "staff": {"user_id"},
}
"""What a page makes of an object's other fields."""


def _pages() -> Iterator[nodes.Template]:
    for file in sorted((_FOLDER / "dashboard").rglob("*.html")):
        if file.name not in _MACROS:
            yield _ENVIRONMENT.parse(file.read_text(encoding="utf-8"))


def _read() -> dict[str, set[str]]:
    """Return what the pages read of each variable, their macros aside."""
    read: defaultdict[str, set[str]] = defaultdict(set)
    for page in _pages():
        imported = {
            name[1] if isinstance(name, tuple) else name
            for each in page.find_all(nodes.FromImport)
            for name in each.names
        }
        for name in find_undeclared_variables(page) - imported:
            read[name] = read[name]
        for attribute in page.find_all(nodes.Getattr):
            if isinstance(attribute.node, nodes.Name) and attribute.node.name not in imported:
                read[attribute.node.name].add(attribute.attr)
    return read


def _exists(path: str) -> bool:
    type_name, field = path.split(".")
    return type_name in SCHEMA.type_map and field in object_type(type_name).fields


def test_the_tables_know_every_variable_of_the_pages() -> None:
    known = {*_OBJECTS, *_VALUES, *" ".join(_OF_PAGES.values()).split()}
    assert sorted(_read().keys() - known) == []


def test_the_schema_offers_all_that_the_pages_show() -> None:
    lacking = [path for path in (*_RENAMED.values(), *_VALUES.values()) if not _exists(path)]
    for variable, attributes in _read().items():
        for attribute in attributes - _PARTS.get(variable, set()):
            path = f"{variable}.{attribute}"
            if variable not in _OBJECTS or path in _RENAMED:
                continue
            name = to_camel_case(attribute)
            if not any(_exists(f"{type_name}.{name}") for type_name in _OBJECTS[variable]):
                lacking.append(path)
    assert lacking == []
