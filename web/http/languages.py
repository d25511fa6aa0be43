"""The language that a reader chooses for the pages of clients, instead of the document's own.

`?lang=` chooses it, and a cookie remembers it for all pages. So a link that is passed on keeps the
document's own language, and pages on the way to Stripe and back need no parameter.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from auth.browser_sessions import cookie_name, is_secure
from context import services_of
from i18n.locales import locale_of, text_language
from i18n.translations import available_languages, negotiate_language

_PARAMETER: Final = "lang"
_COOKIE: Final = "language"
_COOKIES: Final = [cookie_name(scheme, _COOKIE) for scheme in ("https:", "http:")]
_REMEMBERED_FOR: Final = 365 * 24 * 60 * 60
"""Seconds."""
_OWN_NAMES: Final = {"zh": "简体中文", "zh-Hant": "繁體中文"}
"""Names of languages that differ in their script."""


@dataclass(frozen=True, slots=True)
class LanguageMenu:
    """The languages to choose from."""

    current: str
    """The name of the page's language, in itself."""
    links: Markup
    """An item for every other language, with its own name."""


def language_menu(language: str, address: str) -> LanguageMenu:
    """Return the menu of a page in `language`, with links to `address` in other languages."""
    menu = _menu.__wrapped__ if address else _menu  # addresses are many
    return menu(text_language(language), tuple(available_languages()), address)


@cache
def _menu(current: str, codes: tuple[str, ...], address: str) -> LanguageMenu:
    start = f"{address}{'&' if '?' in address else '?'}{_PARAMETER}="
    link = Markup('<li><a href="{}{}" lang="{}" hreflang="{}">{}</a></li>')
    others = [code for code in codes if code != current]
    return LanguageMenu(
        current=_name(current),
        links=Markup().join(link.format(start, code, code, code, _name(code)) for code in others),
    )


def _name(code: str) -> str:
    if own_name := _OWN_NAMES.get(code):
        return own_name
    name = str(locale_of(code).get_display_name(code))
    return name[:1].upper() + name[1:]


def visitor_language(request: Request) -> str:
    """Return the language of a page that isn't about a document: the chosen or the browser's."""
    accepted = request.headers.get("accept-language", "")
    return chosen_language(request) or negotiate_language(accepted)


def chosen_language(request: Request) -> str | None:
    """Return the language that the reader has chosen, in this request or before, or None."""
    if asked := _asked(request):
        return asked
    if "language=" not in request.headers.get("cookie", ""):
        return None
    remembered = {request.cookies.get(name) for name in _COOKIES}
    return next((code for code in available_languages() if code in remembered), None)


def _asked(request: Request) -> str | None:
    if b"lang=" not in request.scope.get("query_string", b""):
        return None
    asked = request.query_params.get(_PARAMETER)
    return asked if asked in available_languages() else None


def reader_language(request: Request, own: str) -> str:
    """Return the language of a page about something whose own language is `own`.

    With a territory, `own` is kept where the reader chooses its language.
    """
    chosen = chosen_language(request)
    return own if chosen is None or chosen == text_language(own) else chosen


def switches_language(request: Request) -> bool:
    """Whether a reader of our own page has just chosen another language, which is not an open."""
    is_ours = request.headers.get("sec-fetch-site") == "same-origin"
    return is_ours and _asked(request) is not None


def remember_language(request: Request, response: Response) -> None:
    """Remember the language that the request chooses, if it does."""
    if asked := _asked(request):
        public_url = services_of(request).settings.public_url
        response.set_cookie(
            cookie_name(public_url, _COOKIE),
            asked,
            max_age=_REMEMBERED_FOR,
            secure=is_secure(public_url),
            httponly=True,
            samesite="lax",
        )
