"""How a server logs: lines for people, or a JSON object a line for machines. To standard error, as servers should."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import orjson

FORMATS = ("text", "json")
TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class JsonLines(logging.Formatter):
    """time, level, logger and message, the `fields` that a record brings, and a traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode(errors="replace")


class NotOfThreads(logging.Filter):
    """Drops granian's warning of many threads: most of ours only wait."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is something else."""
        return "Python threads" not in record.getMessage()


def configuration(format_: str, level: str = "INFO") -> dict[str, Any]:
    """For `logging.config.dictConfig`, and for granian. Raises ValueError for a format that there is not."""
    if format_ not in FORMATS:
        raise ValueError(f"TERMINOLOGY_LOG_FORMAT: '{format_}' is none of {', '.join(FORMATS)}")
    formatter = {"()": JsonLines} if format_ == "json" else {"format": TEXT}
    quiet = {"handlers": ["stderr"], "level": "WARNING", "propagate": False, "filters": ["threads"]}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"threads": {"()": NotOfThreads}},
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"terminology": {"level": level}, "_granian": quiet, "granian.access": quiet},
    }
