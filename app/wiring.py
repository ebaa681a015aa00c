"""Puts the house together from its settings: the only file that knows adapters and configuration."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from uuid_utils.compat import uuid7

from app.adapters import clock, garbage, moderation
from app.adapters.calendar import business_days
from app.adapters.identity import Client, OpenIdProviders
from app.adapters.images import Sandbox
from app.adapters.invoices import Documents
from app.adapters.issuer import DevelopmentIssuer
from app.adapters.letters import Templates
from app.adapters.logs import log_as
from app.adapters.mail import Folder, Smtp
from app.adapters.outgoing import PublicPages, Remembered
from app.adapters.passwords import Argon2
from app.adapters.payments.pretend import Pretend
from app.adapters.previews import Drawings
from app.adapters.reports import Files
from app.adapters.storage import Bucket
from app.adapters.storage import Folder as StorageFolder
from app.adapters.storefront import Storefront
from app.adapters.throttle import MemoryThrottle
from app.config import DEVELOPMENT_ISSUERS, LOGINS, Settings
from app.db.engine import FAULTS, Database, is_away
from app.db.followers import Followers
from app.db.migrate import is_current, migrate
from app.domain.billing.charges import Retries
from app.domain.billing.charges import Terms as Charging
from app.domain.billing.ladder import LADDERS, LadderKind
from app.domain.delivery.attribution import Windows
from app.domain.delivery.token import Seals
from app.domain.identity import Returns
from app.domain.moderation.rules import Policy
from app.domain.policy import BusinessCalendar
from app.domain.ports import Mailer, Pages, Storage
from app.execution.plans import Plans
from app.jobs import cast, demo, schedule, simulation
from app.jobs.accounts import Desk
from app.jobs.assets import Broom
from app.jobs.auctions import Retention
from app.jobs.billing import Audit, Cashier
from app.jobs.catalogue import Import
from app.jobs.delivery import Replay
from app.jobs.desk import Jobs
from app.jobs.events import Rebuild, Upkeep
from app.jobs.mail import Post
from app.jobs.moderation import Landings
from app.jobs.pages import Studio
from app.jobs.reactions import REACTIONS
from app.jobs.reports import Press
from app.jobs.runner import Long, Runner
from app.jobs.sandbox import Advance
from app.resolvers import account_jobs, notices, reports
from app.resolvers.accounts import sandbox
from app.resolvers.billing import paying
from app.resolvers.delivery.collecting import Collector
from app.resolvers.delivery.counting import Terms
from app.resolvers.delivery.deciding import Conditions
from app.resolvers.delivery.serving import Delivery
from app.resolvers.delivery.simulating import Parts as ServingParts
from app.resolvers.delivery.summary import Summary, summary
from app.resolvers.identity.seen import Seen
from app.resolvers.identity.sessions import TRIES
from app.resolvers.moderation import submitting
from app.schema.context import Services
from app.schema.root import build
from app.schema.rules import RULES
from app.web.gate import Origins
from app.web.graphiql import guide
from app.web.server import Application, Parts, application
from app.web.session import SessionCookie

WINDOW_MINUTES = 15
PATIENCE = 5  # seconds for which the end waits for the ads that are still being read


@dataclass
class Installation:
    """One installation of Endcap, wired as its settings say; its parts are made when they are first needed."""

    settings: Settings
    clock: Callable[[], datetime] = clock.now
    transport: Any = None  # to identity providers; None is the network
    ids: Callable[[], UUID] = uuid7

    @cached_property
    def database(self) -> Database:
        return Database.at(self.settings.database_url, REACTIONS, self.ids)

    @cached_property
    def services(self) -> Services:
        return Services(
            database=self.database,
            passwords=Argon2(),
            throttle=MemoryThrottle(TRIES, WINDOW_MINUTES),
            clock=self.clock,
            version=version("endcap"),
            default_currency=self.settings.default_currency,
            reserve=self.settings.reserve,
            plans=Plans(self.database.dialect),
            letters=self.letters,
            calendar=self.calendar,
            logins=self.logins,
            returns=self.returns,
            storage=self.storage,
            images=Sandbox(),
            previews=self.previews,
            address=self._base,
            shop=sandbox.Shop(self.settings.default_currency, self.settings.product_url),
            gateway=self.gateway,
            charging=self.charging,
            invoices=Documents(self.settings.language),
            policy=self.policy,
            pages=self.pages,
            followers=Followers(self.database),
            seen=Seen(self.database),
            seals=self.seals,
            terms=self.terms,
            collector=Collector(self.database, self.clock, self.terms),
            delivery=Delivery(self.database, self.clock, self.seals, self.previews, self.conditions),
        )

    @cached_property
    def gateway(self) -> Any:
        """The payment processor; its library is loaded only where it is chosen."""
        settings = self.settings
        if settings.payments == "pretend":
            return Pretend(self._base)
        from app.adapters.payments.stripe import Stripe

        keys = (settings.stripe_secret, settings.stripe_publishable_key, settings.stripe_secrets)
        return Stripe(*keys, settings.app_url or settings.base_url, settings.stripe_address)

    @property
    def _confirmations(self) -> Pretend | None:
        """Whose confirmations we ask for ourselves: in development, and nowhere else."""
        gateway = self.services.gateway if self.settings.env == "development" else None
        return gateway if isinstance(gateway, Pretend) else None

    @cached_property
    def terms(self) -> Terms:
        """Under which events are counted."""
        settings = self.settings
        click, view = timedelta(days=settings.click_window_days), timedelta(hours=settings.view_window_hours)
        windows = Windows(click, view, timedelta(seconds=settings.refresh_seconds))
        return Terms(windows, timedelta(days=settings.event_key_days))

    @cached_property
    def seals(self) -> Seals:
        return Seals(self.settings.delivery_ring)

    @cached_property
    def previews(self) -> Drawings:
        return Drawings(self.settings.language)

    @property
    def conditions(self) -> Conditions:
        """Under which ads are served."""
        settings = self.settings
        return Conditions(settings.default_currency, settings.reserve, settings.frequency_cap, self._base)

    @cached_property
    def parts(self) -> ServingParts:
        """What ads are served and counted with, for shoppers that are simulated."""
        return ServingParts(self.database, self.seals, self.previews, self.conditions, self.terms)

    @cached_property
    def calendar(self) -> BusinessCalendar:
        settings = self.settings
        return BusinessCalendar(ZoneInfo(settings.time_zone), business_days(settings.holidays, settings.closed_on))

    @cached_property
    def returns(self) -> Returns:
        settings = self.settings
        pages = (settings.base_url, *settings.allowed_origins, *filter(None, [settings.app_url]))
        return Returns.to(pages, loopback=settings.env == "development")

    @cached_property
    def issuers(self) -> Mapping[str, DevelopmentIssuer]:
        """What stands in for identity providers that are not set, by its path: in development, and nowhere else."""
        if self.settings.env != "development":
            return {}
        paths = {name: f"{DEVELOPMENT_ISSUERS}/{name.lower().replace('_', '-')}" for name in LOGINS}
        unset = {path: name for name, path in paths.items() if name not in self.settings.logins}
        return {path: DevelopmentIssuer.at(self._base, path, name, self.clock) for path, name in unset.items()}

    @cached_property
    def logins(self) -> OpenIdProviders:
        pretended = {issuer.name: issuer.client for issuer in self.issuers.values()}
        clients = {name: Client.of(url) for name, url in self.settings.logins.items()}
        return OpenIdProviders(self._base, {**pretended, **clients}, self.clock, self.transport)

    @property
    def _base(self) -> str:
        return self.settings.base_url.rstrip("/")

    @cached_property
    def storage(self) -> Storage:
        settings = self.settings
        if settings.storage_url.startswith("file:"):
            return StorageFolder(Path(settings.storage_url.removeprefix("file:")))
        return Bucket(settings.storage_url, settings.storage_endpoint, settings.storage_region)

    @cached_property
    def policy(self) -> Policy:
        return moderation.load(Path(self.settings.ad_policy) if self.settings.ad_policy else None)

    @cached_property
    def pages(self) -> Pages | None:
        """What asks whether pages of the shop answer; in development nothing does: the shop is often not there."""
        chosen = self.settings.landing_checks
        is_on = chosen == "on" or (chosen == "auto" and self.settings.env == "production")
        return Remembered(PublicPages()) if is_on else None

    @cached_property
    def letters(self) -> Templates:
        settings = self.settings
        address, base = settings.app_url or settings.base_url, settings.base_url
        return Templates(settings.language, address, settings.product_name, base)

    @cached_property
    def mailer(self) -> Mailer:
        url = self.settings.mail_url
        if url.startswith("file:"):
            return Folder(Path(url.removeprefix("file:")), self.settings.mail_from)
        return Smtp(url, self.settings.mail_from)

    @property
    def charging(self) -> Charging:
        """When campaigns are charged, and charges that failed are tried again."""
        ladder = LADDERS[LadderKind(self.settings.billing_ladder)]
        return Charging(ladder, Retries(self.settings.charge_retry_days), self.settings.issuer)

    @cached_property
    def cashier(self) -> Cashier:
        return Cashier(self.gateway, self.charging)

    @cached_property
    def runner(self) -> Runner:
        """What does the jobs, in `serve` or in a process of its own."""
        press = Press(self.storage, Files(), timedelta(days=self.settings.report_days), self.terms.windows)
        handlers = {
            notices.SEND: Post(self.letters, self.mailer).send,
            schedule.DISCARD: Broom(self.storage).sweep,
            schedule.DISCARD_RESULTS: press.discard,
            schedule.FORGET: Upkeep(timedelta(days=self.settings.event_days)).forget,
            submitting.CHECK_LANDING: Landings(self.policy, self.pages).check,
            schedule.CLOSE_CHARGES: self.cashier.close,
            schedule.COLLECT: self.cashier.collect,
            paying.ATTEMPT: self.cashier.attempt,
            schedule.FORGET_AUCTIONS: Retention(timedelta(days=self.settings.auction_days)).sweep,
        }
        long = {
            reports.WRITE: Long(press.write, account_jobs.give_up),
            sandbox.ADVANCE: Long(Advance(self.parts).run, account_jobs.give_up),
        }
        return Runner(self.database, self.clock, handlers, schedule.SCHEDULE, long)

    @cached_property
    def schema(self) -> Any:
        return build()

    @cached_property
    def application(self) -> Application:
        """The web application; a schema with an unguarded field does not come this far."""
        settings, demonstration = self.settings, next(iter(cast.PEOPLE))
        words = guide(demonstration, cast.PASSWORD) if settings.env == "development" else guide("", "")
        return application(
            Parts(
                schema=self.schema._schema,  # noqa: SLF001 - graphql-core's schema, which the executor runs
                rules=RULES,
                services=self.services,
                origins=Origins.of(
                    settings.base_url, settings.allowed_origins, development=settings.env == "development"
                ),
                cookie=SessionCookie(secure=settings.secure),
                ready=self.ready,
                links=not settings.app_url,
                issuers=self.issuers,
                storefront=Storefront(settings.language, settings.product_name),
                mailbox=self.mailer if isinstance(self.mailer, Folder) else None,
                confirmations=self._confirmations,
                lifespan=self._lifespan,
                execution_seconds=settings.execution_seconds,
                guide=words if settings.graphiql else None,
            )
        )

    async def migrate(self) -> str:
        return await migrate(self.database)

    async def ready(self) -> str | None:
        """Why no requests should come here, or None."""
        waits = "the ads are still being read" if self.services.delivery.is_beginning else None
        try:
            return waits if await is_current(self.database) else "the database is behind: run `endcap migrate`"
        except FAULTS as fault:
            if not is_away(fault):
                raise
            return "the database cannot be reached"

    def jobs(self) -> Jobs:
        return Jobs(self.database, self.clock)

    def demonstration(self) -> demo.Demonstration:
        settings = self.settings
        terms = submitting.Terms(self.policy, self.calendar, settings.reserve)
        shop = (settings.product_url, settings.default_currency)
        images = (self.storage, self.services.images)
        studio = Studio(self.database, *images, self.policy, self.calendar, *shop, self._base)
        whom = (self.parts, self.services.passwords, self.clock, settings.product_url, terms)
        return demo.Demonstration(*whom, Pretend(), self.charging, studio)

    async def simulate(
        self, scale: demo.Scale, events: TextIO | None, report: Callable[[int, int], None] | None
    ) -> tuple[Summary, simulation.Simulation]:
        """Make the demonstration in a database that is empty; what it came to."""
        await self.migrate()
        made = replace(self.demonstration(), studio=None, scale=scale, journal=simulation.Journal(events))
        simulated = await made.run(report)
        if simulated is None:
            raise RuntimeError("the database was not empty")
        return await summary(self.database), simulated

    def desk(self) -> Desk:
        return Desk(self.database, self.services.passwords, self.clock(), self.settings.default_currency)

    def importing(self, path: Path, vendor_code: str) -> Import:
        settings = self.settings
        return Import(self.database, self.clock, path, vendor_code, settings.product_url, settings.default_currency)

    def replaying(self, path: Path, account_id: UUID) -> Replay:
        return Replay(self.database, self.clock, path, account_id)

    def rebuilding(self) -> Rebuild:
        return Rebuild(self.database, self.clock)

    def audit(self) -> Audit:
        return Audit(self.database)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """While the server runs, so do the jobs, unless they have a process of their own."""
        garbage.settle()  # the schema and all modules
        seen, ads = self.services.seen, asyncio.create_task(self._serve_ads())
        kept = [seen.keep(), *([self.runner.keep()] if self.settings.work else [])]
        tasks = [ads, *(asyncio.create_task(each) for each in kept)]
        try:
            yield
        finally:
            await asyncio.wait([ads], timeout=PATIENCE)  # a read that is broken off breaks its connection
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await seen.write()
            await self.close()

    async def _serve_ads(self) -> None:
        """Read what auctions know; what stays for long is then left alone by the collector of garbage."""
        await self.services.delivery.load()
        garbage.settle()

    async def close(self) -> None:
        """End what was begun, and give the database's connections back."""
        if "services" in vars(self):
            await self.services.delivery.close()
            await self.gateway.close()
        await self.database.close()


def installation() -> Installation:
    """The installation that the environment describes."""
    settings = Settings()
    log_as(settings.log_level, settings.log_format)
    return Installation(settings)


def rehearsal(folder: Path, now: datetime, seed: int) -> Installation:
    """An installation of its own, thrown away with its folder: all that its rows depend on is given."""
    own = {"database_url": f"sqlite:///{folder / 'simulation.db'}", "delivery_keys": "simulated"}
    settings = Settings().model_copy(update=own)
    log_as(settings.log_level, settings.log_format)
    return Installation(settings, lambda: now, ids=simulation.ids(seed))
