"""Writing a group of views in one statement, which only PostgreSQL understands."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from db.statements import fetch
from db.transactions import transactional_statement
from models.views import VIEWS_PER_TALLY
from services.common.webhook_events import DELIVERIES_QUEUED, WANT_VIEWS
from services.sharing.new_views import VIEWS_RECORDED, NewView
from subscriptions.announcements import HINT

_MAX_ANNOUNCED: Final = 20
"""Views that are announced with their rows. Followers read the rows of larger groups."""
_TOLD: Final = """), told AS (
    INSERT INTO webhook_delivery (id, company_id, webhook_id, event, subject_type, subject_id,
        occurred_at, queued_at, sequence, state, attempts)
    SELECT gen_random_uuid(), $1, webhook_id, 'INVOICE_VIEWED', 'INVOICE_VIEW', id::text,
        viewed_at, viewed_at, last_delivery + number, 'QUEUED', 0
    FROM live CROSS JOIN feed CROSS JOIN wanting WHERE NOT automated
    RETURNING id
"""
_WANTING: Final = f"""), wanting AS MATERIALIZED (
    SELECT id AS webhook_id FROM webhook
    WHERE company_id = $1 AND {WANT_VIEWS}
    AND (SELECT count(*) FROM live) > 0 ORDER BY id FOR KEY SHARE
"""
_STATEMENT: Final = f"""
WITH given AS (
    SELECT * FROM unnest(
        $2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[],
        $6::text[], $7::text[], $8::text[], $9::boolean[], $10::boolean[]
    ) WITH ORDINALITY AS given (
        id, invoice_id, portal_id, token, source, ip, user_agent, automated, suspected, place
    )
), portal AS MATERIALIZED (
    SELECT id, portal_token FROM customer WHERE id = ANY($4) ORDER BY id FOR SHARE
), opened AS MATERIALIZED (
    SELECT id, customer_id, share_token, invoice AS details FROM invoice
    WHERE id = ANY($3) AND (SELECT count(*) FROM portal) >= 0
    ORDER BY id FOR NO KEY UPDATE
), live AS MATERIALIZED (
    SELECT given.*, opened.customer_id, row_number() OVER (ORDER BY place) AS number
    FROM given JOIN opened ON opened.id = given.invoice_id
    LEFT JOIN portal ON portal.id = portal_id
    WHERE token = CASE WHEN portal_id IS NULL THEN share_token ELSE portal_token END
    AND (SELECT disabled_at FROM company WHERE id = $1) IS NULL
{{wanting}}), feed AS (
    UPDATE view_feed SET sequence = sequence + views, viewed_at = clock_timestamp(),
        delivery_sequence = delivery_sequence + views
    FROM (SELECT count(*) AS views FROM live) AS counted
    WHERE company_id = $1 AND views > 0{{condition}}
    RETURNING sequence - views AS last_sequence, delivery_sequence - views AS last_delivery,
        viewed_at, credentials_changed, tells_views
), written AS (
    INSERT INTO invoice_view (id, company_id, invoice_id, customer_id, sequence, viewed_at, source,
        ip, user_agent, automated, suspected)
    SELECT id, $1, invoice_id, customer_id, last_sequence + number, viewed_at, source, ip,
        user_agent, automated, suspected
    FROM live CROSS JOIN feed
    RETURNING invoice_view.*
), viewer AS (
    INSERT INTO invoice_viewer (invoice_id, ip)
    SELECT DISTINCT invoice_id, ip FROM live CROSS JOIN feed
    WHERE ip IS NOT NULL AND NOT automated ORDER BY 1, 2
    ON CONFLICT (invoice_id, ip) DO NOTHING RETURNING invoice_id
), counted AS (
    UPDATE invoice SET view_count = view_count + views, unique_ips = unique_ips + viewers,
        first_viewed_at = CASE
            WHEN first_viewed_at < viewed_at THEN first_viewed_at ELSE viewed_at END,
        last_viewed_at = viewed_at, last_viewed_hour = date_trunc('hour', viewed_at, 'UTC')
    FROM (
        SELECT invoice_id, count(*) AS views,
            (SELECT count(*) FROM viewer WHERE viewer.invoice_id = live.invoice_id) AS viewers
        FROM live WHERE NOT automated GROUP BY invoice_id
    ) AS viewed CROSS JOIN feed
    WHERE invoice.id = viewed.invoice_id
    RETURNING invoice.id, invoice AS details, view_count, views
), tallied AS (
    INSERT INTO view_tally (invoice_id, viewed_at, sequence, view_count)
    SELECT id, viewed_at, last_sequence + (SELECT count(*) FROM live), view_count
    FROM counted CROSS JOIN feed
    WHERE view_count / {VIEWS_PER_TALLY} > (view_count - views) / {VIEWS_PER_TALLY}
{{told}})
SELECT (SELECT array_agg(place) FROM live) AS places, {{is_told}} AS is_told, tells_views,
    CASE WHEN (SELECT count(*) FROM live) <= {_MAX_ANNOUNCED} THEN json_build_object(
        'credentialsChanged', credentials_changed,
        'views', (SELECT json_agg(written ORDER BY sequence) FROM written),
        'invoices', (
            SELECT json_object_agg(id, row_to_json(COALESCE(counted.details, opened.details)))
            FROM opened LEFT JOIN counted USING (id) WHERE id IN (SELECT invoice_id FROM live)
        )
    ) END AS announcement
FROM feed
"""
"""Each part uses what an earlier one returns, so locks are taken in the order of `write_views`.
`decode_views` reads the announcement."""
_WRITE: Final = _STATEMENT.format(
    wanting="", told="", is_told="false", condition=" AND NOT tells_views"
)
"""Writes nothing if a webhook may want to be told. Most companies have none."""
_WRITE_AND_TELL: Final = _STATEMENT.format(
    wanting=_WANTING,
    told=_TOLD,
    is_told="EXISTS (SELECT FROM told)",
    condition=" AND (SELECT count(*) FROM wanting) >= 0",
)

_told_companies: Final[set[UUID]] = set()
"""Companies of which some webhook wanted views when the last ones were written."""


@transactional_statement
async def write_in_one_statement(views: Sequence[NewView]) -> set[NewView]:
    """Write views of one company as `write_views` does."""
    company_id = views[0].company_id
    if company_id in _told_companies:
        rows = await _write(_WRITE_AND_TELL, company_id, views)
    else:
        rows = await _write(_WRITE, company_id, views)
        if not rows and await _tells_views(company_id):
            _told_companies.add(company_id)
            rows = await _write(_WRITE_AND_TELL, company_id, views)
    if not rows:
        return set()
    [row] = rows
    if not row["tells_views"]:
        _told_companies.discard(company_id)
    if row["is_told"]:
        DELIVERIES_QUEUED.send_after_commit(company_id)
    VIEWS_RECORDED.send_after_commit(company_id, row["announcement"] or HINT)
    return {views[place - 1] for place in row["places"]}


async def _write(statement: str, company_id: UUID, views: Sequence[NewView]) -> Sequence[Any]:
    return await fetch(
        statement,
        company_id,
        [view.id for view in views],
        [view.invoice_id for view in views],
        [view.portal_customer_id for view in views],
        [view.token for view in views],
        [view.source.value for view in views],
        [view.ip for view in views],
        [view.user_agent for view in views],
        [view.automated for view in views],
        [view.suspected for view in views],
    )


async def _tells_views(company_id: UUID) -> bool:
    [feed] = await fetch("SELECT tells_views FROM view_feed WHERE company_id = $1", company_id)
    return bool(feed["tells_views"])
