"""Python loads this at its start where PYTHONPATH names its folder; the file `JUMPING_CLOCK` has seconds to add.

Of the calls that this program makes: `time.time` and `datetime.now`. Sleeping and waiting go on by the monotonic clock,
as they do when a machine's clock is set. (libfaketime was tried: Python's own sleep fails when that clock jumps.)
"""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import Any

FILE = Path(os.environ["JUMPING_CLOCK"])
_time = time.time
_datetime = dt.datetime


def _ahead() -> float:
    return float(FILE.read_text() or 0)


class _Type(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _datetime)


class _Jumping(_datetime, metaclass=_Type):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        return _datetime.now(tz) + dt.timedelta(seconds=_ahead())


time.time = lambda: _time() + _ahead()
dt.datetime = _Jumping  # type: ignore[misc]
