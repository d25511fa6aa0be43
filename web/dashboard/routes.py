"""The dashboard's paths."""

from typing import Final

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from errors import NotFound
from web.dashboard import quote_actions
from web.dashboard.corrections import credit, payments, write_offs
from web.dashboard.credit_notes import actions as credit_note_actions
from web.dashboard.credit_notes.crediting import credit_lines_page, credit_page
from web.dashboard.credit_notes.forms import apply_page, edit_note, new_note
from web.dashboard.credit_notes.pages import credit_note_page, credit_notes_page
from web.dashboard.customer_forms import edit_customer, new_customer
from web.dashboard.customers import (
    customer_page,
    customers_page,
    revoke_links,
    revoke_portal,
    share_portal,
    turn_off_emails,
)
from web.dashboard.forms import FORM_METHODS
from web.dashboard.identity.account import account_page
from web.dashboard.identity.forgot_password import ForgotPasswordPage
from web.dashboard.identity.invitations import AcceptInvitationPage
from web.dashboard.identity.notices import notices_page
from web.dashboard.identity.second_factor import (
    recovery_codes_page,
    set_up_page,
    turn_off_page,
)
from web.dashboard.identity.security import end_other_sessions, end_session, security_page
from web.dashboard.identity.sign_in import SignInPage, sign_out
from web.dashboard.identity.sign_in_steps import ChooseCompanyPage, CodePage
from web.dashboard.invoice_actions import (
    cancel_page,
    delete_page,
    issue_page,
    remind_page,
)
from web.dashboard.invoice_details import invoice_page
from web.dashboard.invoice_forms import edit_invoice, new_invoice, payment_page
from web.dashboard.invoices import invoices_page
from web.dashboard.questions.pages import (
    answer_page,
    close_page,
    delete_question_page,
    questions_page,
)
from web.dashboard.quote_actions import accept_page, decline_page
from web.dashboard.quote_forms import edit_quote, new_quote
from web.dashboard.quotes import quote_page, quotes_page
from web.dashboard.requests import DashboardRequest, login_required
from web.dashboard.responses import home_url
from web.dashboard.settings.api_keys import create_key, keys_page, revoke_key
from web.dashboard.settings.audit_log import audit_page
from web.dashboard.settings.bank_details import bank_details_page
from web.dashboard.settings.chat import chat_page
from web.dashboard.settings.company import (
    change_company,
    company_page,
    remove_logo_page,
    upload_logo,
)
from web.dashboard.settings.email_texts import email_preview, email_texts_page
from web.dashboard.settings.numbering import numbering_page
from web.dashboard.settings.payments import connect, disconnect, payments_page, replay_event
from web.dashboard.settings.user_security import (
    end_sessions_page,
    make_second_factor_optional_page,
    require_second_factor_page,
    reset_second_factor_page,
)
from web.dashboard.settings.users import (
    create_user,
    invite_page,
    remove_page,
    user_page,
    users_page,
)
from web.dashboard.settings.webhooks import (
    create_webhook,
    delete_webhook,
    edit_webhook,
    replace_secret,
    replay_delivery,
    switch_webhook,
    test_webhook,
    webhook_page,
    webhooks_page,
)
from web.dashboard.sharing import documents as sharing


@login_required()
async def home(request: DashboardRequest) -> Response:
    """Redirect to the first page that the staff may see."""
    return RedirectResponse(home_url(request.staff), 303)


@login_required()
async def unknown_page(_: DashboardRequest) -> Response:
    """Show an error page of the dashboard for an unknown path."""
    raise NotFound


ROUTES: Final = (
    Route("/dashboard", home),
    Route("/dashboard/sign-in", SignInPage),
    Route("/dashboard/sign-in/company", ChooseCompanyPage),
    Route("/dashboard/sign-in/code", CodePage),
    Route("/dashboard/forgot-password", ForgotPasswordPage),
    Route("/dashboard/welcome/{token}", AcceptInvitationPage),
    Route("/dashboard/account", account_page, methods=FORM_METHODS),
    Route("/dashboard/account/notices", notices_page, methods=FORM_METHODS),
    Route("/dashboard/account/security", security_page),
    Route("/dashboard/account/security/sessions/end", end_other_sessions, methods=FORM_METHODS),
    Route("/dashboard/account/security/sessions/{id}/end", end_session, methods=["POST"]),
    Route("/dashboard/account/security/two-step", set_up_page, methods=FORM_METHODS),
    Route("/dashboard/account/security/two-step/off", turn_off_page, methods=FORM_METHODS),
    Route("/dashboard/account/security/recovery-codes", recovery_codes_page, methods=FORM_METHODS),
    Route("/dashboard/sign-out", sign_out, methods=["POST"]),
    Route("/dashboard/invoices", invoices_page),
    Route("/dashboard/invoices/new", new_invoice, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/edit", edit_invoice, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}", invoice_page),
    Route("/dashboard/invoices/{id}/issue", issue_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/cancel", cancel_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/remind", remind_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/payment", payment_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/credit", credit_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/credit/lines", credit_lines_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/write-off", write_offs.write_off_page, methods=FORM_METHODS),
    Route(
        "/dashboard/invoices/{id}/reverse-write-off", write_offs.reverse_page, methods=FORM_METHODS
    ),
    Route("/dashboard/payments/{id}/reverse", payments.reverse_page, methods=FORM_METHODS),
    Route("/dashboard/payments/{id}/refund", payments.refund_page, methods=FORM_METHODS),
    Route("/dashboard/applied-credit/{id}/reverse", credit.take_off_page, methods=FORM_METHODS),
    Route("/dashboard/payouts/{id}/reverse", credit.reverse_payout_page, methods=FORM_METHODS),
    Route("/dashboard/invoices/{id}/delete", delete_page, methods=FORM_METHODS),
    *sharing.INVOICES.routes("/dashboard/invoices/{id}"),
    Route("/dashboard/quotes", quotes_page),
    Route("/dashboard/quotes/new", new_quote, methods=FORM_METHODS),
    Route("/dashboard/quotes/{id}/edit", edit_quote, methods=FORM_METHODS),
    Route("/dashboard/quotes/{id}", quote_page),
    Route("/dashboard/quotes/{id}/accept", accept_page, methods=FORM_METHODS),
    Route("/dashboard/quotes/{id}/decline", decline_page, methods=FORM_METHODS),
    Route(
        "/dashboard/quotes/{id}/invoice", quote_actions.create_invoice_page, methods=FORM_METHODS
    ),
    Route("/dashboard/quotes/{id}/delete", quote_actions.delete_page, methods=FORM_METHODS),
    *sharing.QUOTES.routes("/dashboard/quotes/{id}"),
    Route("/dashboard/credit-notes", credit_notes_page),
    Route("/dashboard/credit-notes/new", new_note, methods=FORM_METHODS),
    Route("/dashboard/credit-notes/{id}", credit_note_page),
    Route("/dashboard/credit-notes/{id}/edit", edit_note, methods=FORM_METHODS),
    Route("/dashboard/credit-notes/{id}/pay-out", credit.pay_out_page, methods=FORM_METHODS),
    Route(
        "/dashboard/credit-notes/{id}/issue", credit_note_actions.issue_page, methods=FORM_METHODS
    ),
    Route("/dashboard/credit-notes/{id}/apply", apply_page, methods=FORM_METHODS),
    Route("/dashboard/credit-notes/{id}/void", credit_note_actions.void_page, methods=FORM_METHODS),
    Route(
        "/dashboard/credit-notes/{id}/delete", credit_note_actions.delete_page, methods=FORM_METHODS
    ),
    *sharing.CREDIT_NOTES.routes("/dashboard/credit-notes/{id}"),
    Route("/dashboard/questions", questions_page),
    Route("/dashboard/questions/{id}/answer", answer_page, methods=FORM_METHODS),
    Route("/dashboard/questions/{id}/close", close_page, methods=FORM_METHODS),
    Route("/dashboard/questions/{id}/delete", delete_question_page, methods=FORM_METHODS),
    Route("/dashboard/customers", customers_page),
    Route("/dashboard/customers/new", new_customer, methods=FORM_METHODS),
    Route("/dashboard/customers/{id}", customer_page),
    Route("/dashboard/customers/{id}/edit", edit_customer, methods=FORM_METHODS),
    Route("/dashboard/customers/{id}/share-portal", share_portal, methods=["POST"]),
    Route("/dashboard/customers/{id}/revoke-portal", revoke_portal, methods=FORM_METHODS),
    Route("/dashboard/customers/{id}/revoke-links", revoke_links, methods=FORM_METHODS),
    Route("/dashboard/customers/{id}/turn-off", turn_off_emails, methods=FORM_METHODS),
    Route("/dashboard/settings", company_page),
    Route("/dashboard/settings", change_company, methods=["POST"]),
    Route("/dashboard/settings/logo", upload_logo, methods=["POST"]),
    Route("/dashboard/settings/remove-logo", remove_logo_page, methods=FORM_METHODS),
    Route("/dashboard/settings/payments", payments_page),
    Route("/dashboard/settings/payments/bank", bank_details_page, methods=FORM_METHODS),
    Route("/dashboard/settings/payments/connect", connect, methods=["POST"]),
    Route("/dashboard/settings/payments/disconnect", disconnect, methods=FORM_METHODS),
    Route("/dashboard/settings/payments/replay", replay_event, methods=["POST"]),
    Route("/dashboard/settings/numbering", numbering_page, methods=FORM_METHODS),
    Route("/dashboard/settings/emails", email_texts_page, methods=FORM_METHODS),
    Route("/dashboard/settings/emails/preview", email_preview, methods=FORM_METHODS),
    Route("/dashboard/settings/users", users_page),
    Route("/dashboard/settings/users", create_user, methods=["POST"]),
    Route("/dashboard/settings/users/two-step", require_second_factor_page, methods=FORM_METHODS),
    Route(
        "/dashboard/settings/users/two-step/off",
        make_second_factor_optional_page,
        methods=FORM_METHODS,
    ),
    Route("/dashboard/settings/users/{id}", user_page, methods=FORM_METHODS),
    Route("/dashboard/settings/users/{id}/invite", invite_page, methods=FORM_METHODS),
    Route("/dashboard/settings/users/{id}/sign-out", end_sessions_page, methods=FORM_METHODS),
    Route(
        "/dashboard/settings/users/{id}/two-step", reset_second_factor_page, methods=FORM_METHODS
    ),
    Route("/dashboard/settings/users/{id}/remove", remove_page, methods=FORM_METHODS),
    Route("/dashboard/settings/keys", keys_page),
    Route("/dashboard/settings/keys", create_key, methods=["POST"]),
    Route("/dashboard/settings/keys/{id}/revoke", revoke_key, methods=FORM_METHODS),
    Route("/dashboard/settings/webhooks", webhooks_page),
    Route("/dashboard/settings/webhooks", create_webhook, methods=["POST"]),
    Route("/dashboard/settings/webhooks/chat", chat_page, methods=FORM_METHODS),
    Route("/dashboard/settings/webhooks/{id}", webhook_page),
    Route("/dashboard/settings/webhooks/{id}/edit", edit_webhook, methods=FORM_METHODS),
    Route("/dashboard/settings/webhooks/{id}/switch", switch_webhook, methods=["POST"]),
    Route("/dashboard/settings/webhooks/{id}/test", test_webhook, methods=["POST"]),
    Route("/dashboard/settings/webhooks/{id}/replay", replay_delivery, methods=["POST"]),
    Route("/dashboard/settings/webhooks/{id}/secret", replace_secret, methods=FORM_METHODS),
    Route("/dashboard/settings/webhooks/{id}/delete", delete_webhook, methods=FORM_METHODS),
    Route("/dashboard/settings/log", audit_page),
    Route("/dashboard/{path:path}", unknown_page),
)
