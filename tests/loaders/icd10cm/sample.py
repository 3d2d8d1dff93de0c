"""A tiny invented classification in the form of ICD-10-CM's files. None of its codes is one."""

from __future__ import annotations

TABULAR = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.tabular>
  <version>2031</version>
  <introduction><introSection type="title"><title>INVENTED</title></introSection></introduction>
  <chapter>
    <name>1</name>
    <desc>Invented ailments (A00-B99)</desc>
    <notes><note>Nothing here is real.</note></notes>
    <sectionIndex><sectionRef first="A00" last="B99" id="A00-B99">All</sectionRef></sectionIndex>
    <section id="A00-B99"><desc>All ailments (A00-B99)</desc></section>
    <section id="A00"><desc>Ailments of robots (A00)</desc>
      <includes><note>androids</note></includes>
      <diag>
        <name>A00</name><desc>Rust</desc>
        <excludes1><note>dust (B01.-)</note></excludes1>
        <excludes2><note>wear (B02.-)</note></excludes2>
        <codeFirst><note>the make</note></codeFirst>
        <codeAlso><note>the year</note></codeAlso>
        <useAdditionalCode><note>the colour</note></useAdditionalCode>
        <diag><name>A00.0</name><desc>Rust of joints</desc>
          <inclusionTerm><note>Creaking</note><note>Squeaking</note></inclusionTerm></diag>
        <diag><name>A00.9</name><desc>Rust, unspecified</desc></diag>
      </diag>
    </section>
    <section id="B01-B02"><desc>Injuries of robots (B01-B02)</desc>
      <diag>
        <name>B01</name><desc>Dent</desc>
        <sevenChrNote><note>Every code of B01 takes a 7th character</note></sevenChrNote>
        <sevenChrDef>
          <extension char="A">first visit</extension>
          <note>visit of any number</note>
          <extension char="D">later visit</extension>
        </sevenChrDef>
        <notes>
        <note>7th characters D do not apply to codes in category B01 with 6th character 7 - scrap, or 8 - lost.</note>
        </notes>
        <diag><name>B01.0</name><desc>Dent of head</desc></diag>
        <diag><name>B01.1</name><desc>Dent of arm</desc>
          <diag placeholder="true"><name>B01.1X</name><desc>Dent of arm</desc>
            <diag><name>B01.1X7</name><desc>Dent of arm, scrapped</desc></diag>
            <diag><name>B01.1X9</name><desc>Dent of arm, other</desc>
              <sevenChrDef><extension char="Z">only visit</extension></sevenChrDef>
            </diag>
          </diag>
        </diag>
      </diag>
      <diag><name>B02</name><desc>Wear</desc>
        <visualImpairment><visCategory><value>1</value><visRange><visMax><value>6/18</value></visMax></visRange>
        </visCategory></visualImpairment>
      </diag>
    </section>
  </chapter>
</ICD10CM.tabular>
"""

_ROWS = (
    ("A00", 0, "Rust"), ("A000", 1, "Rust of joints"), ("A009", 1, "Rust, unspecified"), ("B01", 0, "Dent"),
    ("B010", 0, "Dent of head"), ("B010XXA", 1, "Dent of head, first visit"),
    ("B010XXD", 1, "Dent of head, later visit"), ("B011", 0, "Dent of arm"), ("B011X", 0, "Dent of arm"),
    ("B011X7", 0, "Dent of arm, scrapped"), ("B011X7A", 1, "Dent of arm, scrapped, first visit"),
    ("B011X9", 0, "Dent of arm, other"), ("B011X9Z", 1, "Dent of arm, other, only visit"), ("B02", 1, "Wear"),
)  # fmt: skip


def order_file(rows: tuple[tuple[str, int, str], ...] = _ROWS) -> str:
    """An order file; short titles are the long ones without vowels."""
    lines = (f"{n:05} {code:<7} {flag} {short(long):<60} {long}" for n, (code, flag, long) in enumerate(rows, 1))
    return "\r\n".join(lines) + "\r\n"


def codes_file() -> str:
    """A codes file."""
    return "".join(f"{code:<7} {long}\r\n" for code, flag, long in _ROWS if flag)


def short(long: str) -> str:
    return "".join(c for c in long if c not in "aeiou")


ADDENDUM = "\r\n".join(
    [
        f"{'Delete:':<13}1 {'A00':<7} {'Rst':<60} Rust",
        f"{'Add:':<13}0 {'A00':<7} {'Rst':<60} Rust",
        f"{'Add:':<13}1 {'A000':<7} {'Rst f jnts':<60} Rust of joints",
        f"{'Delete:':<13}1 {'A005':<7} {'Rst f fn':<60} Rust of fans",
        f"{'Delete:':<13}1 {'B011X8A':<7} {'Dnt f rm lst':<60} Dent of arm, lost, first visit",
        f"{'Delete:':<13}1 {'B03':<7} {'Ct':<60} Cut",
        "",
        f"{'Revise from:':<13}1 {'B02':<7} {'Wr nd tr':<60} Wear and tear",
        f"{'Revise to:':<13}1 {'B02':<7} {'Wr':<60} Wear",
        "",
        "Headers",
        "  4 headers in icd10cm_order_2030.txt",
        "      1 additions",
        "      0 deletions",
        "      0 revisions",
        "",
        "Codes",
        "      1 additions",
        "      4 deletions",
        "      1 revisions",
        "of which",
        "      1 revisions to both long and short titles",
    ]
)
