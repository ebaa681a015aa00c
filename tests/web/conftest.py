"""What the tests over HTTP share: the same world under other settings, and what is logged meanwhile."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.config import Settings
from app.wiring import Installation
from tests.conftest import Api, wait_until_ready

Server = tuple[str, "subprocess.Popen[bytes]"]
STANDARD = {"mail_url": "smtp://mail.example", "delivery_keys": "k" * 32, "payments": "pretend"}


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    with capture_logs() as captured:
        yield captured


@pytest.fixture
def configured(api: Api) -> Iterator[Callable[..., Api]]:
    """The same world under other settings."""
    made: list[Api] = []

    def configure(**settings: Any) -> Api:
        settings = {**STANDARD, "database_url": api.installation.settings.database_url, **settings}
        made.append(Api(Installation(Settings(**settings), api.clock), api.runner, api.clock))
        return made[-1]

    yield configure
    for each in made:
        api.run(each.installation.close)


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """A process that serves the world on an address of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    settings = {"ENDCAP_DATABASE_URL": database_url, "ENDCAP_BASE_URL": url, "ENDCAP_MAIL_URL": f"file:{tmp_path}"}
    command = [Path(sys.executable).with_name("endcap"), "serve", "--port", str(port)]
    with subprocess.Popen(command, env={**os.environ, **settings}) as process:
        try:
            wait_until_ready(url)
            yield url, process
        finally:
            process.kill()
