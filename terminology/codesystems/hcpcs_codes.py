"""The syntax of HCPCS Level II codes and modifiers, shared by the loader and the code system."""

from __future__ import annotations

import re

CODE = re.compile(r"[A-CE-Z][0-9]{4}")
"""D codes are CDT's."""
MODIFIER = re.compile(r"(?=.?[A-Z])[0-9A-Z]{2}")
"""Two digits are a modifier of CPT."""
