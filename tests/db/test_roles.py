"""Roles of PostgreSQL: serving needs fewer rights than owning the tables."""

import json
from uuid import uuid4

import asyncpg

from tests.support import servers
from tests.support.clients import Business, http_client

_RIGHTS = """
    CREATE ROLE {role} LOGIN;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
"""


async def test_a_role_that_owns_nothing_can_serve_and_not_change_the_ledger(
    postgres_url: str, migrated_template: str
) -> None:
    url = await servers.create_database(postgres_url, migrated_template)
    role = f"portal_{uuid4().hex}"
    owner = await asyncpg.connect(url)
    await owner.execute(_RIGHTS.format(role=role))
    await owner.close()
    parts = url.partition("invotify@")
    environment = {"DATABASE_URL": f"{parts[0]}{role}@{parts[2]}", "PDF_WARM": "false"}
    made = servers.invotify(
        environment,
        *("bootstrap", "--company", "Acme", "--email", "a@example.com", "--json"),
        *("--password", "correct horse battery staple"),
    )
    with servers.portal(environment, forked=True) as portal:
        async with http_client(portal.url) as http:
            business = Business(http, json.loads(made)["apiKey"])
            customer_id = await business.make_customer()
            invoice_id = await business.make_invoice(customerId=customer_id)
            token = await business.share(invoice_id)
            assert (await http.get(f"/invoice/{token}")).status_code == 200
            await business.mutate(
                "cancelInvoice", "InvoiceRef", "{ invoice { id } }", invoiceId=invoice_id
            )
    erase = ("admin", "customers", "erase", customer_id, "--yes")
    code, output = servers.run_invotify(environment, *erase)
    assert (code, "must be owner of table" in output, "Traceback" in output) == (1, True, False)
    code, output = servers.run_invotify({"DATABASE_URL": url}, *erase)
    assert code == 0, output


async def test_rights_that_a_role_lacks_are_named(
    postgres_url: str, migrated_template: str
) -> None:
    url = await servers.create_database(postgres_url, migrated_template)
    role = f"portal_{uuid4().hex}"
    owner = await asyncpg.connect(url)
    await owner.execute(f"CREATE ROLE {role} LOGIN")
    parts = url.partition("invotify@")
    environment = {"DATABASE_URL": f"{parts[0]}{role}@{parts[2]}"}
    code, output = servers.run_invotify(environment, "check")
    refusal = "The database's role has too few rights: permission denied for table"
    assert (code, refusal in output) == (1, True), output
    await owner.execute(_RIGHTS.partition(";")[2].format(role=role))
    await owner.execute(f"REVOKE UPDATE ON payment FROM {role}")
    await owner.close()
    code, output = servers.run_invotify(environment, "check")
    assert (code, "lacks rights on tables, such as payment." in output) == (1, True), output
