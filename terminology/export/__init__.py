"""Exports stored content in standard formats: CodeSystem resources in JSON and XML, and FHIR packages.

`exporting.export` is the entry point. `finding` selects what belongs to a system, `codesystems` and `conceptmaps` each
write one resource through a `fhir.stream.Pen`, `packages` puts resources into an archive. Loading an export gives the
stored content again, except for tables of a release that are not concepts (members of reference sets), which a
CodeSystem cannot contain.
"""
