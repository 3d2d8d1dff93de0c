"""Names of the properties of ICD-10-PCS concepts, besides those of the axes, shared by loader and code system."""

from __future__ import annotations

from typing import Final

REPLACES: Final = "replaces"
CHANGE: Final = "change"
EXPLANATION: Final = "explanation"
INCLUDES: Final = "includes"
