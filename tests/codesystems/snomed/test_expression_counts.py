"""How often attributes are stated in expressions: both ends of both cardinalities of the concept model."""

from __future__ import annotations

import pytest

from terminology import ingest
from terminology.codesystems.snomed import ids
from terminology.library import Terminology
from tests.rf2 import ALL_CONTENT, Release

RULES = (
    # attribute, domain, grouped, altogether, in a group
    ("lid", "pot", "1", "1..1", "0..1"),
    ("when", "story", "1", "1..*", "1..1"),
    ("what", "true story", "1", "1..*", "1..1"),
    ("who", "true story", "1", "0..*", "0..2"),
    ("twins", "story", "1", "0..*", "2..3"),
    ("title", "story", "0", "0..2", "0..0"),
    ("title", "true story", "0", "0..1", "0..0"),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Terminology, dict[str, str]]:
    """Pots need a lid; groups of stories a time, those of true ones what happened, too."""
    folder, release = tmp_path_factory.mktemp("counts"), Release()
    names = {"spout", *(rule[0] for rule in RULES)}
    found = {name: release.concept(name, ids.ATTRIBUTES) for name in sorted(names)}
    found["own_lid"] = release.concept("own lid", found["lid"])
    found |= {name: release.concept(name, ids.ROOT) for name in ("pot", "tin", "story")}
    found["true story"] = release.concept("true story", found["story"])
    found["tin_pot"] = release.concept("tin pot", found["pot"])
    release.relate(found["tin_pot"], found["lid"], found["tin"])
    found["fable"] = release.concept("fable", found["true story"])
    for attribute, value in (("when", "tin"), ("what", "tin"), ("twins", "tin"), ("twins", "pot")):
        release.relate(found["fable"], found[attribute], found[value], 1)
    found["odd"] = release.concept("odd", found["story"])
    release.relate(found["odd"], found["who"], found["tin"], 1)
    for attribute, domain, *rest in RULES:
        own = (found[domain], *rest, ids.MRCM_MANDATORY, ALL_CONTENT)
        release.member("MRCMAttributeDomain", ids.MRCM_ATTRIBUTE_DOMAINS, found[attribute], *own)
    terminology = Terminology(folder / "counts.db")
    ingest.load(terminology.store, [release.write(folder)])
    return terminology, {name.replace(" ", "_"): id_ for name, id_ in found.items()}


TWINS = "{twins}={tin},{twins}={pot}"
WHOLE = f"{{when}}={{tin}},{TWINS}"
TRUE = f"{WHOLE},{{what}}={{tin}}"


@pytest.mark.parametrize(
    "expression",
    [
        "{pot}:{lid}={tin}",
        "{pot}:{{{lid}={tin}}}",
        "{pot}:{own_lid}={tin}",
        "{tin_pot}:{spout}={tin}",  # its definition brings the lid
        "{pot}+{tin_pot}",
        "{tin}:{spout}={tin}",  # nothing is asked of tins
        f"{{story}}:{{{{{WHOLE}}}}}",
        f"{{story}}:{{{{{WHOLE}}}}},{{{{{WHOLE},{{twins}}={{story}}}}}}",
        f"{{true_story}}:{{{{{TRUE}}}}}",
        "{fable}:{title}={tin}",  # its definition brings all that must be there
        "{fable}:{{{what}={tin}}}",  # merges into the group of its definition
        f"{{story}}:{{{{{WHOLE}}}}},{{{{{{spout}}={{tin}}}}}}",  # nothing is said about spouts
        f"{{odd}}:{{{{{WHOLE}}}}}",  # what the release itself got wrong is not judged
        f"{{story}}:{{title}}={{tin}},{{title}}={{pot}},{{{{{WHOLE}}}}}",
    ],
)
def test_attributes_within_their_cardinality_are_valid(
    made: tuple[Terminology, dict[str, str]], expression: str
) -> None:
    terminology, ids_ = made
    result = terminology.validate_code(ids.SYSTEM, expression.format_map(ids_))
    assert result.result, result.issues[-1].text


@pytest.mark.parametrize(
    ("expression", "at", "why"),
    [
        ("{pot}:{spout}={tin}", "{pot}", "What is below {pot} has attribute {lid} at least once, here not at all"),
        ("{tin}:{spout}=({pot}:{spout}={tin})", "({pot}", "What is below {pot} has attribute {lid} at least once"),
        (
            f"{{story}}:{{{{{{twins}}={{story}},{TWINS}}}}},{{{{{WHOLE}}}}}", "{twins}={story}",
            "A group of what is below {story} has attribute {when} at least once, here not at all",
        ),
        (
            f"{{true_story}}:{{{{{TRUE}}}}},{{{{{{when}}={{pot}},{TWINS}}}}}", "{when}={pot}",
            "A group of what is below {true_story} has attribute {what} at least once, here not at all",
        ),
        (
            f"{{true_story}}:{{{{{TRUE}}}}},{{{{{{who}}={{tin}}}}}}", "{who}",
            "A group of what is below {story} has attribute {when} at least once, here not at all",
        ),
        (
            "{story}:{{{when}={tin},{twins}={tin}}}", "{when}",
            "A group of what is below {story} has attribute {twins} at least 2 times, here once",
        ),
        (
            f"{{story}}:{{{{{WHOLE},{{twins}}={{story}},{{twins}}={{fable}}}}}}", "{twins}={fable}",
            "Attribute {twins} is stated more often than 3 times in a group",
        ),
        (
            f"{{true_story}}:{{title}}={{tin}},{{title}}={{pot}},{{{{{TRUE}}}}}", "{title}={pot}",
            "Attribute {title} is stated more often than once in an expression",
        ),
    ],
)  # fmt: skip
def test_attributes_outside_their_cardinality_are_explained(
    made: tuple[Terminology, dict[str, str]], expression: str, at: str, why: str
) -> None:
    terminology, ids_ = made
    text = expression.format_map(ids_)
    terms = {name: f"{id_} |{name.replace('_', ' ')}|" for name, id_ in ids_.items()}
    result = terminology.validate_code(ids.SYSTEM, text)
    assert not result.result
    reason = result.issues[-1].text
    assert reason.startswith(f"Not a valid expression: {why.format_map(terms)}")
    place = text.index(at.format_map(ids_)) + at.startswith("(")
    assert result.issues[-1].arguments["column"] == str(place + 1)
