"""An endpoint that speaks R5 in JSON before one that speaks R4, or XML: turns requests and answers into each other.

Shares no code with terminology.fhir.r4 and terminology.fhir.xml, so that a mistake there is not undone here. It takes
what each release has from the models of fhir.resources, and the rest from the conformance guide (ig/r4.md) and the two
specifications:

- `elements`: the elements of a type, in R5 and in R4;
- `convert`: resources, by the rule that what R4 lacks travels in `…/5.0/StructureDefinition/extension-[path]`;
- `conceptmap`: ConceptMap, the one resource that was remodelled;
- `translate`: the parameters of `$translate`, the one operation whose parameters were renamed;
- `xml`: resources as XML;
- `server`: HTTP.
"""
