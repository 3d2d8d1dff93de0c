"""Changes requests at random, as no decent client would: from seeds, so that each can be repeated."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import NamedTuple

ODD = (
    "", "%00", "%ff", "%C3%A4", "%c3", "%", "%2", "%zz", "+", "%20", "%2B", "&", "=", "&&", ";", "#", "?", "/", "'",
    '"', "\\", "%5C%22", "%0d%0a", "ä", "\xff", "𝄞", "%F0%9D%84%9E", "%ED%A0%80", "x" * 3000, "0", "-1", "9" * 30, "*",
    "|", "|1", "true", "null", "%7B", "{}", "[]", "_", "$",
)  # fmt: skip
"""What is put into queries."""
ADDED = (
    "_format=json", "_format=xml", "_format=html", "_format=application/fhir%2Bjson", "_pretty=true", "_pretty=false",
    "_elements=url", "_summary=true", "_nonsense=1", "unknown=1", "displayLanguage=de", "displayLanguage=de;q=0",
    "designation=de", "property=parent", "property=*", "date=2025-01-01", "date=yesterday", "version=2025",
    "version=none", "count=1", "count=0", "count=-1", "offset=1", "offset=x", "filter=bio", "filter=%20",
    "activeOnly=true", "includeDesignations=true", "excludeNested=true", "abstract=true", "inferSystem=true",
    "display=Biopsy", "display=biopsy", "display=Wrong", "lenient-display-validation=true", "uuid=1", "cache-id=none",
    "reverse=true", "useSupplement=none", "system-version=x%7C1", "diagnostics=true", "_count=1", "_total=none",
    "_sort=url", "url:below=http", "_id=1", "status=active", "coding=a%7Cb", "code=BIO", "code=", "code=bio",
)  # fmt: skip
HEADERS = (
    {}, {}, {}, {"HTTP_ACCEPT": "application/fhir+json"}, {"HTTP_ACCEPT": "application/fhir+xml"},
    {"HTTP_ACCEPT": "text/html,*/*;q=0.1"}, {"HTTP_ACCEPT": "image/png"}, {"HTTP_ACCEPT": "\xff"},
    {"HTTP_ACCEPT_LANGUAGE": "de"}, {"HTTP_ACCEPT_LANGUAGE": "de-AT,de;q=0.9,en;q=0.1"},
    {"HTTP_ACCEPT_LANGUAGE": "zz, *;q=0"}, {"HTTP_ACCEPT_LANGUAGE": ";;q=x"}, {"HTTP_ACCEPT_ENCODING": "gzip"},
    {"HTTP_IF_NONE_MATCH": "*"}, {"HTTP_IF_NONE_MATCH": 'W/"x"'}, {"HTTP_IF_MODIFIED_SINCE": "yesterday"},
    {"HTTP_PREFER": "handling=strict"}, {"HTTP_X_CACHE_ID": "none"}, {"HTTP_AUTHORIZATION": "Bearer none"},
    {"HTTP_X_REQUEST_ID": "mine"}, {"HTTP_X_REQUEST_ID": "a\r\nb"}, {"HTTP_HOST": "other.example.org"},
    {"HTTP_X_FORWARDED_HOST": "evil.example.org"}, {"HTTP_CONTENT_ENCODING": "gzip"}, {"HTTP_ORIGIN": "http://a"},
    {"CONTENT_TYPE": "application/json"}, {"CONTENT_TYPE": "text/plain"}, {"CONTENT_TYPE": ""},
    {"CONTENT_TYPE": "application/fhir+json; charset=utf-16"}, {"CONTENT_TYPE": "application/x-www-form-urlencoded"},
)  # fmt: skip
PIECES = (
    b"", b"\0", b"\xff", b"\xc3", b"\xef\xbb\xbf", b" ", b"\n", b'"', b"\\", b"\\u0041", b"\\u0000", b"\\ud800", b"{",
    b"}", b"[", b"]", b",", b":", b"null", b"true", b"1", b"1.0", b"-0", b"1e400", b"9" * 30, b'"code"', b'"name"',
    b'"valueCode"', b'"cache-id"', b'"x"', b"\xc3\xa4", b"\xf0\x9d\x84\x9e", b"x" * 3000, b'{"code":"BIO"}', b"[[[[",
)  # fmt: skip
"""What is put into bodies."""
TOKEN = re.compile(rb'"[^"]*"|[{}\[\],:]|[^\s{}\[\],:"]+|\s+')


class Asked(NamedTuple):
    """A request: method, path with query (whose characters are bytes, as in WSGI), body, and variables of WSGI."""

    method: str
    target: str
    body: bytes | None
    headers: dict[str, str]


def mutated(asked: Asked, rng: random.Random) -> Asked:
    """The request with one to three changes."""
    for _ in range(rng.randint(1, 3)):
        asked = rng.choice(CHANGES)(asked, rng)
    return asked


def _in_query(asked: Asked, rng: random.Random) -> Asked:
    path, _, query = asked.target.partition("?")
    place = rng.randint(0, len(query))
    cut = place + rng.choice((0, 0, 1, 3))
    return asked._replace(target=f"{path}?{query[:place]}{_native(rng.choice(ODD))}{query[cut:]}")


def _pairs(asked: Asked, rng: random.Random) -> Asked:
    """Pairs of the query left out, repeated, added, or in another order."""
    path, _, query = asked.target.partition("?")
    pairs = query.split("&")
    match rng.randrange(4):
        case 0:
            pairs.pop(rng.randrange(len(pairs)))
        case 1:
            pairs.insert(rng.randint(0, len(pairs)), rng.choice(pairs))
        case 2:
            rng.shuffle(pairs)
        case _:
            pairs.insert(rng.randint(0, len(pairs)), _native(rng.choice(ADDED)))
    return asked._replace(target=f"{path}?{'&'.join(pairs)}")


def _escaped(asked: Asked, rng: random.Random) -> Asked:
    """A character of the query in an escape that it needs or not."""
    path, _, query = asked.target.partition("?")
    if not query:
        return asked
    place = rng.randrange(len(query))
    return asked._replace(target=f"{path}?{query[:place]}%{ord(query[place]):02{rng.choice('xX')}}{query[place + 1 :]}")


def _in_path(asked: Asked, rng: random.Random) -> Asked:
    path, mark, query = asked.target.partition("?")
    parts = path.split("/")
    place = rng.randrange(1, len(parts))
    parts[place] = rng.choice((
        "", "r4", "r5", "R4", "fhir", "CodeSystem", "ValueSet", "ConceptMap", "$lookup", "$expand", "$LOOKUP",
        "$validate-code", f"{parts[place]}/", f"/{parts[place]}", f"{parts[place]}\0", _native(f"{parts[place]}ä"),
        "\xff", "x" * 3000, "..", "clinic-procedures",
    ))  # fmt: skip
    return asked._replace(target=f"{'/'.join(parts)}{mark}{query}")


def _in_headers(asked: Asked, rng: random.Random) -> Asked:
    return asked._replace(headers={**asked.headers, **rng.choice(HEADERS)})


def _method(asked: Asked, rng: random.Random) -> Asked:
    method = rng.choice(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "BREW"))
    body = None if method in {"GET", "HEAD", "OPTIONS"} else asked.body or b""
    return asked._replace(method=method, body=body)


def _in_body(asked: Asked, rng: random.Random) -> Asked:
    """Tokens of the body left out, repeated, exchanged, or something else in their place; or it is cut off."""
    if not asked.body:
        return _in_query(asked, rng)
    tokens = TOKEN.findall(asked.body)
    place, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
    match rng.randrange(6):
        case 0:
            tokens.pop(place)
        case 1:
            tokens.insert(place, tokens[other])
        case 2:
            tokens[place], tokens[other] = tokens[other], tokens[place]
        case 3:
            tokens[place] = rng.choice(PIECES)
        case 4:
            tokens[place] = b'"' + rng.choice(PIECES) + tokens[place].strip(b'"') + rng.choice(PIECES) + b'"'
        case _:
            tokens = tokens[: place + 1]
    return asked._replace(body=b"".join(tokens))


def _native(text: str) -> str:
    """A text as servers hand it on: each byte a character."""
    return text.encode(errors="surrogatepass").decode("latin-1")


CHANGES: tuple[Callable[[Asked, random.Random], Asked], ...] = (
    _in_query, _pairs, _pairs, _escaped, _in_path, _in_headers, _method, _in_body, _in_body, _in_body,
)  # fmt: skip
