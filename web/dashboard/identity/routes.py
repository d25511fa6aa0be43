"""The paths of signing in, and of one's own account."""

from typing import Final

from starlette.routing import Route

from web.dashboard.forms.pages import FORM_METHODS
from web.dashboard.identity.account import account_page, change_profile
from web.dashboard.identity.forgot_password import ForgotPasswordPage
from web.dashboard.identity.invitations import AcceptInvitationPage
from web.dashboard.identity.notices import notices_page
from web.dashboard.identity.second_factor import recovery_codes_page, set_up_page, turn_off_page
from web.dashboard.identity.security import end_other_sessions, end_session, security_page
from web.dashboard.identity.sign_in import SignInPage, sign_out
from web.dashboard.identity.sign_in_steps import ChooseCompanyPage, CodePage

ROUTES: Final = (
    Route("/dashboard/sign-in", SignInPage),
    Route("/dashboard/sign-in/company", ChooseCompanyPage),
    Route("/dashboard/sign-in/code", CodePage),
    Route("/dashboard/forgot-password", ForgotPasswordPage),
    Route("/dashboard/welcome/{token}", AcceptInvitationPage),
    Route("/dashboard/account", account_page, methods=FORM_METHODS),
    Route("/dashboard/account/profile", change_profile, methods=["POST"]),
    Route("/dashboard/account/notices", notices_page, methods=FORM_METHODS),
    Route("/dashboard/account/security", security_page),
    Route("/dashboard/account/security/sessions/end", end_other_sessions, methods=FORM_METHODS),
    Route("/dashboard/account/security/sessions/{id}/end", end_session, methods=["POST"]),
    Route("/dashboard/account/security/two-step", set_up_page, methods=FORM_METHODS),
    Route("/dashboard/account/security/two-step/off", turn_off_page, methods=FORM_METHODS),
    Route("/dashboard/account/security/recovery-codes", recovery_codes_page, methods=FORM_METHODS),
    Route("/dashboard/sign-out", sign_out, methods=["POST"]),
)
