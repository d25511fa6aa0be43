"""The dashboard: pages in English for signed-in staff.

Amounts and dates are formatted for the company's language. A page is a function that takes a
`DashboardRequest`, and is listed in the `routes` of its folder.
"""
