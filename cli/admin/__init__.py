"""`invotify admin`: what operators do with companies, people and data."""

import typer

from cli.admin import companies, customers, people, retention, schedules

admin = typer.Typer(help="Manage companies, people and data.", no_args_is_help=True)
admin.add_typer(companies.commands, name="companies", help="Businesses that use the portal.")
admin.add_typer(customers.commands, name="customers", help="People who get invoices.")
admin.add_typer(people.users, name="users", help="People who sign in.")
admin.add_typer(people.keys, name="keys", help="API keys.")
admin.add_typer(retention.commands, name="retention", help="How long things are kept.")
admin.add_typer(schedules.commands, name="schedules", help="Periodic work.")
