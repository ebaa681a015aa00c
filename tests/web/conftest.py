"""What the tests over HTTP share: the same world under other settings, and what is logged meanwhile."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.config import Settings
from app.wiring import Installation
from tests.conftest import Api


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    with capture_logs() as captured:
        yield captured


@pytest.fixture
def configured(api: Api) -> Iterator[Callable[..., Api]]:
    """The same world under other settings."""
    made: list[Api] = []

    def configure(**settings: Any) -> Api:
        standard = {"database_url": api.installation.settings.database_url, "mail_url": "smtp://mail.example"}
        settings = {**standard, **settings}
        made.append(Api(Installation(Settings(**settings), api.clock), api.runner, api.clock))
        return made[-1]

    yield configure
    for each in made:
        api.run(each.installation.database.close)
