"""The paths of where the dashboard begins."""

from typing import Final

from starlette.routing import Route

from web.dashboard.home.pages import home

ROUTES: Final = (Route("/dashboard", home),)
