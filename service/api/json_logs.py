"""JSON logs: writes one JSON object per line to stderr."""

import json
import logging
from datetime import UTC, datetime

from service.runtime.request_context import current_request

STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
"""Attributes of every log record; all others are extra fields of the log call."""


class JSONFormatter(logging.Formatter):
    """Log formatter: time, level, logger, message, the request and its client, and the extra attributes."""

    def format(self, record: logging.LogRecord) -> str:
        """Format the record as one line of JSON."""
        context = current_request()
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if context.request_id:
            fields |= {"request": context.request_id, "caller": context.client}
        fields |= {name: value for name, value in vars(record).items() if name not in STANDARD_ATTRIBUTES}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False, default=str)


def configure_logging(level: str) -> None:
    """Make our loggers and uvicorn's write JSON lines to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JSONFormatter())
    for name, logger_level in (("footnote", level.upper()), ("uvicorn", "WARNING")):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logger_level)
        logger.propagate = False
