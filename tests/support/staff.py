"""Browsers of staff, which keep cookies and submit forms."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from typing import Final

import httpx

from auth.client_info import ClientInfo
from models import User
from services.identity.sessions import open_session
from tests.support.clients import BROWSER, PASSWORD, Business, http_client, new_ip

COOKIE: Final = "invotify"
HOME: Final = "/dashboard"
SIGN_IN: Final = "/dashboard/sign-in"
INVOICES: Final = "/dashboard/invoices"
EVENTS: Final = {"accept": "text/event-stream", "sec-fetch-site": "same-origin"}
"""The headers that a browser's EventSource sends from the dashboard."""


class Browser:
    """A browser with its own IP address."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    @property
    def session(self) -> str | None:
        """The session's token, if there is one."""
        return self.http.cookies.get(COOKIE)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page."""
        return await self.http.get(path, headers=headers)

    async def post(self, path: str, *, page: str, **fields: str) -> httpx.Response:
        """Submit a form of `page` with its CSRF token."""
        token = token_in((await self.get(page)).text)
        return await self.http.post(
            path,
            data={"form_token": token, **fields},
            headers={"sec-fetch-site": "same-origin", "origin": "null"},
        )

    async def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> httpx.Response:
        """Submit the sign-in form."""
        fields = {"email": email, "password": password} | more
        return await self.post(SIGN_IN, page=SIGN_IN, **fields)


def token_in(page: str) -> str:
    """Return the CSRF token of the first form on a page."""
    match = re.search(r'name="form_token" value="([^"]*)"', page)
    assert match
    return match.group(1)


_LINKED: Final = re.compile(r'<a class="who[^"]*" href="[^"]+"><bdi>([^<]+)')


def numbers_in(page: str) -> list[str]:
    """Return the numbers or names to which the rows of lists link, in order."""
    return [unescape(n) for n in _LINKED.findall(page)]


async def new_session(business: Business) -> str:
    """Return the secret of a new session of the business's first user."""
    issued, _ = await open_session(
        await User.get(email=business.email), ClientInfo("198.51.100.7", BROWSER)
    )
    return issued.secret


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[Browser]:
    """Yield a browser without a session."""
    headers = {"user-agent": BROWSER, "x-forwarded-for": new_ip()}
    async with http_client(url, headers=headers) as http:
        yield Browser(http)


@asynccontextmanager
async def signed_in(url: str, business: Business) -> AsyncIterator[Browser]:
    """Yield a browser with a session of the business's first user."""
    async with browser(url) as client:
        secret = await new_session(business)
        client.http.cookies.set(COOKIE, secret, domain=client.http.base_url.host)
        yield client
