"""People, and what they call themselves."""

from datetime import datetime
from typing import Any

import strawberry

from app.domain.access import Caller, Level
from app.execution.vocabulary import column
from app.resolvers.identity import people, reads
from app.schema.guards import Access
from app.schema.payloads import MutationPayload
from app.schema.relay import Node, node
from app.schema.relay import identity as id_field


@node(reads.USERS, Level.SIGNED_IN)
@strawberry.type(description="A person, apart from any account")
class User(Node):
    id: strawberry.ID = id_field("User")
    name: str = column(description="Name, as the person wrote it")
    email: str | None = column(
        description="Address: one's own, a member's for the ADMINs of a shared account, an applicant's for reviewers",
        access=Access(Level.ADMIN, scope="users:read"),
    )
    email_verified: bool = column(description="Whether the address was proved")
    created_at: datetime = column(description="When the person signed up")

    lock_columns = ("id", "account_id", "desk")

    @classmethod
    def held_by(cls, caller: Caller, level: Level, *lock: Any) -> bool:
        id, account_id, desk = lock
        if id == caller.user_id or (desk is not None and caller.holds(Level(desk))):
            return True
        return account_id is not None and caller.holds_in(level, account_id)


@strawberry.input(description="What a person changes of themselves")
class UserUpdateInput:
    name: str = strawberry.field(description="Name, 1 to 100 characters")


@strawberry.type(description="The person after the change")
class UserUpdatePayload(MutationPayload):
    user: User | None = strawberry.field(default=None, description="The person")


@strawberry.type
class PersonMutations:
    @strawberry.mutation(description="Change one's own name", extensions=[Access(Level.SIGNED_IN)])
    async def user_update(self, work: Any, input: UserUpdateInput) -> UserUpdatePayload:
        user = await people.rename(work, input.name)
        return UserUpdatePayload(user=User.keyed(user.id))
