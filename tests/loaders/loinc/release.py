"""A small release in LOINC's layout. Everything in it is invented, but for the names of files, columns and axes."""

from __future__ import annotations

from pathlib import Path

from tests.loaders.loading import write_csv

TERM_COLUMNS = (
    "LOINC_NUM", "COMPONENT", "PROPERTY", "TIME_ASPCT", "SYSTEM", "SCALE_TYP", "METHOD_TYP", "CLASS",
    "VersionLastChanged", "DefinitionDescription", "STATUS", "CLASSTYPE", "RELATEDNAMES2", "SHORTNAME",
    "EXTERNAL_COPYRIGHT_NOTICE", "LONG_COMMON_NAME", "COMMON_TEST_RANK", "AssociatedObservations", "DisplayName",
)  # fmt: skip
PATH = {
    "main": "LoincTable/Loinc.csv",
    "parts": "AccessoryFiles/PartFile/Part.csv",
    "links": "AccessoryFiles/PartFile/LoincPartLink_Primary.csv",
    "more_links": "AccessoryFiles/PartFile/LoincPartLink_Supplementary.csv",
    "part_maps": "AccessoryFiles/PartFile/PartRelatedCodeMapping.csv",
    "answers": "AccessoryFiles/AnswerFile/AnswerList.csv",
    "answer_links": "AccessoryFiles/AnswerFile/LoincAnswerListLink.csv",
    "hierarchy": "AccessoryFiles/ComponentHierarchyBySystem/ComponentHierarchyBySystem.csv",
    "consumer": "AccessoryFiles/ConsumerName/ConsumerName.csv",
    "german": "AccessoryFiles/LinguisticVariants/deDE15LinguisticVariant.csv",
    "groups": "AccessoryFiles/GroupFile/Group.csv",
    "parent_groups": "AccessoryFiles/GroupFile/ParentGroup.csv",
    "group_terms": "AccessoryFiles/GroupFile/GroupLoincTerms.csv",
    "map_to": "LoincTable/MapTo.csv",
    "devices": "AccessoryFiles/LoincIeeeMedicalDeviceCodeMappingTable/LoincIeeeMedicalDeviceCodeMappingTable.csv",
    "ontology": "AccessoryFiles/DocumentOntology/DocumentOntology.csv",
}


def term(code: str, component: str, **cells: str) -> tuple[str, ...]:
    """A row of the main table."""
    usual = {
        "LOINC_NUM": code, "COMPONENT": component, "PROPERTY": "MCnc", "TIME_ASPCT": "Pt", "SYSTEM": "Ink",
        "SCALE_TYP": "Qn", "CLASS": "CHEM", "VersionLastChanged": "2.70", "STATUS": "ACTIVE", "CLASSTYPE": "1",
        "LONG_COMMON_NAME": f"{component} in Ink", "SHORTNAME": f"{component} Ink",
    }  # fmt: skip
    return tuple((usual | cells).get(column, "") for column in TERM_COLUMNS)


TERMS = (
    term(
        "90001-9", "Zebrium", DefinitionDescription="Zebrium that is left.", RELATEDNAMES2="Zbr; Stripes",
        DisplayName="Zebrium (Ink)", COMMON_TEST_RANK="12", AssociatedObservations="90002-7; 90003-5",
    ),
    term("90002-7", "Zebrium", SYSTEM="Paper", STATUS="DEPRECATED", COMMON_TEST_RANK="0", VersionLastChanged="2.9"),
    term("90003-5", "Quaggium", STATUS="DISCOURAGED", EXTERNAL_COPYRIGHT_NOTICE="© Q"),
    term("90004-3", "Note", SCALE_TYP="Doc", CLASS="DOC.ONTOLOGY", CLASSTYPE="2", STATUS="TRIAL"),
    term("9000-5", "Mood", SCALE_TYP="Ord", CLASS="SURVEY", CLASSTYPE="4"),
)  # fmt: skip

PARTS = (
    ("LP90001-1", "COMPONENT", "Zebrium", "Zebrium metal", "ACTIVE"),
    ("LP90002-9", "COMPONENT", "Quaggium", "Quaggium", "DEPRECATED"),
    ("LP90003-7", "SYSTEM", "Ink", "Ink", "ACTIVE"),
    ("LP90004-5", "SCALE", "Qn", "Qn", "ACTIVE"),
    ("LP90005-2", "SCALE", "Doc", "Doc", "ACTIVE"),
    ("LP90006-0", "CLASS", "CHEM", "Chemistry", "ACTIVE"),
    ("LP90007-8", "Document.Kind", "Note", "Note", "ACTIVE"),
)

LINK_COLUMNS = (
    "LoincNumber", "LongCommonName", "PartNumber", "PartName", "PartCodeSystem", "PartTypeName", "LinkTypeName",
    "Property",
)  # fmt: skip
ANSWER_COLUMNS = (
    "AnswerListId", "AnswerListName", "AnswerListOID", "ExtDefinedYN", "AnswerStringId", "SequenceNumber",
    "DisplayText", "ExtCodeId", "ExtCodeDisplayName", "ExtCodeSystem", "ExtCodeSystemVersion", "Description", "Score",
)  # fmt: skip
OTHER = "http://example.org/other"


def link(code: str, part: str, name: str, type_: str, property_: str) -> tuple[str, ...]:
    """A row of a table of links to parts."""
    return code, "", part, name, "http://loinc.org", type_, "", f"http://loinc.org/property/{property_}"


def write_release(folder: Path, *, without: frozenset[str] = frozenset()) -> Path:
    """All tables but some; the folder of the release."""
    tables = {
        "main": (TERM_COLUMNS, *TERMS),
        "parts": (("PartNumber", "PartTypeName", "PartName", "PartDisplayName", "Status"), *PARTS),
        "links": (
            LINK_COLUMNS,
            link("90001-9", "LP90001-1", "Zebrium", "COMPONENT", "COMPONENT"),
            link("90001-9", "LP90003-7", "Ink", "SYSTEM", "SYSTEM"),
            link("90002-7", "LP90001-1", "Zebrium", "COMPONENT", "COMPONENT"),
        ),
        "more_links": (
            LINK_COLUMNS,
            link("90001-9", "LP90001-1", "Zebrium", "COMPONENT", "analyte-core"),
            link("90001-9", "LP90006-0", "CHEM", "CLASS", "category"),
            link("90004-3", "LP90007-8", "Note", "Document.Kind", "document-kind"),
            link("90099-0", "LP90007-8", "Note", "Document.Kind", "document-kind"),
            link("90004-3", "LP90098-7", "Nothing", "Document.Kind", "document-kind"),
        ),
        "part_maps": (
            ("PartNumber", "PartName", "PartTypeName", "ExtCodeId", "ExtCodeDisplayName", "ExtCodeSystem",
             "Equivalence", "ContentOrigin", "ExtCodeSystemVersion", "ExtCodeSystemCopyrightNotice"),
            ("LP90001-1", "Zebrium", "COMPONENT", "z", "Zebrium", OTHER, "equivalent", "", "1", ""),
            ("LP90002-9", "Quaggium", "COMPONENT", "q", "Quagga", OTHER, "wider", "", "1", ""),
            ("LP90003-7", "Ink", "SYSTEM", "123", "Ink", "http://snomed.info/sct", "narrower", "", "", ""),
        ),
        "answers": (
            ANSWER_COLUMNS,
            ("LL901-3", "Mood", "1.2.3", "N", "LA901-1", "1", "Sunny", "s", "Sun", OTHER, "", "Very well.", "2"),
            ("LL901-3", "Mood", "1.2.3", "N", "LA902-9", "2", "Gloomy", "", "", "", "", "", "0.5"),
            ("LL902-1", "Weather", "", "N", "LA901-1", "1", "Sunny day", "s", "Sun", OTHER, "", "", ""),
            ("LL903-9", "Countries", "", "Y", "", "", "", "", "", "", "", "", ""),
        ),
        "answer_links": (
            ("LoincNumber", "LongCommonName", "AnswerListId", "AnswerListName", "AnswerListLinkType",
             "ApplicableContext"),
            ("9000-5", "", "LL901-3", "Mood", "NORMATIVE", ""),
            ("9000-5", "", "LL999-0", "Gone", "EXAMPLE", ""),
        ),
        "hierarchy": (
            ("PATH_TO_ROOT", "SEQUENCE", "IMMEDIATE_PARENT", "CODE", "CODE_TEXT"),
            ("", "1", "", "LP90010-2", "{component}"),
            ("LP90010-2", "1", "LP90010-2", "LP90001-1", "Zebrium in the tree"),
            ("LP90010-2.LP90001-1", "1", "LP90001-1", "90001-9", "Zebrium Ink"),
            ("LP90010-2.LP90001-1", "2", "LP90001-1", "90002-7", "Zebrium Paper"),
            ("LP90010-2", "2", "LP90010-2", "90003-5", "Quaggium Ink"),
        ),
        "consumer": (("LoincNumber", "ConsumerName"), ("90001-9", "Stripe metal, ink")),
        "german": (
            ("LOINC_NUM", "COMPONENT", "PROPERTY", "TIME_ASPCT", "SYSTEM", "SCALE_TYP", "METHOD_TYP", "CLASS",
             "SHORTNAME", "LONG_COMMON_NAME", "RELATEDNAMES2", "LinguisticVariantDisplayName"),
            ("90001-9", "Zebrium", "", "", "Tinte", "", "", "", "Zebrium Ti", "Zebrium in Tinte", "Streifen", ""),
            ("90003-5", "Quaggium", "Masse", "", "Tinte", "", "", "", "", "", "", ""),
        ),
        "parent_groups": (("ParentGroupId", "ParentGroup", "Status"), ("LG90-1", "Metals", "Active")),
        "groups": (
            ("ParentGroupId", "GroupId", "Group", "Archetype", "Status", "VersionFirstReleased"),
            ("LG90-1", "LG91-9", "Zebrium|Any", "Any", "Active", "2.60"),
        ),
        "group_terms": (
            ("Category", "GroupId", "Archetype", "LoincNumber", "LongCommonName"),
            ("Mass", "LG91-9", "", "90001-9", ""),
            ("Mass", "LG91-9", "", "90002-7", ""),
        ),
        "map_to": (("LOINC", "MAP_TO", "COMMENT"), ("90002-7", "90001-9", "On paper too")),
        "devices": (
            ("LOINC_NUM", "LOINC_LONG_COMMON_NAME", "IEEE_CF_CODE10", "IEEE_REFID", "IEEE_DESCRIPTION"),
            ("90001-9", "Zebrium in Ink", "150000", "MDC_ZBR", ""),
        ),
        "ontology": (("LoincNumber", "PartNumber"), ("90004-3", "LP90007-8")),
    }  # fmt: skip
    for name, (columns, *rows) in tables.items():
        if name not in without:
            write_csv(folder / PATH[name], columns, *rows)
    return folder
