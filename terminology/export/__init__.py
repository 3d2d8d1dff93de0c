"""What is stored, as files others can read: CodeSystem resources in JSON and XML, and FHIR packages.

`exporting.export` is the way in. `finding` says what belongs to a system, `codesystems` and `conceptmaps` write one
resource each through a `fhir.stream.Pen`, `packages` puts resources into an archive. Loading what was exported gives
what was stored; tables of releases that are no concepts (reference sets' members) are not in a CodeSystem.
"""
