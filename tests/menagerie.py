"""An invented release of SNOMED CT's form about ailments of animals: small enough to know by heart.

Concepts are asked for by their terms: `MENAGERIE["Paw"]`. In constraints and expressions `«Paw»` stands for the
concept with its term (`named`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from terminology.codesystems.snomed import ids
from tests.rf2 import ALL_CONTENT, DATE, EARLIER, METADATA, Release

OPTIONAL = "723598006"
"""The strength of rules that need not be kept."""

EXACT, BROAD = "447557004", "447558009"
PROPERLY_CLASSIFIED = "447637006"
READ_CODES = "900000000000497000"
"""The reference set of a simple map: that of CTV3 has a system of its own."""

SPANISH = "448879004"

GB_ONLY = {ids.GB_ENGLISH: ids.PREFERRED, ids.US_ENGLISH: ids.ACCEPTABLE}
US_ONLY = {ids.US_ENGLISH: ids.PREFERRED, ids.GB_ENGLISH: ids.ACCEPTABLE}
ACCEPTED = {ids.US_ENGLISH: ids.ACCEPTABLE, ids.GB_ENGLISH: ids.ACCEPTABLE}


class Menagerie(Release):
    """The release, and its concepts by their terms."""

    def __init__(self) -> None:
        super().__init__()
        self.by_term = {term: id_ for term, (id_, _) in METADATA.items()}
        self._sites()
        self._forms()
        self._attributes()
        self._ailments()
        self._retired()
        self._reference_sets()
        self._model()
        self.by_term = MappingProxyType(self.by_term)

    def __getitem__(self, term: str) -> str:
        return self.by_term[term]

    @property
    def terms(self) -> Mapping[str, str]:
        """Terms by id."""
        return {id_: term for term, id_ in self.by_term.items()} | {ids.ROOT: "Invented SNOMED CT"}

    @property
    def version(self) -> str:
        return f"http://snomed.info/sct/{ids.CORE_MODULE}/version/{DATE}"

    def named(self, text: str) -> str:
        """A text with concepts for what stands between guillemets."""
        return re.sub("«(.+?)»", lambda found: f"{self[found[1]]} |{found[1]}|", text)

    def _add(self, term: str, *parents: str, **more: object) -> str:
        above = [self[parent] for parent in parents] or [ids.ROOT]
        self.by_term[term] = self.concept(term, *above, **more)
        return self[term]

    def _sites(self) -> None:
        self._add("Body part")
        for term, parent in (
            ("Paw", "Body part"), ("Front paw", "Paw"), ("Hind paw", "Paw"), ("Ear", "Body part"),
            ("Inner ear", "Ear"), ("Tail", "Body part"),
        ):  # fmt: skip
            self._add(term, parent)
        self._add("Side")
        self._add("Left", "Side")
        self._add("Right", "Side")

    def _forms(self) -> None:
        self._add("Form")
        self._add("Scratch", "Form")
        self._add("Swelling", "Form")
        self._add("Abscess", "Swelling")
        self._add("Ointment")
        self._add("Mint ointment", "Ointment")
        self._add("Honey ointment", "Ointment")

    def _attributes(self) -> None:
        for term in ("site", "form", "side", "cause", "dose", "flavour", "edible"):
            self._add(term, "Concept model attribute")
        self._add("exact site", "site")

    def _ailments(self) -> None:
        relations = {
            "Ailment": ((), []),
            "Ailment of ear": (("Ailment",), [("site", "Ear", 1)]),
            "Scratched paw": (("Ailment",), [("site", "Paw", 1), ("form", "Scratch", 1)]),
            "Scratched hind paw": (("Scratched paw",), [("site", "Hind paw", 1), ("form", "Scratch", 1)]),
            "Swollen ear": (("Ailment of ear",), [("site", "Ear", 1), ("form", "Swelling", 1)]),
            "Abscess of inner ear": (("Swollen ear",), [("site", "Inner ear", 1), ("form", "Abscess", 1)]),
            "Swollen ear and scratched tail": (
                ("Swollen ear",),
                [("site", "Ear", 1), ("form", "Swelling", 1), ("exact site", "Tail", 2), ("form", "Scratch", 2)],
            ),
            "Scratched by another": (("Ailment",), [("form", "Scratch", 1), ("cause", "Scratched paw", 0)]),
        }
        for term, (parents, attributes) in relations.items():
            defined = term in {"Ailment of ear", "Scratched paw", "Swollen ear", "Abscess of inner ear"}
            self._add(term, *parents, defined=defined, time=EARLIER if parents == ("Ailment",) else None)
            for attribute, value, group in attributes:
                self.relate(self[term], self[attribute], self[value], group)
        for ointment, dose, flavour, edible in (
            ("Mint ointment", "#5", '"Mint"', "false"), ("Honey ointment", "#2.5", '"Wild honey"', "true"),
        ):  # fmt: skip
            for attribute, value in (("dose", dose), ("flavour", flavour), ("edible", edible)):
                self.relate(self[ointment], self[attribute], value, 1)
        self.description(self["Paw"], "Foot of an animal", dialects=ACCEPTED)
        self.description(self["Tail"], "Behind", dialects=ACCEPTED, active=False)
        self.description(self["Swelling"], "Tumour-like swelling", dialects=GB_ONLY)
        self.description(self["Swelling"], "Tumor-like swelling", dialects=US_ONLY)
        self.description(self["Ear"], "Oído", dialects={SPANISH: ids.PREFERRED}, language="es")
        self.description(self["Abscess"], "A swelling that holds what it should not.", ids.DEFINITION)

    def _retired(self) -> None:
        for term, refset, target in (
            ("Scuffed paw", ids.SAME_AS, "Scratched paw"),
            ("Fat ear", ids.REPLACED_BY, "Swollen ear"),
            ("Grazed paw", ids.WAS_A, "Scratched paw"),
            ("Odd ear", ids.POSSIBLY_EQUIVALENT_TO, "Ailment of ear"),
        ):
            self._add(term, active=False)
            self.rows["Relationship"].pop()  # an inactive concept has no parents
            self.member("Association", refset, self[term], self[target])
        self.member("Association", ids.POSSIBLY_EQUIVALENT_TO, self["Odd ear"], self["Swollen ear"])
        self.member("Association", ids.SAME_AS, self["Odd ear"], self["Ailment"], active=False)

    def _reference_sets(self) -> None:
        for term in ("Cute ailments", "Map to letters", "Map from numbers", "Rarity"):
            self._add(term, "Reference set")
        for term in ("Scratched paw", "Swollen ear", "Fat ear"):
            self.member("Simple", self["Cute ailments"], self[term])
        self.member("Simple", self["Cute ailments"], self["Ailment of ear"], active=False)
        for term, group, priority, target, correlation in (
            ("Scratched paw", "1", "1", "S1", EXACT), ("Swollen ear", "1", "2", "E9", BROAD),
            ("Swollen ear", "1", "1", "E1", EXACT), ("Swollen ear", "2", "1", "Z1", BROAD),
            ("Ailment of ear", "1", "1", "", BROAD),
        ):  # fmt: skip
            own = (group, priority, "TRUE", f"ALWAYS {target}", target, correlation, PROPERLY_CLASSIFIED)
            self.member("ExtendedMap", self["Map to letters"], self[term], *own)
        self.member("ExtendedMap", self["Map to letters"], self["Scratched paw"], *own, active=False)
        self.member("SimpleMapFrom", self["Map from numbers"], self["Paw"], "17")
        self.member("SimpleMap", READ_CODES, self["Paw"], "X17")
        self.member("AttributeValue", self["Rarity"], self["Swollen ear"], self["Left"], time=EARLIER)
        self.member("AttributeValue", self["Rarity"], self["Scratched paw"], self["Right"])
        self.member("OWLExpression", "733073007", self["Ailment of ear"], "EquivalentClasses(:1 :2)")
        self._add("Zoo numbers")
        self.identifier(self["Zoo numbers"], "EAR-1", self["Ear"])
        self.identifier(self["Zoo numbers"], "TAIL-1", self["Tail"], active=False)

    def _model(self) -> None:
        """Site and form refine ailments, in groups; side refines body parts, ungrouped; doses refine ointments."""
        for attribute, domain, grouped, most, in_group in (
            ("site", "Ailment", "1", "0..*", "0..1"), ("exact site", "Ailment", "1", "0..*", "0..1"),
            ("form", "Ailment", "1", "0..*", "0..1"), ("side", "Body part", "0", "0..1", "0..0"),
            ("dose", "Ointment", "1", "0..*", "0..1"), ("flavour", "Ointment", "1", "0..*", "0..*"),
            ("edible", "Ointment", "0", "0..1", "0..0"),
        ):  # fmt: skip
            own = (self[domain], grouped, most, in_group, ids.MRCM_MANDATORY, ALL_CONTENT)
            self.member("MRCMAttributeDomain", ids.MRCM_ATTRIBUTE_DOMAINS, self[attribute], *own)
        for attribute, allowed in (
            ("site", "<< «Body part»"), ("form", "< «Form»"), ("side", "«Left» OR «Right»"), ("dose", "dec(>#0..#100)"),
            ("flavour", 'str("Mint" "Wild honey")'),
        ):  # fmt: skip
            own = (self.named(allowed), "", ids.MRCM_MANDATORY, ALL_CONTENT)
            self.member("MRCMAttributeRange", ids.MRCM_ATTRIBUTE_RANGES, self[attribute], *own)
        unkept = (self.named("< «Paw»"), "", OPTIONAL, ALL_CONTENT)
        self.member("MRCMAttributeRange", ids.MRCM_ATTRIBUTE_RANGES, self["cause"], *unkept)


MENAGERIE = Menagerie()
