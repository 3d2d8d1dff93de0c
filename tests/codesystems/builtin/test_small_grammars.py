"""Media types, URIs, descriptions of variants."""

from __future__ import annotations

import pytest

from terminology.codesystems import hgvs, mimetypes, uris
from terminology.codesystems.registry import made
from terminology.model.valueset import Filter

MIME = made(mimetypes.URL)
URIS = made(uris.URL)
HGVS = made(hgvs.URL)


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("text/html", "text/html"),
        ("Text/HTML", "text/html"),
        ("application/fhir+json; fhirVersion=4.0", "application/fhir+json; fhirVersion=4.0"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", None),
        ('multipart/mixed;boundary="a;b \\" c"', None),
        ("x-world/x-3dmf", None),
    ],
)
def test_media_types(code, written):
    assert MIME.locate(code).concept.code == (written or code)
    assert MIME.explain(code) is None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("text", "type/subtype"),
        ("text/", "type/subtype"),
        ("text/html;", "type/subtype"),
        ("text/html; charset", "type/subtype"),
        ("te xt/html", "type/subtype"),
        ("txet/html", "'txet' is none of the top-level types"),
        ("text/" + "a" * 128, "type/subtype"),
    ],
)
def test_invalid_media_types_are_explained(code, reason):
    assert MIME.locate(code) is None
    assert reason in MIME.explain(code).text


def test_filters_on_media_types():
    located = MIME.locate("image/png")
    assert MIME.holds(located, Filter("type", "=", "image"))
    assert MIME.holds(located, Filter("code", "=", "IMAGE/PNG"))
    assert MIME.holds(located, Filter("parameter", "exists", "false"))


@pytest.mark.parametrize(
    "code",
    [
        "http://example.org/a?b=c#d", "mailto:a@example.org", "urn:oid:2.16.840.1", "http://[2001:db8::7]:80/x",
        "urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", "https://example.org/a%20b", "urn:iso:std:iso:3166:-2",
    ],
)  # fmt: skip
def test_uris(code):
    assert URIS.locate(code).concept.code == code
    assert URIS.explain(code) is None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("example.org", "not an absolute URI"),
        ("http://example.org/a b", "not an absolute URI"),
        ("http://example.org/%zz", "not an absolute URI"),
        ("urn:oid:2.16.0840", "no OID"),
        ("urn:oid:3", "no OID"),
        ("urn:uuid:53fefa32", "no UUID"),
        ("a:" + "b" * 4000, "not an absolute URI"),
    ],
)
def test_invalid_uris_are_explained(code, reason):
    assert URIS.locate(code) is None
    assert reason in URIS.explain(code).text


@pytest.mark.parametrize(
    "code",
    [
        "NM_004006.2:c.4375C>T", "NC_000023.11(NM_004006.2):c.93+1G>T", "NP_003997.1:p.(Trp24Cys)",
        "LRG_199t1:c.79_80delinsTT", "NC_000001.11:g.[123del;456A>G]", "ENST00000357033.8:c.*32G>A",
    ],
)  # fmt: skip
def test_hgvs_variants_are_valid_by_their_form_only(code):
    located = HGVS.locate(code)
    assert [note.message_id for note in located.notes] == ["HGVS_FORM_ONLY"]
    assert HGVS.explain(code) is None


@pytest.mark.parametrize("code", ["BRAF V600E", "NM_004006:c.1A>G", "NM_004006.2:q.1A>G", "c.1A>G", "NM_004006.2:c."])
def test_an_invalid_variant_is_explained_with_an_example(code):
    assert HGVS.locate(code) is None
    assert "NM_004006.2:c.4375C>T" in HGVS.explain(code).text


def test_variants_have_two_urls():
    assert made(hgvs.OLDER_URL).metadata.url == hgvs.OLDER_URL
    assert made(hgvs.OLDER_URL).key != HGVS.key
