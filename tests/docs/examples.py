"""Reading the examples out of the documentation, and comparing answers with what it shows."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent.parent.parent / "docs"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A code block; `follows` is the one right after it, when only an empty line is between."""

    language: str
    text: str
    line: int
    follows: Block | None = None


def blocks(name: str) -> list[Block]:
    """All code blocks of a page, each with what follows."""
    text = (DOCS / name).read_text()
    found: list[Block] = []
    start_of_next = -1
    for match in reversed(list(BLOCK.finditer(text))):
        adjacent = found[-1] if found and not text[match.end() : start_of_next].strip() else None
        found.append(Block(match[1], match[2], text[: match.start()].count("\n") + 1, adjacent))
        start_of_next = match.start()
    return found[::-1]


@dataclass(frozen=True)
class Curl:
    """What a curl command asks for."""

    method: str
    path: str
    headers: dict[str, str]
    body: str | None


def curl(command: str) -> Curl:
    """Read a curl command of the forms the documentation uses."""
    _, *words = shlex.split(command.replace("\\\n", ""))
    method = "HEAD" if "-I" in words else None
    if "-X" in words:
        method = words.pop(words.index("-X") + 1)
    url, *options = (word for word in words if word not in {"-I", "-X"})
    headers: dict[str, str] = {}
    body = None
    for option, value in zip(options[::2], options[1::2], strict=True):
        if option == "-H":
            name, _, content = value.partition(": ")
            headers[name] = content
        elif option == "-d":
            body = value
        else:
            raise AssertionError(f"an option the test does not know: {option}")
    assert body is None or "Content-Type" in headers, "curl would send a form"
    return Curl(method or ("POST" if body else "GET"), re.sub(r"^http://127\.0\.0\.1:8080", "", url), headers, body)


def check_answer(example: Block, response: Any) -> None:
    """Whether an answer is what the block after an example shows."""
    shown = example.follows
    if shown is None or shown.language == "bash":
        assert response.status_code == 200, response.text
    elif shown.language == "http":
        status, *lines = shown.text.splitlines()
        assert response.status_code == int(status.split()[1]), response.text
        for line in lines:
            name, _, value = line.partition(": ")
            assert response.headers[name] == value
    else:
        expected = json.loads(shown.text)
        assert (response.status_code >= 400) == (expected.get("resourceType") == "OperationOutcome"), response.text
        assert difference(expected, response.json) is None


def difference(shown: Any, actual: Any, path: str = "") -> str | None:
    """Where an answer is not what is shown, or None: members and list items may be left out, but not changed."""
    if isinstance(shown, dict) and isinstance(actual, dict):
        for name, value in shown.items():
            if name not in actual:
                return f"{path}.{name} is missing"
            if found := difference(value, actual[name], f"{path}.{name}"):
                return found
        return None
    if isinstance(shown, list) and isinstance(actual, list):
        left = iter(actual)
        for index, item in enumerate(shown):
            tried = [difference(item, other, f"{path}[{index}]") for other in _until(left, item)]
            if not tried or tried[-1]:
                return f"{path}[{index}] is not in the answer in this order: {item}"
        return None
    return None if shown == actual else f"{path} is {actual!r}, not {shown!r}"


def _until(items: Any, wanted: Any) -> Any:
    for item in items:
        yield item
        if difference(wanted, item) is None:
            return
