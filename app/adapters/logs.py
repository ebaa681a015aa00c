"""How the process logs: for people on a terminal, or for machines."""

import logging

import structlog


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
