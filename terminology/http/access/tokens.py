"""Access tokens of OAuth 2 (SMART Backend Services): JWTs that an authorization server signed for this server.

Checked with PyJWT (extra `oauth`): signature by a public key of the issuer, issuer, audience, expiry. Tokens without an
expiry time, or signed with a shared secret, are refused.
"""

from __future__ import annotations

from typing import Any, Self

from terminology.http.access.callers import Caller
from terminology.http.access.jwks import KeySet
from terminology.http.access.standing import Recognised
from terminology.model.outcome import TerminologyError
from terminology.settings import Settings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY_SECONDS = 30
"""Tolerated difference between clocks."""
REQUIRED = ("oauth_issuer", "oauth_audience", "oauth_jwks")


class Tokens:
    """Validates the tokens of one issuer."""

    def __init__(self, issuer: str, audience: str, jwks: str) -> None:
        """Raises TerminologyError unavailable when PyJWT is not installed."""
        try:
            import jwt  # noqa: PLC0415 - an extra
        except ImportError:
            raise TerminologyError.of("unavailable", "OAUTH_NOT_INSTALLED") from None
        self._jwt: Any = jwt
        self._issuer = issuer
        self._audience = audience
        self._keys = KeySet(jwks, self._parse)

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """From the settings; None without an issuer. Raises TerminologyError invalid when settings are missing."""
        given = [name for name in REQUIRED if getattr(settings, name)]
        if not given:
            return None
        if len(given) < len(REQUIRED):
            missing = ", ".join(name for name in REQUIRED if name not in given)
            raise TerminologyError.of("invalid", "OAUTH_SETTINGS_MISSING", missing=missing)
        return cls(settings.oauth_issuer, settings.oauth_audience, settings.oauth_jwks)

    def recognise(self, token: str) -> Recognised:
        """The caller of a token. Raises ValueError with what is wrong with it."""
        jwt = self._jwt
        try:
            key = self._keys.key(str(jwt.get_unverified_header(token).get("kid", "")))
            if key is None:
                raise ValueError("it is signed with a key that the issuer does not publish")
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise ValueError(str(error)) from None
        name = next((claims[c] for c in ("client_id", "azp", "sub") if claims.get(c)), self._issuer)
        caller = Caller(str(name), "token", _scopes(claims), subject=str(claims["sub"]) if "sub" in claims else None)
        return Recognised(caller, float(claims["exp"]) + LEEWAY_SECONDS)

    def _parse(self, data: bytes) -> dict[str, Any]:
        try:
            keys = self._jwt.PyJWKSet.from_json(data.decode()).keys
        except self._jwt.PyJWTError as error:
            raise ValueError(str(error)) from None
        return {str(key.key_id or ""): key for key in keys}


def _scopes(claims: dict[str, Any]) -> frozenset[str]:
    """`scope` is a space-separated text (RFC 8693); some servers write a list, or `scp`."""
    given = claims.get("scope", claims.get("scp", ""))
    words = given if isinstance(given, list) else str(given).split()
    return frozenset(str(word) for word in words)
