"""Structured logs: one JSON object a line on standard error, without local variables, which may hold secrets."""

import logging
import sys
from collections.abc import Mapping

import structlog


def configure(settings: Mapping[str, str]) -> None:
    """Django's LOGGING_CONFIG: set structlog and the standard library's logging to the one form. `settings` is
    LOGGING: the least `level` of libraries' messages."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processor=structlog.processors.JSONRenderer(ensure_ascii=False)
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings["level"])
    logging.getLogger("django").handlers = []
    logging.getLogger("django.server").handlers = []
