"""The GraphQL operations of the workload."""

from typing import Final

CREATE_CUSTOMER: Final = (
    "mutation($input: CreateCustomerInput!) { createCustomer(input: $input) { customer { id } } }"
)
CREATE_INVOICE: Final = (
    "mutation($input: CreateInvoiceInput!) { createInvoice(input: $input) { invoice { id } } }"
)
ISSUE_INVOICE: Final = (
    "mutation($input: InvoiceRef!) { issueInvoice(input: $input) { invoice { id number } } }"
)
CREATE_CREDIT_NOTE: Final = (
    "mutation($input: CreateCreditNoteInput!)"
    " { createCreditNote(input: $input) { creditNote { id } } }"
)
ISSUE_CREDIT_NOTE: Final = (
    "mutation($input: CreditNoteRef!) { issueCreditNote(input: $input) { creditNote { id } } }"
)
RECORD_PAYMENT: Final = (
    "mutation($input: RecordPaymentInput!) { recordPayment(input: $input) { invoice { id } } }"
)
APPLY_CREDIT: Final = (
    "mutation($input: ApplyCreditNoteInput!)"
    " { applyCreditNote(input: $input) { creditNote { id } } }"
)
SEND_INVOICE: Final = (
    "mutation($input: SendInvoiceInput!)"
    " { sendInvoice(input: $input) { delivery { id state detail } } }"
)
SHARE: Final = "mutation($input: InvoiceRef!) { shareInvoice(input: $input) { token } }"
REVOKE: Final = (
    "mutation($input: InvoiceRef!) { revokeInvoiceShare(input: $input) { invoice { id } } }"
)
RECORD_VIEW: Final = "mutation($input: RecordViewInput!) { recordView(input: $input) { recorded } }"
CHECKOUT: Final = (
    "mutation($input: CheckoutInput!) { checkout(input: $input) { url amount { amount } } }"
)
READ: Final = "{ company { name invoices(first: 5) { edges { node { id number status } } } } }"
KEYED: Final = {
    "createCustomer": CREATE_CUSTOMER,
    "createInvoice": CREATE_INVOICE,
    "createCreditNote": CREATE_CREDIT_NOTE,
    "recordPayment": RECORD_PAYMENT,
    "applyCreditNote": APPLY_CREDIT,
    "sendInvoice": SEND_INVOICE,
}
"""The operations with an idempotency key."""
