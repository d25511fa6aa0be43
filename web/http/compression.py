"""Compression of client pages and static files, and of nothing else.

An attacker who can measure the length of a compressed page, and have the browser request it with
text of their choice, can guess a secret in it letter by letter (BREACH). The only secret in these
pages is the token of their own link, and nobody can request them without it: they don't depend on
cookies. Responses that repeat a form's text (a refused payment), errors, GraphQL, staff pages and
PDFs are not compressed.
"""

from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

COMPRESSED: Final = (Middleware(GZipMiddleware, minimum_size=1024, compresslevel=6),)
