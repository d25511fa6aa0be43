"""What every object with an ID of its own has."""

import strawberry


@strawberry.interface(
    description="An object with an ID, with which `node` finds it. Documents as clients see them "
    "have none."
)
class Node:
    id: strawberry.ID = strawberry.field(description="The ID.")
