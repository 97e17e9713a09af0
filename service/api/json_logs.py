"""Logs as JSON, an object a line on stderr, for those who collect them."""

import json
import logging
from datetime import UTC, datetime

from service.runtime.request_context import current_request

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
"""What every record has; anything else was added by the one who logged it."""


class JsonLines(logging.Formatter):
    """One object a record: time, level, logger, message, the request it belongs to, and what was added to it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        caller = current_request()
        told: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if caller.request_id:
            told |= {"request": caller.request_id, "caller": caller.client}
        told |= {name: value for name, value in vars(record).items() if name not in STANDARD}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


def start_logging(level: str) -> None:
    """Let our loggers and the server's write JSON lines to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    for name, least in (("footnote", level.upper()), ("uvicorn", "WARNING")):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(least)
        logger.propagate = False
