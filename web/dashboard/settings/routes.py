"""The paths of the company's settings."""

from typing import Final

from starlette.routing import Route

from web.dashboard.forms.pages import FORM_METHODS
from web.dashboard.settings.api_keys import create_key, keys_page, revoke_key
from web.dashboard.settings.audit_log import audit_page
from web.dashboard.settings.bank_details import bank_details_page
from web.dashboard.settings.chat import chat_page
from web.dashboard.settings.company import change_company, company_page
from web.dashboard.settings.email_texts import email_preview, email_texts_page
from web.dashboard.settings.logo import remove_logo_page, upload_logo
from web.dashboard.settings.numbering import change_defaults, numbering_page
from web.dashboard.settings.payments import (
    change_reminders,
    connect,
    disconnect,
    payments_page,
    replay_event,
)
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

ROUTES: Final = (
    Route("/dashboard/settings", company_page),
    Route("/dashboard/settings", change_company, methods=["POST"]),
    Route("/dashboard/settings/logo", upload_logo, methods=["POST"]),
    Route("/dashboard/settings/remove-logo", remove_logo_page, methods=FORM_METHODS),
    Route("/dashboard/settings/payments", payments_page),
    Route("/dashboard/settings/payments/bank", bank_details_page, methods=FORM_METHODS),
    Route("/dashboard/settings/payments/connect", connect, methods=["POST"]),
    Route("/dashboard/settings/payments/disconnect", disconnect, methods=FORM_METHODS),
    Route("/dashboard/settings/payments/replay", replay_event, methods=["POST"]),
    Route("/dashboard/settings/payments/reminders", change_reminders, methods=["POST"]),
    Route("/dashboard/settings/numbering", numbering_page, methods=FORM_METHODS),
    Route("/dashboard/settings/numbering/defaults", change_defaults, methods=["POST"]),
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
)
