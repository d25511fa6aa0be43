"""What every object with an ID of its own has."""

import strawberry


@strawberry.interface(
    description="An object with an ID by which `node` finds it. The types that clients see, such "
    "as PublicInvoice, have no ID."
)
class Node:
    id: strawberry.ID = strawberry.field(description="The ID.")
