"""An R5 endpoint in front of the server's /r4: turns R5 requests into R4 and R4 answers into R5.

Shares no code with terminology.fhir.r4, so that a mistake there is not undone here. It takes what each release has from
the models of fhir.resources, and the rest from the conformance guide (ig/r4.md) and the two specifications:

- `elements`: the elements of a type, in R5 and in R4;
- `convert`: resources, by the rule that what R4 lacks travels in `…/5.0/StructureDefinition/extension-[path]`;
- `conceptmap`: ConceptMap, the one resource that was remodelled;
- `translate`: the parameters of `$translate`, the one operation whose parameters were renamed;
- `proxy`: HTTP.
"""
