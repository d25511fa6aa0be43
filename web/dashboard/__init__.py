"""The dashboard: pages for staff who have signed in, in English.

Amounts and dates are written as in the company's language.

Each page is a function of a `DashboardRequest` (see `request`) with its line in `routes`.
"""
