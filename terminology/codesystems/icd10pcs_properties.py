"""Properties that loaders give to ICD-10-PCS concepts, beside those of the axes. Names only, for both sides."""

from __future__ import annotations

from typing import Final

REPLACES: Final = "replaces"
CHANGE: Final = "change"
EXPLANATION: Final = "explanation"
INCLUDES: Final = "includes"
