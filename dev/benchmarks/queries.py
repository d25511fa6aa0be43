"""The GraphQL operations that are measured, and the bodies of their requests."""

from typing import Final

import orjson

_LINES: Final = """
    lines { description quantity unitPrice { %(money)s } taxRate amount { %(money)s } }
    subtotal { %(money)s }
    discount { %(money)s }
    tax { %(money)s }
    total { %(money)s }
    amountPaid { %(money)s }
    amountPending { %(money)s }
    amountDue { %(money)s }
"""
_INVOICE: Final = """
query Invoice($token: String!) {
  invoice(token: $token) {
    number status isOverdue issueDate dueDate
    business { name logoUrl address email phone website taxId }
    billTo { name email address taxId }
    %(lines)s
    notes pdfUrl
    payment { amountDue { amount currency } minimum { amount currency } partialAllowed }
  }
}
"""
INVOICE: Final = _INVOICE % {"lines": _LINES % {"money": "amount currency"}}
"""A complete invoice, for a front end that formats amounts itself."""
INVOICE_AS_TEXT: Final = _INVOICE % {"lines": _LINES % {"money": "amount currency formatted"}}
"""A complete invoice with its 27 amounts also formatted."""

PORTAL: Final = """
query Portal($token: String!) {
  portal(token: $token) {
    business { name logoUrl address email phone website taxId }
    customer { name email address taxId }
    balances {
      outstanding { amount currency } overdue { amount currency } credit { amount currency }
    }
    isOverdue
    invoices {
      totalCount
      edges { node {
        number status isOverdue issueDate dueDate
        total { amount currency } amountDue { amount currency }
      } }
    }
  }
}
"""
"""A customer's portal with the first 20 invoices, as on its page."""

RECORD_VIEW: Final = (
    "mutation Open($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
)

VIEWED_INVOICE: Final = """
subscription {
  viewedInvoice {
    cursor
    view { id viewedAt source ip userAgent automated }
    invoice {
      id number status
      total { amount currency }
      amountDue { amount currency }
      viewStats { viewCount uniqueIps firstViewedAt lastViewedAt isLive }
    }
  }
}
"""


def portal_query(invoices: int) -> str:
    """Return the query for a portal with a longer page of invoices."""
    return PORTAL.replace("    invoices {", f"    invoices(first: {invoices}) {{")


def reading_body(query: str, token: str, **variables: object) -> bytes:
    """Return the body of a query with a token, and perhaps more variables."""
    return orjson.dumps({"query": query, "variables": {"token": token, **variables}})


def record_view_body(token: str) -> bytes:
    """Return the body of a mutation that records a view."""
    return orjson.dumps({"query": RECORD_VIEW, "variables": {"input": {"token": token}}})
