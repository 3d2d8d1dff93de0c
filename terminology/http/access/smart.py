"""`.well-known/smart-configuration`: where clients get their tokens (SMART App Launch 2.2, "Conformance")."""

from __future__ import annotations

from terminology.fhir.json import dumps
from terminology.http.exchange import Response
from terminology.operations.table import RESOURCE_TYPES
from terminology.settings import Settings

PATH = (".well-known", "smart-configuration")


def response(settings: Settings) -> Response | None:
    """The document, or None when the settings name no authorization server."""
    if not settings.oauth_issuer or not settings.oauth_token_url:
        return None
    described = {
        "issuer": settings.oauth_issuer,
        "token_endpoint": settings.oauth_token_url,
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "scopes_supported": ["system/*.rs", *(f"system/{type_}.cruds" for type_ in RESOURCE_TYPES)],
        "code_challenge_methods_supported": ["S256"],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }
    if "://" in settings.oauth_jwks:
        described["jwks_uri"] = settings.oauth_jwks
    return Response(200, (("Content-Type", "application/json"),), dumps(described))
