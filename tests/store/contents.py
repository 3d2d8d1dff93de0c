"""A store with something in every table, and all that can be seen of it."""

from __future__ import annotations

from pyroaring import BitMap

from terminology.store.entries import DocumentEntry, KeyEntry, MappingRow, NewResource
from terminology.store.queries import ResourceQuery
from tests.store.ticking import HOUR, MEGABYTE, entry, header, publish, put_part, value_set


def fill(store, url: str = "http://example.org/cs") -> None:
    """Put something into every table."""
    id_ = url.rpartition("/")[2]
    publish(store, [f"Code {n}" for n in range(1200)], url, "1", id_, words=["knee", "größe"])
    writer = store.new_version()
    writer.write_concepts([(0, "x", "X", b"\x00\xff")])
    writer.write_blob("kind", "key", b"\x00\x01\x02")
    writer.write_bitmaps("kind", [("", BitMap([1, 2**31]))])
    with store.publication() as publication:
        publication.publish_version(
            writer, entry(url, "2", size=1, case_sensitive=False), header(url, "2", f"{id_}-2", b'{"\xc3\xa4": 1}')
        )
        key = publication.put_resource(NewResource(type="ConceptMap", id=f"{id_}-m", url=f"{url}-m", version=None)).key
        publication.put_mappings(
            key,
            [
                MappingRow(
                    map_key=key, group=0, source_system="http://s", source_code="a", target_system=None,
                    target_code=None, document=b"1",
                )
            ],
        )  # fmt: skip
        names = publication.put_resource(NewResource(type="NamingSystem", id=f"{id_}-n", url=None, version=None)).key
        publication.put_aliases(names, [("urn:oid:1", url)])
        publication.put_resource(value_set(f"{id_}-vs", f"{url}-vs", body=b"first"))
        publication.put_document(
            DocumentEntry(
                id=f"{id_}-d", path="a.html", index=0, digest="d", loader="html", state="loaded", reason=None,
                system=url, version=None, code="1", title="T", media_type="text/html", loaded_at="2026-01-01T00:00:00Z",
            ),
            b"raw",
        )  # fmt: skip
    with store.publication() as publication:
        publication.put_resource(value_set(f"{id_}-vs", f"{url}-vs", body=b"second"))
    put_part(store, [b"one", b"two"], url=url)
    store.keep_in_client_cache(id_, [("1", b"one")], 24 * HOUR, MEGABYTE)
    store.put_api_key(KeyEntry(id=id_, name="n", digest="d", scopes="s", created=1.5, expires=None, revoked=None))
    store.jobs.add("kind", b"{}")


def everything(store) -> tuple[object, ...]:
    """What the store shows, the generation first."""
    versions = store.versions()
    readers = [store.version(version.key) for version in versions]
    maps = store.resources(ResourceQuery(type="ConceptMap"))[1]
    return (
        store.generation(),
        versions,
        [list(reader.scan()) for reader in readers],
        [(reader.bitmap("kind", ""), reader.blob("kind", "key"), reader.bitmap_keys("token")) for reader in readers],
        [(part, list(store.part_blocks(part.key))) for part in store.parts()],
        [store.resources(ResourceQuery(type=type_)) for type_ in ("CodeSystem", "ValueSet", "NamingSystem")],
        [(found, list(store.map_mappings(found.key))) for found in maps],
        [store.history("ValueSet", found.id) for found in store.resources(ResourceQuery(type="ValueSet"))[1]],
        store.aliases(),
        [(found, store.document(found.id)) for found in store.documents()],
        store.api_keys(),
        store.jobs.all(),
        store.client_cache_bodies(["1"]),
    )
