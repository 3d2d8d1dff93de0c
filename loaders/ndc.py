"""The FDA's National Drug Code directory: `product.txt` and `package.txt`, tab separated, as the FDA ships them.

Products and packages are codes, each package below its product. Codes are stored as the FDA writes them, with hyphens
(10 digits); the form with 11 digits is a property, and `codesystems.ndc` understands it. Columns keep the FDA's names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from loaders.columns import headings, named
from loaders.digests import digest_of
from loaders.fhir_records import batches
from loaders.problems import place_of, refuse_unreadable
from terminology.model.codesystem import CodeSystemMetadata, PropertyDefinition
from terminology.model.concept import Concept, Property
from terminology.model.loading import Claim, SourceFile, SourceTree
from terminology.model.outcome import Issue, TerminologyError
from terminology.model.records import LoadOptions, Note, PartBegin, Record, SkippedRecord, Source

NAME = "ndc"
NDC = "http://hl7.org/fhir/sid/ndc"
PRODUCTS, PACKAGES = "product.txt", "package.txt"
PRODUCT, PACKAGE = "PRODUCTNDC", "NDCPACKAGECODE"
CODE = re.compile(r"\d{4,5}-\d{3,4}(?:-[\dA-Z]{1,2})?")
DATED = re.compile(r"(20\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])")
TOLD = 20
"""Codes given twice that are told one by one."""

SEPARATORS: Mapping[str, str] = MappingProxyType(
    {
        "ROUTENAME": ";", "SUBSTANCENAME": ";", "ACTIVE_NUMERATOR_STRENGTH": ";", "ACTIVE_INGRED_UNIT": ";",
        "PHARM_CLASSES": r"(?<=\]),",
    }
)  # fmt: skip
"""Columns with several values, and the pattern between them."""

OUT_OF_USE = frozenset({"E", "I"})
"""Values of NDC_EXCLUDE_FLAG: the certification of the listing expired; the FDA inactivated it."""

INACTIVE = Property("inactive", "boolean", value=True)
OWN = (
    PropertyDefinition("kind", "code", f"{NDC}#kind", "product or package."),
    PropertyDefinition("product", "code", f"{NDC}#product", "The product that a package contains."),
    PropertyDefinition("ndc11", "string", f"{NDC}#ndc11", "The code with 11 digits and no hyphens, as in claims."),
    PropertyDefinition("inactive", "boolean", "http://hl7.org/fhir/concept-properties#inactive", "Off the market."),
)

Row = dict[str, str]


class NdcLoader:
    """A `terminology.model.loading.Loader`."""

    name = NAME

    def recognise(self, tree: SourceTree) -> list[Claim]:
        """A claim for each folder that holds a directory."""
        return [Claim(NAME, tuple(f.path for f in files), "NDC directory") for files in _folders(tree)]

    def read(self, tree: SourceTree, claim: Claim, options: LoadOptions) -> Iterator[Record]:
        """The code system. Raises TerminologyError that names file and line."""
        folder = claim.paths[0].rpartition("/")[0]
        refuse_unreadable(tree, f"{folder}/", lambda name: name.lower() in {PRODUCTS, PACKAGES})
        yield from _read({path.rpartition("/")[2].lower(): tree.file(path) for path in claim.paths}, options)


def _folders(tree: SourceTree) -> list[list[SourceFile]]:
    folders: dict[str, list[SourceFile]] = {}
    for file in tree.files():
        if file.name.lower() in {PRODUCTS, PACKAGES} and file.head(200).upper().startswith(b"PRODUCTID\tPRODUCTNDC"):
            folders.setdefault(file.path.rpartition("/")[0], []).append(file)
    return list(folders.values())


def _read(files: Mapping[str, SourceFile], options: LoadOptions) -> Iterator[Record]:
    for name in (PRODUCTS, PACKAGES):
        if name not in files:
            root = next(iter(files.values())).path.rpartition("/")[0]
            raise TerminologyError.of(
                "invalid", "RELEASE_FILE_MISSING", root=root, found=", ".join(files), missing=name
            )  # fmt: skip
    products, packages = files[PRODUCTS], files[PACKAGES]
    version = options.version or _version(products)
    digest = digest_of([products, packages])
    source = Source(name=f"{NAME}|{version}", path=products.path, digest=digest, loader=NAME)
    columns = dict.fromkeys(name.upper() for file in (products, packages) for name in headings(file))
    yield PartBegin(source=source, metadata=_metadata(version, list(columns)))
    reading = _Reading(source, version)
    known = {row[PRODUCT]: row for row in reading.rows(products, PRODUCT)}
    concepts = [reading.product(row) for row in known.values()]
    concepts += [reading.package(row, known.get(row[PRODUCT])) for row in reading.rows(packages, PACKAGE)]
    for file, found in ((products, known), (packages, concepts[len(known) :])):
        if not found:
            raise TerminologyError.of("invalid", "RELEASE_ROWS_MISSING", path=file.path)
    yield from batches(sorted(concepts, key=lambda concept: concept.code))
    yield from reading.twice
    count = {"products": f"{len(known):,}", "packages": f"{len(concepts) - len(known):,}"}
    yield Note(source, Issue("information", "informational", "NDC_LOADED", {"version": version, **count}))


class _Reading:
    """Reads one directory. `twice` reports rows whose code was already there, at most TOLD of them."""

    def __init__(self, source: Source, version: str) -> None:
        self._source = source
        self._today = version if DATED.fullmatch(version) else ""
        self.twice: list[Record] = []

    def rows(self, file: SourceFile, code: str) -> Iterator[Row]:
        """The rows of a table by column, of equal codes the first. Raises TerminologyError for a malformed code."""
        names = [name.upper() for name in headings(file)]
        lines: dict[str, int] = {}
        for number, cells in named(file, names):
            row = dict(zip(names, cells, strict=True))
            place = place_of(file.path, number)
            for value in (row[code], row[PRODUCT]):
                if not CODE.fullmatch(value):
                    raise TerminologyError.of(
                        "invalid", "RELEASE_CODE_MALFORMED", place=place, code=value, system="NDC"
                    )  # fmt: skip
            if row[code] in lines:
                self._told(place, row[code], lines[row[code]])
                continue
            lines[row[code]] = number
            yield row

    def _told(self, place: str, code: str, first: int) -> None:
        if len(self.twice) < TOLD:
            arguments = {"place": place, "code": code, "first": str(first)}
            issue = Issue("warning", "duplicate", "NDC_CODE_TWICE", arguments)
            self.twice.append(SkippedRecord(self._source, place, issue))

    def product(self, row: Row) -> Concept:
        """The concept of a product; its display is its trade name and form."""
        form = f", {row['DOSAGEFORMNAME']}" if row.get("DOSAGEFORMNAME") else ""
        properties = [Property("kind", "code", "product"), *self._properties(row)]
        if self._is_off_market(row):
            properties.append(INACTIVE)
        return Concept(row[PRODUCT], f"{_name(row)}{form} (product)", properties=tuple(properties))

    def package(self, row: Row, product: Row | None) -> Concept:
        """The concept of a package; its display is its product's trade name and what is in it."""
        name = f"{_name(product)}, " if product else ""
        properties = [
            Property("kind", "code", "package"),
            Property("product", "code", row[PRODUCT]),
            *self._properties(row),
        ]
        if (digits := eleven_digits(row[PACKAGE])) is not None:
            properties.append(Property("ndc11", "string", digits))
        if self._is_off_market(row) or (product is not None and self._is_off_market(product)):
            properties.append(INACTIVE)
        return Concept(
            row[PACKAGE],
            f"{name}{row.get('PACKAGEDESCRIPTION', '')} (package)",
            properties=tuple(properties),
            parents=(row[PRODUCT],) if product else (),
        )

    def _properties(self, row: Row) -> Iterator[Property]:
        for column, text in row.items():
            if not text or column in {PRODUCT, PACKAGE}:
                continue
            if column.endswith("DATE"):
                yield Property(column, "dateTime", _date(text))
            elif column in SEPARATORS:
                values = (value.strip() for value in re.split(SEPARATORS[column], text))
                yield from (Property(column, "string", value) for value in dict.fromkeys(values) if value)
            else:
                yield Property(column, "string", text)

    def _is_off_market(self, row: Row) -> bool:
        """Whether the directory says so, or marketing ended before its date."""
        ends = _date(row.get("ENDMARKETINGDATE", ""))
        return row.get("NDC_EXCLUDE_FLAG") in OUT_OF_USE or bool(ends and ends < self._today)


def _name(row: Row) -> str:
    """The trade name, else the generic one."""
    trade = f"{row.get('PROPRIETARYNAME', '')} {row.get('PROPRIETARYNAMESUFFIX', '')}".strip()
    return trade or row.get("NONPROPRIETARYNAME", "") or row[PRODUCT]


def eleven_digits(code: str) -> str | None:
    """A package's code as 5, 4 and 2 digits without hyphens; None if it does not have three groups of digits."""
    groups: Sequence[str] = code.split("-")
    if len(groups) != 3 or not all(group.isdecimal() for group in groups):
        return None
    return "".join(group.zfill(width) for group, width in zip(groups, (5, 4, 2), strict=True))


def _date(text: str) -> str:
    """`20240328` as ISO date; anything else as it is."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if re.fullmatch(r"\d{8}", text) else text


def _version(products: SourceFile) -> str:
    """The date that a folder or archive is named by: the FDA's files state none."""
    found = DATED.findall(products.path)
    if not found:
        root = products.path.rpartition("/")[0]
        raise TerminologyError.of("invalid", "RELEASE_VERSION_UNKNOWN", root=root)
    return "-".join(found[-1])


def _metadata(version: str, columns: Sequence[str]) -> CodeSystemMetadata:
    kinds = {column: "dateTime" if column.endswith("DATE") else "string" for column in columns}
    shipped = [PropertyDefinition(c, kind, f"{NDC}#{c}") for c, kind in kinds.items() if c not in {PRODUCT, PACKAGE}]
    return CodeSystemMetadata(
        url=NDC,
        version=version,
        name="NDC",
        title="National Drug Code Directory",
        publisher="U.S. Food and Drug Administration",
        description="Drug products and packages listed with the FDA, by labeler, product and package.",
        identifiers=("urn:oid:2.16.840.1.113883.6.69",),
        case_sensitive=True,
        hierarchy_meaning="part-of",
        value_set=f"{NDC}/vs",
        content="complete",
        properties=(*OWN, *shipped),
        effective_start=version if DATED.fullmatch(version) else None,
    )


LOADER = NdcLoader()
