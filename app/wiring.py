"""Puts the house together from its settings: the only file that knows adapters and configuration."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from starlette.applications import Starlette

from app.adapters import clock, moderation
from app.adapters.calendar import business_days
from app.adapters.identity import Client, OpenIdProviders
from app.adapters.images import Sandbox
from app.adapters.issuer import DevelopmentIssuer
from app.adapters.letters import Templates
from app.adapters.mail import Folder, Smtp
from app.adapters.outgoing import NoPages, PublicPages
from app.adapters.passwords import Argon2
from app.adapters.payments import Pretend
from app.adapters.previews import Drawings
from app.adapters.storage import Bucket
from app.adapters.storage import Folder as StorageFolder
from app.adapters.throttle import MemoryThrottle
from app.config import DEVELOPMENT_ISSUERS, LOGINS, Settings
from app.db.engine import FAULTS, Database, is_away
from app.db.followers import Followers
from app.db.migrate import is_current, migrate
from app.domain.identity import Returns
from app.domain.moderation.rules import Policy
from app.domain.policy import BusinessCalendar
from app.domain.ports import Mailer, Pages, Storage
from app.execution.plans import Plans
from app.jobs import demo, schedule
from app.jobs.accounts import Desk
from app.jobs.assets import Broom
from app.jobs.catalogue import Import
from app.jobs.delivery import Replay
from app.jobs.desk import Jobs
from app.jobs.mail import Post
from app.jobs.moderation import Landings
from app.jobs.reactions import REACTIONS
from app.jobs.runner import Runner
from app.resolvers import notices
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


@dataclass
class Installation:
    """One installation of Endcap, wired as its settings say; its parts are made when they are first needed."""

    settings: Settings
    clock: Callable[[], datetime] = clock.now
    transport: Any = None  # to identity providers; None is the network

    @cached_property
    def database(self) -> Database:
        return Database.at(self.settings.database_url, REACTIONS)

    @cached_property
    def services(self) -> Services:
        return Services(
            database=self.database,
            passwords=Argon2(),
            throttle=MemoryThrottle(TRIES, WINDOW_MINUTES),
            clock=self.clock,
            version=version("endcap"),
            default_currency=self.settings.default_currency,
            plans=Plans(self.database.dialect),
            letters=self.letters,
            calendar=self.calendar,
            logins=self.logins,
            returns=self.returns,
            storage=self.storage,
            images=Sandbox(),
            previews=Drawings(self.settings.language),
            address=self._base,
            gateway=Pretend(),
            policy=self.policy,
            followers=Followers(self.database),
            seen=Seen(self.database),
        )

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
    def pages(self) -> Pages:
        """What asks whether pages of the shop answer; in development nothing is asked."""
        chosen = self.settings.landing_checks
        is_on = chosen == "on" or (chosen == "auto" and self.settings.env == "production")
        return PublicPages() if is_on else NoPages()

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

    @cached_property
    def runner(self) -> Runner:
        """What does the jobs, in `serve` or in a process of its own."""
        handlers = {
            notices.SEND: Post(self.letters, self.mailer).send,
            schedule.DISCARD: Broom(self.storage).sweep,
            submitting.CHECK_LANDING: Landings(self.policy, self.pages).check,
        }
        return Runner(self.database, self.clock, handlers, schedule.SCHEDULE)

    @cached_property
    def schema(self) -> Any:
        return build()

    @cached_property
    def application(self) -> Application:
        """The web application; a schema with an unguarded field does not come this far."""
        settings, demonstration = self.settings, next(iter(demo.PEOPLE))
        words = guide(demonstration, demo.PASSWORD) if settings.env == "development" else guide("", "")
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
                mailbox=self.mailer if isinstance(self.mailer, Folder) else None,
                lifespan=self._lifespan,
                execution_seconds=settings.execution_seconds,
                guide=words if settings.graphiql else None,
            )
        )

    async def migrate(self) -> str:
        return await migrate(self.database)

    async def ready(self) -> str | None:
        """Why no requests should come here, or None."""
        try:
            return None if await is_current(self.database) else "the database is behind: run `endcap migrate`"
        except FAULTS as fault:
            if not is_away(fault):
                raise
            return "the database cannot be reached"

    def jobs(self) -> Jobs:
        return Jobs(self.database, self.clock)

    def demonstration(self) -> demo.Demonstration:
        settings, passwords = self.settings, self.services.passwords
        shop = (settings.product_url, settings.default_currency)
        return demo.Demonstration(self.database, passwords, self.clock, *shop, self.policy, self.calendar)

    def desk(self) -> Desk:
        return Desk(self.database, self.services.passwords, self.clock(), self.settings.default_currency)

    def importing(self, path: Path, vendor_code: str) -> Import:
        settings = self.settings
        return Import(self.database, self.clock, path, vendor_code, settings.product_url, settings.default_currency)

    def replaying(self, path: Path, account_id: UUID) -> Replay:
        return Replay(self.database, self.clock, path, account_id)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """While the server runs, so do the jobs, unless they have a process of their own."""
        gc.collect()
        gc.freeze()  # the schema and all modules stay: to look through them again takes half a second
        seen = self.services.seen
        kept = [seen.keep(), self.runner.keep()] if self.settings.work else [seen.keep()]
        tasks = [asyncio.create_task(each) for each in kept]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            await seen.write()
            await self.database.close()


def installation() -> Installation:
    """The installation that the environment describes."""
    settings = Settings()
    log_as(settings)
    return Installation(settings)


def log_as(settings: Settings) -> None:
    """Logs for people on a terminal, or a JSON object a line."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)  # shows no variables
    last = structlog.processors.JSONRenderer() if settings.log_format == "json" else plain
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if settings.log_format == "json" else []),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
