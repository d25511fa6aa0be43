"""The pages that people see: to pay, to tell Stripe about a business, and to play Stripe."""
