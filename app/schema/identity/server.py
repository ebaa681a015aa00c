"""What clients may need to know of the installation."""

from datetime import datetime

import strawberry

from app.domain.access import TOKEN_SCOPES, Level
from app.schema.context import Info
from app.schema.directives import AccessLevel
from app.schema.guards import Access


@strawberry.type(description="Something an API token may be granted")
class TokenScope:
    scope: str = strawberry.field(description="Its name")
    description: str = strawberry.field(description="What it opens")
    level: AccessLevel = strawberry.field(description="The level a person needs to grant it")


@strawberry.type(description="What a client may need to know of this installation")
class ServerInfo:
    version: str = strawberry.field(description="Version of Endcap")
    default_currency: str = strawberry.field(description="Currency of new accounts, ISO 4217")
    server_time: datetime = strawberry.field(description="The time it is here")
    token_scopes: list[TokenScope] = strawberry.field(description="What API tokens may be granted")


@strawberry.type
class ServerQueries:
    @strawberry.field(description="About this installation", extensions=[Access(Level.PUBLIC)])
    async def server_info(self, info: Info) -> ServerInfo:
        services = info.context.services
        scopes = [TokenScope(scope=name, description=text, level=level) for name, (text, level) in TOKEN_SCOPES.items()]
        return ServerInfo(
            version=services.version,
            default_currency=services.default_currency,
            server_time=info.context.now,
            token_scopes=scopes,
        )
