"""What every field may reach: who asks, when, and where rows are read and changed."""

from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from datetime import datetime

from strawberry.types import Info as _Info

from app.db.engine import Database
from app.db.followers import Followers
from app.db.reader import Pooled
from app.domain.access import Caller
from app.domain.billing.charges import Terms as Charging
from app.domain.billing.gateway import PaymentGateway
from app.domain.delivery.token import Seals
from app.domain.identity import Origin, Returns
from app.domain.moderation.rules import Policy
from app.domain.policy import BusinessCalendar
from app.domain.ports import Images, Invoices, Letters, Logins, Pages, Passwords, Previews, Storage, Throttle
from app.execution.loads import Loads
from app.execution.plans import Plans
from app.resolvers.accounts.sandbox import Shop
from app.resolvers.delivery.collecting import Collector
from app.resolvers.delivery.counting import Terms
from app.resolvers.delivery.serving import Delivery
from app.resolvers.identity.seen import Seen
from app.schema.unit import Unit


@dataclass
class Services:
    """What wiring hands to the schema; without `plans` graphql-core executes everything."""

    database: Database
    passwords: Passwords
    throttle: Throttle
    clock: Callable[[], datetime]
    version: str
    default_currency: str
    reserve: int
    """Least bid, and least price of a click, in micros of whatever currency."""
    plans: Plans | None
    letters: Letters
    calendar: BusinessCalendar
    logins: Logins
    returns: Returns
    storage: Storage
    images: Images
    previews: Previews
    address: str
    """Where people reach us, without a slash at its end."""
    shop: Shop
    gateway: PaymentGateway
    charging: Charging
    invoices: Invoices
    policy: Policy
    pages: Pages | None
    """None: it is not asked whether landings answer."""
    followers: Followers
    seen: Seen
    seals: Seals
    terms: Terms
    collector: Collector
    delivery: Delivery


@dataclass
class Context:
    """One request. `loads` is replaced while a mutation runs, so that its payload is read inside its Work."""

    services: Services
    asker: InitVar[Caller]
    address: str
    from_browser: bool = False
    user_agent: str | None = None
    now: datetime = field(init=False)
    loads: Loads = field(init=False)
    unit: Unit = field(init=False)

    def __post_init__(self, asker: Caller) -> None:
        self.now = self.services.clock()
        self.loads = Loads(Pooled(self.services.database))
        self.know(asker)

    def know(self, caller: Caller) -> None:
        """It turned out who asks."""
        self.unit = Unit(self.services.database, caller, self.now)

    @property
    def origin(self) -> Origin:
        return Origin(self.address, self.user_agent)

    @property
    def caller(self) -> Caller:
        """Who asks, as far as the mutation that runs has come: who has signed in, or joined an account."""
        return self.unit.acting or self.unit.caller

    @caller.setter
    def caller(self, caller: Caller) -> None:
        """For this mutation, and for those after it where it is committed."""
        self.unit.acting = caller


Info = _Info[Context, None]
