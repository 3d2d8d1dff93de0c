"""Applications with access control, and the keys and tokens that callers of them have."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask.testing import FlaskClient

from terminology.http.access import keys
from terminology.http.app import create_app
from terminology.store.opening import open_store
from tests.http.content import BIOPSIES

ISSUER = "https://login.example.org"
AUDIENCE = "https://tx.example.org"
KEY = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)


def client(url: str, **settings: Any) -> FlaskClient:
    return create_app(database=url, **{"audit_log": "", **settings}).test_client()


def key(url: str, *scopes: str, name: str = "ward", seconds: float | None = None) -> str:
    return keys.create(open_store(url), name, scopes, now=time.time(), seconds=seconds)[0]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def write(client: FlaskClient, headers: dict[str, str], title: str = "x") -> Any:
    return client.put("/r5/ValueSet/biopsies", json={**BIOPSIES, "title": title}, headers=headers)


def read(client: FlaskClient, headers: dict[str, str] | None = None) -> int:
    return client.get("/r5/ValueSet/biopsies", headers=headers or {}).status_code


def published(path: Path, **by_id: rsa.RSAPrivateKey) -> Path:
    written = [
        {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": id_, "alg": "RS384"}
        for id_, key in by_id.items()
    ]
    path.write_text(json.dumps({"keys": written}))
    return path


def oauth(jwks: Path | str) -> dict[str, str]:
    return {"oauth_issuer": ISSUER, "oauth_audience": AUDIENCE, "oauth_jwks": str(jwks)}


def token(key: Any = KEY, kid: str = "first", algorithm: str = "RS384", without: str = "", **claims: Any) -> str:
    whole = {
        "iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 300, "sub": "ehr", "scope": "system/ValueSet.cruds",
        **claims,
    }  # fmt: skip
    whole.pop(without, None)
    return jwt.encode(whole, key, algorithm=algorithm, headers={"kid": kid})
