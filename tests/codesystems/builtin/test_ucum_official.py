"""The official functional tests of UCUM (`ucum-functional-tests.xml`, of 18 June 2014), and its list of example codes.

The tests are under the Eclipse Public License and not in this project; npm's package `ucum` carries them unchanged. The
examples are Regenstrief's and come with ucumvert, as the tables do.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import tarfile
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from terminology.codesystems.ucum import essence as tables
from terminology.codesystems.ucum.canonical import ARITHMETIC, Canonicals
from terminology.codesystems.ucum.parser import UcumError, parse
from terminology.codesystems.ucum.wording import structure

PACKAGE, MEMBER = "ucum@0.0.7", "package/vendor/ucum-functional-tests.xml"
ESSENCE = tables.read(tables.installed())
CANONICALS = Canonicals(ESSENCE)


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> ET.Element:
    folder = tmp_path_factory.mktemp("ucum")
    if (npm := shutil.which("npm")) is None:
        pytest.skip("needs npm, whose package ucum has the official tests")
    command = [npm, "pack", "--silent", PACKAGE, "--pack-destination", str(folder)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    if finished.returncode and "CI" not in os.environ:
        pytest.skip(f"npm does not give {PACKAGE}: {finished.stderr.strip()[-300:]}")
    assert finished.returncode == 0, finished.stderr
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as members:
        return ET.fromstring(members.extractfile(MEMBER).read())


def problem(code: str) -> str | None:
    try:
        parse(code, ESSENCE)
    except UcumError as error:
        return str(error)
    return None


def canonical(code: str):
    return CANONICALS.of(parse(code, ESSENCE))


def as_precise_as(stated: str, value: Decimal) -> Decimal:
    """A value with as many digits as an outcome is stated with."""
    digits = len(Decimal(stated).as_tuple().digits)
    return ARITHMETIC.create_decimal(f"{value:.{max(digits - 1, 0)}e}")


def test_validation(cases):
    found = [(c.get("unit"), c.get("valid") == "true") for c in cases.find("validation")]
    assert len(found) == 524
    assert [unit for unit, valid in found if (problem(unit) is None) != valid] == []


def test_display_names(cases):
    """Names are written as the tables of 2.2 have them: `newton`, where the tests have the `Newton` of older ones."""
    found = [(c.get("unit"), c.get("display")) for c in cases.find("displayNameGeneration") if c.get("unit")]
    assert len(found) == 7
    for unit, display in found:
        assert structure(parse(unit, ESSENCE)).casefold() == display.casefold(), unit


def test_conversions(cases):
    found = list(cases.find("conversion"))
    assert len(found) == 30
    for case in found:
        source, target = canonical(case.get("srcUnit")), canonical(case.get("dstUnit"))
        assert source.dimensions == target.dimensions, case.attrib
        result = Decimal(case.get("value")) * source.factor / target.factor
        outcome = case.get("outcome")
        assert as_precise_as(outcome, result) == pytest.approx(Decimal(outcome), rel=Decimal("1e-5")), case.attrib


def test_multiplication(cases):
    for case in cases.find("multiplication"):
        found = canonical(f"({case.get('u1')}).({case.get('u2')})")
        expected = canonical(case.get("uRes"))
        value = Decimal(case.get("v1")) * Decimal(case.get("v2")) * found.factor
        assert (found.dimensions, value) == (expected.dimensions, Decimal(case.get("vRes")) * expected.factor)


def test_examples():
    path = tables.installed().with_name("ucum_examples.tsv")
    with path.open(encoding="utf-8", newline="") as file:
        codes = [row[1] for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if row[0].isdecimal()]
    assert len(codes) > 800
    wrong = {code for code in codes if problem(code)}
    assert wrong == {"Torr"}  # in the list by mistake: UCUM has mm[Hg]
    assert all(canonical(code).factor > 0 for code in codes if code not in wrong)
