"""An answer as a page, for browsers at the address of a resource or operation.

Shows the JSON in the colours of `terminology.web`, with links to the other formats. That package has the pages meant
for people, to which `wsgi.FhirFirst` redirects requests for a code system or value set.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from urllib.parse import urlencode

from terminology.fhir.json import Json, dumps
from terminology.http.exchange import Request

POLICY = ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
"""Nothing in the content, whoever wrote it, may ever be executed."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{
  color-scheme: light dark; --paper: #fbfaf7; --card: #fff; --ink: #1d2428; --line: #d9d6cd; --accent: #0b5d5a;
}}
@media (prefers-color-scheme: dark) {{
  :root {{ --paper: #14191b; --card: #1c2326; --ink: #ecefed; --line: #36424a; --accent: #7fd3cb; }}
}}
body {{ margin: 0 auto; padding: 1rem 1.25rem; max-width: 72rem; font: 100%/1.6 system-ui, sans-serif;
  overflow-wrap: anywhere; background: var(--paper); color: var(--ink); }}
h1 {{ font: 600 1.7rem/1.2 Georgia, serif; }}
a {{ color: var(--accent); }}
pre {{ padding: 1rem; overflow-x: auto; line-height: 1.4; background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; }}
@media (max-width: 48rem) {{ pre {{ white-space: pre-wrap; }} }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{told}<p>{release} as <a href="{json}">JSON</a> or <a href="{xml}">XML</a></p>
<pre tabindex="0" role="region" aria-label="The resource as JSON">{body}</pre>
</main>
</body>
</html>
"""


def page(resource: Json, request: Request) -> bytes:
    """The page of a resource, which is already in the client's release."""
    title = f"{resource.get('resourceType', '')} {resource.get('title') or resource.get('name') or ''}".strip()
    text = PAGE.format(
        title=escape(title or "FHIR"),
        told="".join(f"<p>{escape(text)}</p>\n" for text in _told(resource)),
        release=escape(f"FHIR {request.release}"),
        json=escape(_address(request, "json")),
        xml=escape(_address(request, "xml")),
        body=escape(dumps(resource, pretty=True).decode(), quote=False),
    )
    return text.encode()


def _told(resource: Json) -> Iterator[str]:
    """What an OperationOutcome says to people."""
    if resource.get("resourceType") == "OperationOutcome":
        for issue in resource.get("issue", ()):
            if text := issue.get("details", {}).get("text"):
                yield text


def _address(request: Request, format_: str) -> str:
    """The same request in another format, relative to the page."""
    asked = [(name, value) for name, value in request.query if name != "_format"]
    return "?" + urlencode([*asked, ("_format", format_)])
