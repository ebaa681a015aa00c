"""People, accounts and tokens by the operator's hand, where registration is not the way."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.db.engine import Database
from app.db.tables.accounts import Account
from app.db.tables.identity import IngestToken, User
from app.db.work import transaction
from app.domain.access import EVERYTHING, OPERATOR, Level
from app.domain.errors import NotFound, Refusal
from app.domain.ports import Passwords
from app.resolvers import notices
from app.resolvers.accounts import account as accounts
from app.resolvers.identity import people, tokens


@dataclass(frozen=True)
class Desk:
    """The operator's desk: each method is one transaction."""

    database: Database
    passwords: Passwords
    now: datetime
    currency: str

    async def add_user(self, email: str, name: str, password: str, staff: Collection[Level]) -> User:
        async with transaction(self.database, OPERATOR, EVERYTHING, self.now, "user add") as work:
            problem = notices.address_problem(email, "email")
            return await people.add_user(work, self.passwords, email.strip(), problem, name, password, staff)

    async def create_account(self, name: str, vendor_code: str, admin: str) -> Account:
        """An account in UTC with its first brand and ADMIN, who must be a user already."""
        async with transaction(self.database, OPERATOR, EVERYTHING, self.now, "account create") as work:
            user = await people.find_user(work, admin)
            if user is None:
                advice = f"add them with `endcap user add {admin} --name NAME --password-stdin`"
                raise Refusal(NotFound(message=f"No user has the address {admin}: {advice}.", path=("admin",)))
            return await accounts.create(work, name, vendor_code, self.currency, user)

    async def create_token(self, name: str, scopes: Collection[str], expires_at: datetime | None) -> str:
        """The secret of a new token of the retailer's own."""
        async with transaction(self.database, OPERATOR, EVERYTHING, self.now, "token create") as work:
            _, secret = await tokens.create_feed(work, name, scopes, expires_at)
            return secret

    async def tokens(self) -> Sequence[IngestToken]:
        async with transaction(self.database, OPERATOR, EVERYTHING, self.now, "token list") as work:
            return await tokens.feeds(work)

    async def revoke_token(self, prefix: str) -> IngestToken:
        async with transaction(self.database, OPERATOR, EVERYTHING, self.now, "token revoke") as work:
            return await tokens.revoke_feed(work, prefix)
