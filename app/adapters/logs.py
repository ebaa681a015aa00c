"""How the process logs: for people on a terminal, or for machines."""

import logging
from asyncio import CancelledError

import structlog

POOL = "sqlalchemy.pool.impl.AsyncAdaptedQueuePool"


def log_as(level: str, form: str) -> None:
    """Logs for people on a terminal, or a JSON object a line."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)  # shows no variables
    last = structlog.processors.JSONRenderer() if form == "json" else plain
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if form == "json" else []),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
    )
    logging.getLogger(POOL).addFilter(_is_fault)


def _is_fault(record: logging.LogRecord) -> bool:
    """The pool says it as an error that a connection was given up, also where it was because somebody was canceled."""
    return record.exc_info is None or not isinstance(record.exc_info[1], CancelledError)
