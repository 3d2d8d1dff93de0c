"""The form of HCPCS Level II codes and modifiers, for the loader and the code system alike."""

from __future__ import annotations

import re

CODE = re.compile(r"[A-CE-Z][0-9]{4}")
"""D codes are CDT's."""
MODIFIER = re.compile(r"(?=.?[A-Z])[0-9A-Z]{2}")
"""Two digits are a modifier of CPT."""
