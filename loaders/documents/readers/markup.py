"""Codes that the head of an HTML page states: JSON-LD, meta tags, the page's canonical address; in that order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from lxml import etree

from loaders.documents.blocks import StatedInMarkup
from loaders.documents.codes import from_url
from loaders.documents.labels import code_line, code_values

_SYSTEM_NAMES = frozenset({"code-system", "codesystem", "coding-system", "code_system", "system"})


def stated_codes(root: etree._Element) -> Iterator[StatedInMarkup]:  # lxml has no public name for its elements
    """Every code that the head states."""
    yield from _linked_data(root)
    yield from _meta_tags(root)
    yield from _addresses(root)


def _linked_data(root: etree._Element) -> Iterator[StatedInMarkup]:
    """schema.org's MedicalProcedure has `code`, a MedicalCode with `codeValue` and `codingSystem`."""
    for script in root.iter("script"):
        if (script.get("type") or "").partition(";")[0].strip().lower() != "application/ld+json":
            continue
        try:
            data = json.loads(script.text or "")
        except ValueError:
            continue
        for code in _medical_codes(data):
            value = code.get("codeValue") or code.get("codevalue")
            if isinstance(value, str | int) and not isinstance(value, bool):
                system = code.get("codingSystem")
                yield StatedInMarkup(str(value), system if isinstance(system, str) else None)


def _medical_codes(data: Any) -> Iterator[dict[str, Any]]:
    """The `code` objects of the page's own entities; not those of what they mention (indications, alternatives)."""
    if isinstance(data, list):
        for entry in data:
            yield from _medical_codes(entry)
    elif isinstance(data, dict):
        yield from _medical_codes(data.get("@graph", []))
        codes = data.get("code")
        for code in codes if isinstance(codes, list) else [codes]:
            if isinstance(code, dict):
                yield code
        yield from _medical_codes(data.get("mainEntity", []))
        yield from _medical_codes(data.get("about", []))


def _meta_tags(root: etree._Element) -> Iterator[StatedInMarkup]:
    tags = [
        ((tag.get("name") or tag.get("property") or "").lower(), tag.get("content") or "") for tag in root.iter("meta")
    ]
    system = next((content for name, content in tags if name in _SYSTEM_NAMES and content), None)
    for name, content in tags:
        line = code_line(name.replace("-", " ").replace("_", " "))
        if line is None or line.codes or name in _SYSTEM_NAMES:
            continue
        for code in code_values(content, line.system) or ():
            yield StatedInMarkup(code, line.system.url if line.system else system)


def _addresses(root: etree._Element) -> Iterator[StatedInMarkup]:
    seen = set()
    links = [link.get("href") for link in root.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    links += [tag.get("content") for tag in root.iter("meta") if tag.get("property") == "og:url"]
    for url in links:
        for stated in from_url(url or ""):
            if stated not in seen:
                seen.add(stated)
                yield stated
