"""Views of shared invoices: the log and the figures."""

from datetime import date, datetime
from typing import Annotated, Final, Self

import strawberry

import models
from models import ReaderAction
from schema.connections import DefaultSize
from schema.enums import ViewSource, describe
from schema.lazy_fields import inner_field, lazy_field

VIEWS_PAGE: Final = DefaultSize(50)
VIEWS_DAYS: Final = 30

describe(
    ReaderAction,
    "What someone does with an open invoice.",
    READ="Had it open and visible for three seconds.",
    PDF_DOWNLOADED="Downloaded the PDF.",
    PAY_CLICKED="Chose to pay online.",
)

IncludeAutomated = Annotated[
    bool | None,
    strawberry.argument(
        description="Include views by link previews, scanners and prefetching, and suspected ones."
    ),
]


@strawberry.type(description="How often and when people opened an invoice.")
class ViewStats:
    view_count: int = inner_field(
        "row.view_count", "The number of views. Automated views don't count."
    )
    unique_ips: int = inner_field("row.unique_ips", "The number of distinct IP addresses.")
    first_viewed_at: datetime | None = inner_field(
        "row.first_viewed_at", "The first view. It never changes."
    )
    last_viewed_at: datetime | None = inner_field("row.last_viewed_at", "The most recent view.")
    is_live: bool = lazy_field("Whether the last view was within the last five minutes.")
    read_count: int = inner_field(
        "row.read_count",
        "The number of views in which someone read it. Without JavaScript, pages can't tell.",
    )
    first_read_at: datetime | None = inner_field(
        "row.first_read_at", "When it was read for the first time. It never changes."
    )
    row: strawberry.Private[models.Invoice]

    def make_is_live(self) -> bool:
        return self.row.is_live()


@strawberry.type(description="The views of an invoice on a day of the company's time zone.")
class ViewsOnDay:
    day: date = strawberry.field(description="The day.")
    view_count: int = strawberry.field(description="The number of views.")


@strawberry.type(description="A view of an invoice.")
class InvoiceView:
    id: strawberry.ID = lazy_field("The position in the company's sequence of views.")
    viewed_at: datetime = inner_field("row.viewed_at", "When the invoice was opened.")
    source: ViewSource = inner_field("row.source", "Where the viewer came from.")
    ip: str | None = inner_field("row.ip", "The viewer's IP address.")
    user_agent: str | None = lazy_field("The viewer's user agent, cut to 512 characters.")
    automated: bool = inner_field(
        "row.automated",
        "Whether a link preview, scanner or prefetch opened it rather than a person, or may have: "
        "see `suspected`.",
    )
    suspected: bool = inner_field(
        "row.suspected",
        "Whether it is automated only by suspicion: it looks like a browser, but came seconds "
        "after an e-mail was sent, from a mail gateway's network, or without the headers that "
        "browsers send. If the page then reports a reader, another view follows that counts.",
    )
    read_at: datetime | None = inner_field(
        "row.read_at", "When the page had been visible to the viewer for three seconds."
    )
    pdf_downloaded_at: datetime | None = inner_field(
        "row.pdf_downloaded_at", "When the viewer first downloaded the PDF from the page."
    )
    pay_clicked_at: datetime | None = inner_field(
        "row.pay_clicked_at", "When the viewer first chose to pay online."
    )
    row: strawberry.Private[models.InvoiceView]

    def make_id(self) -> strawberry.ID:
        return strawberry.ID(str(self.row.sequence))

    def make_user_agent(self) -> str | None:
        return self.row.user_agent or None

    @classmethod
    def of(cls, view: models.InvoiceView) -> Self:
        return cls(row=view)


@strawberry.input(description="A view to record.")
class RecordViewInput:
    token: str = strawberry.field(description="The share token of an invoice or a portal.")
    number: str | None = strawberry.field(
        default=None, description="The invoice's number. Required with a portal's token."
    )
    source: ViewSource | None = strawberry.field(
        default=ViewSource.LINK, description="Where the viewer came from."
    )


@strawberry.type(description="The result of recording a view, or of what its reader does.")
class RecordViewPayload:
    recorded: bool = strawberry.field(
        description="Whether it was recorded. False over the rate limit, and for the company's "
        "own staff. A reader's action is recorded once for each view."
    )


@strawberry.input(description="What the reader of an invoice does.")
class ReportReadInput:
    token: str = strawberry.field(description="The share token of an invoice or a portal.")
    number: str | None = strawberry.field(
        default=None, description="The invoice's number. Required with a portal's token."
    )
    action: ReaderAction | None = strawberry.field(
        default=ReaderAction.READ, description="What the reader does."
    )
