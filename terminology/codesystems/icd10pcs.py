"""ICD-10-PCS."""

from typing import Final

REPLACES: Final = "replaces"
DELETED_CODE: Final = "deletedCode"
CHANGE: Final = "change"
EXPLANATION: Final = "explanation"
INCLUDES: Final = "includes"
