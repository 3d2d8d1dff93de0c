"""NDC: accepts codes in all notations, with and without hyphens, with 10 and with 11 digits.

The FDA writes 4-4-2, 5-3-2 or 5-4-1 digits with hyphens. Claims have 11 digits, each group padded with zeros to 5-4-2;
others use the FDA's form without hyphens. A notation that may mean several existing codes is rejected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from terminology.codesystems.stored import StoredCodeSystem

NDC = "http://hl7.org/fhir/sid/ndc"
PACKAGE_GROUPS = ((4, 4, 2), (5, 3, 2), (5, 4, 1))
PRODUCT_GROUPS = ((4, 4), (5, 3), (5, 4))
WRITTEN = re.compile(r"\d{4,5}-\d{3,4}(?:-\d{1,2})?|\d{9,11}")


class NdcCodeSystem(StoredCodeSystem):
    """A version of the directory."""

    def code_key(self, code: str) -> str:
        """The code as the directory has it, where it has it in any form."""
        if WRITTEN.fullmatch(code) is None:
            return code
        found = self._reader.ordinals({code, *spellings(code)})
        return code if code in found or len(found) != 1 else next(iter(found))

    def _written(self, code: str) -> str:
        return self.code_key(code)


def spellings(code: str) -> Iterator[str]:
    """The ways in which the FDA may write a code of 9 to 11 digits: groups of the usual widths, zeros left out."""
    digits, hyphens = re.subn("-", "", code)
    if hyphens:
        groups = [group.zfill(width) for group, width in zip(code.split("-"), (5, 4, 2), strict=False)]
        digits = "".join(groups)
    if len(digits) == 11:
        yield from filter(None, (_shortened((digits[:5], digits[5:9], digits[9:]), w) for w in PACKAGE_GROUPS))
        yield f"{digits[:5]}-{digits[5:9]}-{digits[9:]}"
    elif len(digits) == 10:
        for a, b, _ in PACKAGE_GROUPS:
            yield f"{digits[:a]}-{digits[a : a + b]}-{digits[a + b :]}"
    elif len(digits) == 9:
        yield from filter(None, (_shortened((digits[:5], digits[5:]), w) for w in PRODUCT_GROUPS))


def _shortened(groups: tuple[str, ...], widths: tuple[int, ...]) -> str | None:
    """Groups cut down to these widths, when only zeros fall away."""
    pairs = list(zip(groups, widths, strict=True))
    if any(group[: len(group) - width].strip("0") for group, width in pairs):
        return None
    return "-".join(group[len(group) - width :] for group, width in pairs)
