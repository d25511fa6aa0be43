"""What is compressed: pages that a link opens, and the files that they load.

Who measures the length of a compressed page can guess what is secret in it, letter by letter, if
they get a browser to ask for it with text of theirs (BREACH). The only secret in these pages is the
token of their own link, and nobody can ask for them without it: no cookie changes them. What
repeats the text of a form (a refused payment), errors, GraphQL, what staff see and PDFs stay as
they are.
"""

from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

COMPRESSED: Final = (Middleware(GZipMiddleware, minimum_size=1024, compresslevel=6),)
