"""What clients may need to know of the installation."""

from datetime import datetime

import strawberry

from app.domain.access import TOKEN_SCOPES, Level
from app.domain.billing.gateway import PaymentGateway
from app.schema.context import Info
from app.schema.directives import AccessLevel
from app.schema.guards import Access
from app.schema.scalars import URL


@strawberry.type(description="Something an API token may be granted")
class TokenScope:
    scope: str = strawberry.field(description="Its name")
    description: str = strawberry.field(description="What it opens")
    level: AccessLevel = strawberry.field(description="The level a person needs to grant it")


@strawberry.type(
    description="What a browser needs to turn a card into a processor token without the card touching Endcap"
)
class PaymentProcessor:
    name: str = strawberry.field(description="What people call it")
    publishable_key: str | None = strawberry.field(description="What a browser names Endcap by to the processor")
    script_url: URL | None = strawberry.field(
        description="The processor's script, which a browser loads; null for the pretend processor, which needs none"
    )


@strawberry.type(description="What a client may need to know of this installation")
class ServerInfo:
    version: str = strawberry.field(description="Version of Endcap")
    default_currency: str = strawberry.field(description="Currency of new accounts, ISO 4217")
    server_time: datetime = strawberry.field(description="The time it is here")
    token_scopes: list[TokenScope] = strawberry.field(description="What API tokens may be granted")
    payment_processor: PaymentProcessor = strawberry.field(description="Who makes tokens of cards")


def _scopes() -> list[TokenScope]:
    return [TokenScope(scope=name, description=text, level=level) for name, (text, level) in TOKEN_SCOPES.items()]


def _processor(gateway: PaymentGateway) -> PaymentProcessor:
    return PaymentProcessor(
        name=gateway.name,
        publishable_key=gateway.publishable_key,
        script_url=URL(gateway.script_url) if gateway.script_url else None,
    )


@strawberry.type
class ServerQueries:
    @strawberry.field(description="About this installation", extensions=[Access(Level.PUBLIC)])
    async def server_info(self, info: Info) -> ServerInfo:
        services = info.context.services
        return ServerInfo(
            version=services.version,
            default_currency=services.default_currency,
            server_time=info.context.now,
            token_scopes=_scopes(),
            payment_processor=_processor(services.gateway),
        )
