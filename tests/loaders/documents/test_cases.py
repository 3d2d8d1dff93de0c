"""Documents beside what they must become: cases/NAME.txt (or .md, .html) and cases/NAME.json.

After a meant change, `python -m tests.loaders.documents.test_cases` writes the JSON anew: read the difference.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loaders.documents import parse_raw
from loaders.documents.readers import format_of
from terminology.model.records import DocumentRecord

CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.suffix != ".json")


def shown(record: DocumentRecord) -> dict[str, Any]:
    """A record as the JSON beside a case has it: what is empty is left out, and so is what the file's bytes decide."""
    concept = record.concept
    found = {
        "system": record.system,
        "version": record.version,
        "codes": [f"{code.code} ({code.origin})" for code in record.codes],
        "display": concept.display,
        "definition": concept.definition,
        "designations": [
            f"{d.value} [{d.use.display if d.use else None}]{f' @{d.language}' if d.language else ''}"
            for d in concept.designations
        ],
        "properties": [[p.code, p.value] for p in concept.properties if not p.code.startswith("source")],
    }
    return {name: value for name, value in found.items() if value}


def outcome(path: Path) -> list[dict[str, Any]]:
    format_ = format_of(path.name)
    assert format_ is not None
    records = parse_raw(path.read_bytes(), format_.media_type, path.name)
    assert [record.index for record in records] == list(range(len(records)))
    assert all(record.problem is None for record in records)
    return [shown(record) for record in records]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    assert outcome(path) == json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    for case in CASES:
        case.with_suffix(".json").write_text(
            json.dumps(outcome(case), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
