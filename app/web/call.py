"""A request as the GraphQL endpoint reads it: Starlette's, with its headers decoded once."""

from collections.abc import Mapping
from functools import cached_property

from starlette.requests import Request, cookie_parser


class Call(Request):
    @cached_property
    def headers(self) -> Mapping[str, str]:  # type: ignore[override]
        """By lower-case name; of one sent twice the first counts, as in Starlette's own."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(self.scope["headers"])}

    @cached_property
    def cookies(self) -> dict[str, str]:  # type: ignore[override]
        return cookie_parser(self.headers.get("cookie", ""))
