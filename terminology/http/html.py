"""An answer as a page, for browsers that come to the address of a resource or an operation.

Shows the JSON as it is, with links to what programs get. What people should read rather than this are the pages of
`terminology.web`, to which `wsgi.FhirFirst` sends those who ask for a code system or value set.
"""

from __future__ import annotations

from html import escape
from urllib.parse import urlencode

from terminology.fhir.json import Json, dumps
from terminology.http.exchange import Request

POLICY = ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
"""Content comes from whoever wrote it: nothing in it may ever run."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 0 auto; padding: 1rem; max-width: 70rem; font-family: system-ui, sans-serif; overflow-wrap: anywhere;
  background: #fff; color: #1b1b1b; }}
h1 {{ font-size: 1.5rem; }}
a {{ color: #0b4f9c; }}
pre {{ padding: 1rem; overflow-x: auto; border: 1px solid #8a8a8a; border-radius: .4rem; line-height: 1.4; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #16191d; color: #e8e8e8; }} a {{ color: #9cc7ff; }} }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{release} as <a href="{json}">JSON</a> or <a href="{xml}">XML</a></p>
<pre tabindex="0" role="region" aria-label="The resource as JSON">{body}</pre>
</main>
</body>
</html>
"""


def page(resource: Json, request: Request) -> bytes:
    """The page of a resource that is in the client's release already."""
    title = f"{resource.get('resourceType', '')} {resource.get('title') or resource.get('name') or ''}".strip()
    text = PAGE.format(
        title=escape(title or "FHIR"),
        release=escape(f"FHIR {request.release}"),
        json=escape(_address(request, "json")),
        xml=escape(_address(request, "xml")),
        body=escape(dumps(resource, pretty=True).decode(), quote=False),
    )
    return text.encode()


def _address(request: Request, format_: str) -> str:
    """The same question in another format, from where the page is."""
    asked = [(name, value) for name, value in request.query if name != "_format"]
    return "?" + urlencode([*asked, ("_format", format_)])
