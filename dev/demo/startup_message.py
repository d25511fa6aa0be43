"""The message that the demo prints when it is ready: links, credentials and commands."""

import json
import shlex
import sys
from typing import Any, Final

from dev.demo import tables
from dev.demo.loading import DemoData
from dev.demo.sandbox import overview_url
from settings import Settings

_NEWLINE: Final = ("-w", "\\n")
_SUBSCRIBE_QUERY: Final = (
    "subscription { viewedInvoice { view { viewedAt source ip } invoice { number } } }"
)
_RECORD_QUERY: Final = (
    "mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
)
_READ_QUERY: Final = (
    "query($token: String!) { invoice(token: $token)"
    " { number status amountDue { formatted } lines { description } } }"
)
_MESSAGE: Final = """
Invotify's demo is ready. Press Ctrl-C to stop it. Every start begins with the same data.

  An invoice, as the client sees it   {invoice}
  A client's portal                   {portal}
  A quote                             {quote}
  A client's e-mail preferences       {preferences}
  Stripe's sandbox: refund, dispute   {stripe}
  The dashboard, for staff            {dashboard}
      Sign in                         {email} / {password}
  GraphiQL                            {graphql}
  API key, with all permissions       {api_key}

To paste into a second terminal:

# Follow opens live, over a websocket. Press Ctrl-C to stop.
{follow}

# The same over server-sent events.
{events}

# Open the invoice, as your own front end would report it (10 a minute from one address).
{record}

# Read the invoice with nothing but its link.
{read}
"""
_FOLLOW_COMMAND: Final = """{python} - <<'EOF'
import json
from websockets.sync.client import connect

with connect("{socket}", subprotocols=["graphql-transport-ws"]) as socket:
    socket.send(json.dumps({init}))
    print(socket.recv())
    socket.send(json.dumps({subscribe}))
    for message in socket:
        print(message, flush=True)
EOF"""


def startup_message(settings: Settings, data: DemoData) -> str:
    """Return the message. All its links and commands work as printed."""
    graphql, token = f"{settings.public_url}/graphql", str(data.invoice_token)
    bearer = f"Bearer {data.api_key}"
    return _MESSAGE.format(
        invoice=data.invoice_url,
        portal=data.portal_url,
        quote=data.quote_url,
        preferences=data.preferences_url,
        stripe=overview_url(settings),
        dashboard=f"{settings.public_url}/dashboard",
        graphql=graphql,
        api_key=data.api_key,
        email=tables.EMAIL,
        password=tables.PASSWORD,
        follow=_FOLLOW_COMMAND.format(
            python=shlex.quote(sys.executable),
            socket=graphql.replace("http", "ws", 1),
            init=json.dumps({"type": "connection_init", "payload": {"authorization": bearer}}),
            subscribe=json.dumps(
                {"id": "1", "type": "subscribe", "payload": {"query": _SUBSCRIBE_QUERY}}
            ),
        ),
        events=_curl(
            graphql,
            _SUBSCRIBE_QUERY,
            {},
            "-N",
            "-H",
            "accept: text/event-stream",
            "-H",
            f"authorization: {bearer}",
        ),
        record=_curl(
            graphql, _RECORD_QUERY, {"input": {"token": token, "source": "EMAIL"}}, *_NEWLINE
        ),
        read=_curl(graphql, _READ_QUERY, {"token": token}, *_NEWLINE),
    )


def _curl(url: str, query: str, variables: dict[str, Any], *options: str) -> str:
    body = json.dumps({"query": query, "variables": variables})
    return shlex.join(
        ["curl", "-sS", *options, url, "-H", "content-type: application/json", "-d", body]
    )
