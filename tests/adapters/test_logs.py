"""What is logged is for whoever runs the installation: only what they should look at is an error."""

import asyncio
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.adapters.logs import POOL, log_as


@pytest.fixture
def logs() -> Iterator[None]:
    """Logs as an installation has them, for as long as a test takes."""
    before = structlog.get_config()
    log_as("warning", "text")
    yield
    structlog.configure(**before)


@pytest.mark.parametrize(("fault", "told"), [(asyncio.CancelledError(), 0), (OSError(), 1)])
def test_a_connection_that_is_given_up_is_a_fault_unless_somebody_was_canceled(caplog, logs, fault, told):
    logging.getLogger(POOL).error("given up", exc_info=fault)

    assert len(caplog.records) == told


def test_the_pool_logs_under_the_name_that_is_listened_to(api):
    assert api.installation.database.writer.pool.logger.name == POOL
