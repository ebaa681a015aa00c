"""Organizations: whom the members of an account work for."""

import strawberry

from app.domain.access import Level
from app.domain.accounts import OrganizationKind
from app.execution.vocabulary import column
from app.resolvers.accounts import reads
from app.schema.enums import enum
from app.schema.relay import Node, node
from app.schema.relay import identity as id_field

enum(
    OrganizationKind,
    "OrganizationKind",
    "What an organization is to an account",
    ADVERTISER="The brand's own company",
    AGENCY="Acts for the brand",
    PARTNER="An integration partner",
    RETAILER="Who operates Endcap",
)


@node(reads.ORGANIZATIONS, Level.EDITOR, "accounts:read")
@strawberry.type(description="The agency, advertiser or partner that a member belongs to")
class Organization(Node):
    id: strawberry.ID = id_field("Organization")
    name: str = column(description="Its name")
    kind: OrganizationKind = column(description="What it is to the account")
