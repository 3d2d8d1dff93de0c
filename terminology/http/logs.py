"""Logging of a server to standard error: lines for people, or a JSON object per line."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import orjson

TEXT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
ESCAPED = MappingProxyType(
    {number: f"\\x{number:02x}" for number in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)}
)
"""Characters that end a line or control a terminal: paths come from clients, who must not forge log lines."""


class TextLines(logging.Formatter):
    """Time, level, logger and message on one line, and a traceback where there is one."""

    def __init__(self) -> None:
        super().__init__(TEXT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's
        """The line."""
        return super().formatMessage(record).translate(ESCAPED)


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
        try:
            return orjson.dumps(line, default=str).decode()
        except TypeError:  # invalid Unicode, which may be what the line is about
            return json.dumps(line, default=str)


MISTAKEN = ("Python threads", "tcp_migrate_req")


class NotMistaken(logging.Filter):
    """Drops warnings of granian that do not apply: most of many threads only wait, and sockets outlive workers."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is something else."""
        message = record.getMessage()
        return not any(words in message for words in MISTAKEN)


def configuration(format_: str, level: str = "INFO") -> dict[str, Any]:
    """The configuration for `logging.config.dictConfig` and granian: `json`, or lines for people."""
    quiet = {"handlers": ["stderr"], "level": "WARNING", "propagate": False, "filters": ["mistaken"]}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"mistaken": {"()": NotMistaken}},
        "formatters": {"line": {"()": JsonLines if format_ == "json" else TextLines}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"terminology": {"level": level}, "_granian": quiet, "granian.access": quiet},
    }
