"""UCUM, the Unified Code for Units of Measure: `system` is the code system, the other modules know nothing of FHIR.

`essence` reads the tables of prefixes and units, `expression` is the tree of a code, `parser` makes it and says where
a code is wrong, `canonical` reduces it to base units, `wording` writes it for people.
"""
