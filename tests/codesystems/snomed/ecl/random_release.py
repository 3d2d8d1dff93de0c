"""Small releases of SNOMED CT's form at random: whatever a constraint can ask about occurs in them, and by chance."""

from __future__ import annotations

import random

from terminology.codesystems.snomed import ids
from tests.rf2 import DATE, EARLIER, Release

WORDS = (
    "red",
    "rot",
    "rötlich",
    "blue",
    "blau",
    "bluish grey",
    "Grey-green",
    "o'clock",
    "x2",
    "2.5 mg",
    "(odd)",
    "a*b",
)
MODULES = (ids.CORE_MODULE, ids.MODEL_MODULE)
ASSOCIATIONS = (ids.SAME_AS, ids.REPLACED_BY, ids.WAS_A, ids.POSSIBLY_EQUIVALENT_TO)
VALUES = ("#1", "#2", "#2.5", "#-3", '"red"', '"blue grey"', "true", "false")
CONCEPTS = 24


class RandomRelease(Release):
    """The release, and what strategies choose from."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._random = random.Random(seed)
        self._attributes()
        self._hierarchy()
        self._relationships()
        self._descriptions()
        self._members()

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _some(self, choices: list[str], most: int) -> list[str]:
        return self._random.sample(choices, self._random.randint(0, most))

    def _attributes(self) -> None:
        self.attributes = [self.concept(name, ids.ATTRIBUTES) for name in ("one", "two", "three")]
        self.attributes.append(self.concept("special two", self.attributes[1]))
        self.refsets = [self.concept(f"set {n}", "900000000000455006") for n in range(3)]

    def _hierarchy(self) -> None:
        """Each concept below one to three earlier ones; some are inactive and have neither parents nor children."""
        self.things: list[str] = []
        living: list[str] = []
        for number in range(CONCEPTS):
            active = number < 3 or not self._chance(0.15)
            parents = self._random.sample(living, min(len(living), self._random.randint(1, 3))) if active else []
            above = (parents or [ids.ROOT]) if active else []
            own = {
                "defined": self._chance(0.4), "active": active, "module": self._random.choice(MODULES),
                "time": self._random.choice((DATE, EARLIER)),
            }  # fmt: skip
            self.things.append(self.concept(self._term(), *above, **own))
            living += self.things[-1:] if active else []
        self.living = living

    def _relationships(self) -> None:
        """One concept in five has many."""
        for thing in self.living:
            groups, targets = (6, 8) if self._chance(0.2) else (3, 2)
            for group in range(self._random.randint(0, groups)):
                for attribute in self._some(self.attributes, 3):
                    for target in self._some(self.living, targets):
                        self.relate(thing, attribute, target, group)
                    for value in self._some(list(VALUES), 1) if self._chance(0.3) else ():
                        self.relate(thing, attribute, value, group)

    def _term(self) -> str:
        return " ".join(self._random.choices(WORDS, k=self._random.randint(1, 3)))

    def _descriptions(self) -> None:
        for thing in self.things:
            for _ in range(self._random.randint(0, 2)):
                dialects = {
                    refset: self._random.choice((ids.PREFERRED, ids.ACCEPTABLE))
                    for refset in self._some([ids.US_ENGLISH, ids.GB_ENGLISH], 2)
                }
                type_ = self._random.choice((ids.SYNONYM, ids.FULLY_SPECIFIED_NAME, ids.DEFINITION))
                self.description(
                    thing, self._term(), type_, dialects,
                    language=self._random.choice(("en", "de")), active=not self._chance(0.2),
                    module=self._random.choice(MODULES), time=self._random.choice((DATE, EARLIER)),
                )  # fmt: skip

    def _members(self) -> None:
        everything = [*self.things, *self.attributes]
        for thing in everything:
            simple, extended, attributed = self.refsets
            common = {
                "active": not self._chance(0.2), "module": self._random.choice(MODULES),
                "time": self._random.choice((DATE, EARLIER)),
            }  # fmt: skip
            if self._chance(0.3):
                self.member("Simple", simple, thing, **common)
            if self._chance(0.3):
                numbers = (str(self._random.randint(1, 2)), str(self._random.randint(0, 2)))
                target = self._random.choice(("A1", "A2", "B9", ""))
                own = (*numbers, "TRUE", self._term(), target, self._random.choice(self.things), self.things[0])
                self.member("ExtendedMap", extended, thing, *own, **common)
            if self._chance(0.3):
                self.member("AttributeValue", attributed, thing, self._random.choice(everything), **common)
            if thing not in self.living and self._chance(0.9):
                for association in self._some(list(ASSOCIATIONS), 2):
                    self.member("Association", association, thing, self._random.choice(self.things), **common)
