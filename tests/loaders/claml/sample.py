"""An invented classification in ClaML: two languages, usages, Metas, modifiers of every kind."""

from __future__ import annotations

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE ClaML SYSTEM "ClaML.dtd">
<ClaML version="2.0.0">
  <Meta name="TopLevelSort" value="2 1"/>
  <Meta name="titleLong" value="Invented procedures 2031"/>
  <Meta name="lang" value="de"/>
  <Meta name="copyright" value="Nobody"/>
  <Identifier authority="Nobody" uid="1.2.3"/>
  <Title date="2030-10-20" name="{name}" version="{version}">Erfunden</Title>
  <ClassKinds><ClassKind name="chapter"/><ClassKind name="block"/><ClassKind name="category"/></ClassKinds>
  <UsageKinds><UsageKind name="aster" mark="*"/><UsageKind name="dagger" mark="+"/></UsageKinds>
  <RubricKinds><RubricKind name="preferred"/></RubricKinds>
"""

MODIFIERS = """
  <Modifier code="SIDE"><SubClass code="R"/><SubClass code="L"/></Modifier>
  <Modifier code="FOURTH"><SubClass code=".0"/><SubClass code=".1"/><SubClass code=".10"/></Modifier>
  <ModifierClass code="R" modifier="SIDE"><SuperClass code="SIDE"/>
    <Rubric kind="preferred"><Label xml:lang="de">Rechts</Label><Label xml:lang="fr">Droite</Label></Rubric>
    <Rubric kind="note"><Label xml:lang="de">Von vorn gesehen</Label></Rubric></ModifierClass>
  <ModifierClass code="L" modifier="SIDE"><SuperClass code="SIDE"/>
    <Meta name="excludeOnPrecedingModifier" value="FOURTH .0"/><Meta name="Paar" value="L"/>
    <Rubric kind="preferred"><Label xml:lang="de">Links</Label></Rubric></ModifierClass>
  <ModifierClass code=".0" modifier="FOURTH"><SuperClass code="FOURTH"/>
    <Rubric kind="preferred"><Label xml:lang="de">Offen</Label></Rubric></ModifierClass>
  <ModifierClass code=".1" modifier="FOURTH"><SuperClass code="FOURTH"/><SubClass code=".10"/>
    <Rubric kind="preferred"><Label xml:lang="de">Geschlossen</Label></Rubric></ModifierClass>
  <ModifierClass code=".10" modifier="FOURTH"><SuperClass code=".1"/>
    <Rubric kind="preferred"><Label xml:lang="de">Ganz geschlossen</Label></Rubric></ModifierClass>
"""

CLASSES = """
  <Class code="1" kind="chapter"><SubClass code="A"/>
    <Rubric kind="preferred"><Label xml:lang="de">Kapitel eins</Label></Rubric></Class>
  <Class code="2" kind="chapter"><SubClass code="B"/>
    <Rubric kind="preferred"><Label xml:lang="de">Kapitel zwei</Label></Rubric></Class>
  <Class code="A" kind="block"><SuperClass code="1"/><SubClass code="A2"/><SubClass code="A1"/><SubClass code="A3"/>
    <ModifiedBy code="SIDE"/>
    <Rubric kind="preferred"><Label xml:lang="de">Block A</Label></Rubric></Class>
  <Class code="A1" kind="category" usage="dagger"><SuperClass code="A"/>
    <Meta name="Para295" value="P"/><Meta name="status" value="x"/>
    <Rubric kind="preferred"><Label xml:lang="de">Naht</Label><Label xml:lang="fr">Suture</Label></Rubric>
    <Rubric kind="preferredLong"><Label xml:lang="de">Naht der Haut</Label></Rubric>
    <Rubric kind="inclusion"><Label xml:lang="de">Klammern</Label><Label xml:lang="fr">Agrafes</Label></Rubric>
    <Rubric kind="exclusion"><Label xml:lang="de">Kleben <Reference class="B1" usage="aster">B1</Reference></Label>
    </Rubric>
    <Rubric kind="exclusion"><Label xml:lang="fr"><Para>Coller</Para><Para>ailleurs</Para></Label></Rubric>
    <Rubric kind="definition"><Label xml:lang="de">Mit Faden</Label></Rubric></Class>
  <Class code="A2" kind="category"><SuperClass code="A"/><ExcludeModifier code="SIDE"/>
    <Rubric kind="preferred"><Label xml:lang="de">Schnitt</Label></Rubric></Class>
  <Class code="A3" kind="category"><SuperClass code="A"/>
    <ModifiedBy code="SIDE" all="false"><ValidModifierClass code="L"/></ModifiedBy>
    <Rubric kind="preferred"><Label xml:lang="de">Stich</Label></Rubric></Class>
  <Class code="B" kind="block"><SuperClass code="2"/><SubClass code="B1"/><SubClass code="B2"/>
    <Rubric kind="preferred"><Label xml:lang="de">Block B</Label></Rubric></Class>
  <Class code="B1" kind="category" usage="aster"><SuperClass code="B"/>
    <ModifiedBy code="SIDE" position="5"/><ModifiedBy code="FOURTH" position="4"/>
    <Rubric kind="preferred"><Label xml:lang="de">Kleben</Label></Rubric></Class>
  <Class code="B2" kind="category"><SuperClass code="B"/><SubClass code="B2.0"/><ModifiedBy code="FOURTH"/>
    <Rubric kind="preferred"><Label xml:lang="de">Gips</Label></Rubric></Class>
  <Class code="B2.0" kind="category"><SuperClass code="B2"/>
    <Rubric kind="preferred"><Label xml:lang="de">Gips, offen</Label></Rubric></Class>
</ClaML>
"""


def claml(name: str = "OPS", version: str = "2031", modifiers: str = MODIFIERS, classes: str = CLASSES) -> str:
    """A file."""
    return HEAD.format(name=name, version=version) + modifiers + classes
