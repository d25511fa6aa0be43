"""The paths of where the dashboard begins."""

from typing import Final

from starlette.routing import Route

from web.dashboard.home.first_steps import hide_page, send_sample_page
from web.dashboard.home.pages import follow_ups_page, home_page
from web.dashboard.responses import HOME_PATH

ROUTES: Final = (
    Route(HOME_PATH, home_page),
    Route(f"{HOME_PATH}/follow-ups", follow_ups_page),
    Route(f"{HOME_PATH}/first-steps/hide", hide_page, methods=["POST"]),
    Route(f"{HOME_PATH}/first-steps/test", send_sample_page, methods=["POST"]),
)
