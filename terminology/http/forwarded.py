"""Headers of reverse proxies: the client's address, and the address at which it found this server.

`X-Forwarded-For`, `-Proto`, `-Host` and `-Prefix`, otherwise `Forwarded` (RFC 7239). Anybody can send these headers, so
they count only behind proxies (setting `proxies`, their number), and only as the outermost of those states them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication

from terminology.http.environ import Environ

TAKEN = "terminology.address_taken"
SCHEMES = frozenset({"http", "https"})
HOST = re.compile(r"[\w.-]{1,255}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?", re.ASCII)
PREFIX = re.compile(r"(/[\w.~-]+)+", re.ASCII)
ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')
LONGEST = 2000
"""Characters of a `Forwarded` header, so that unterminated quotes are not scanned again and again."""
PAIR = re.compile(r'([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^;,\s"]*))', re.ASCII)


class Forwarded:
    """A WSGI layer that replaces the server's own address by the one that clients see.

    It affects everything below: links, redirects, pages and cache keys. Invalid addresses are ignored.
    """

    def __init__(self, app: WSGIApplication, proxies: int) -> None:
        self._app = app
        self._proxies = proxies

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        take_address(environ, self._proxies)
        return self._app(environ, start_response)


def take_address(environ: Environ, proxies: int) -> None:
    """Replace the server's own address by the one clients see; once per request, however often called."""
    if TAKEN in environ:
        return
    environ[TAKEN] = True
    scheme, host, prefix = place_of(environ, proxies)
    if scheme:
        environ["wsgi.url_scheme"] = scheme
    if host:
        environ["HTTP_HOST"] = host
    if prefix:
        environ["SCRIPT_NAME"] = prefix + environ.get("SCRIPT_NAME", "")


def place_of(environ: Environ, proxies: int) -> tuple[str, str, str]:
    """Scheme, host and path prefix as the client sees them; empty where not stated."""
    scheme, host, prefix = (_said(environ, name, proxies) for name in ("PROTO", "HOST", "PREFIX"))
    if not scheme and not host:
        standard = _standard(environ, proxies)
        scheme, host = standard.get("proto", ""), standard.get("host", "")
    prefix = prefix.rstrip("/")
    return (
        scheme.lower() if scheme.lower() in SCHEMES else "",
        host if HOST.fullmatch(host) else "",
        prefix if PREFIX.fullmatch(prefix) else "",
    )


def client_of(environ: Environ, proxies: int) -> str:
    """The address of the client; behind trusted proxies, as the outermost of them states it."""
    peer = str(environ.get("REMOTE_ADDR", ""))
    if not proxies:
        return peer
    if "HTTP_X_FORWARDED_FOR" not in environ:
        return _standard(environ, proxies, exactly=True).get("for", peer)
    values = _values(environ["HTTP_X_FORWARDED_FOR"])
    return values[-proxies] if len(values) >= proxies else peer


def _said(environ: Environ, name: str, proxies: int) -> str:
    """The value of the outermost trusted proxy; there are fewer values where inner proxies add none."""
    values = _values(environ.get(f"HTTP_X_FORWARDED_{name}", ""))
    return values[-min(proxies, len(values))] if values else ""


def _values(header: str) -> list[str]:
    return [text.strip() for text in header.split(",")]


def _standard(environ: Environ, proxies: int, *, exactly: bool = False) -> dict[str, str]:
    """The pairs that the outermost trusted proxy put into `Forwarded`; `exactly`: only if every proxy added some."""
    header = environ.get("HTTP_FORWARDED", "")
    elements = ELEMENT.findall(header) if len(header) <= LONGEST else []
    if not elements or (exactly and len(elements) < proxies):
        return {}
    pairs = PAIR.findall(elements[-min(proxies, len(elements))])
    return {name.lower(): re.sub(r"\\(.)", r"\1", quoted) or plain for name, quoted, plain in pairs}
