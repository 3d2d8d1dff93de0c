"""The loaders, in order of precedence: a file that one of them claims is not offered to later ones.

A format is one module with a `LOADER` and one row here. Loaders read source trees and yield records; they know no
database. Loaders of whole packages and releases come first, loaders of single files of any kind last.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from loaders import (
    cdt,
    claml,
    cpt,
    documents,
    fhir_packages,
    fhir_resources,
    gems,
    hcpcs,
    icd9cm,
    icd10cm,
    icd10pcs,
    icd11,
    loinc,
    ndc,
    omop,
    rf2,
    rxnorm,
    tabular,
)
from terminology.model.loading import Completer, Loader

LOADERS: tuple[Loader, ...] = (
    fhir_packages.LOADER,
    tabular.LOADER,
    omop.LOADER,
    loinc.LOADER,
    ndc.LOADER,
    rxnorm.LOADER,
    rf2.LOADER,
    icd11.LOADER,
    fhir_resources.LOADER,
    icd10cm.LOADER,
    claml.LOADER,
    gems.LOADER,
    icd9cm.LOADER,
    icd10pcs.LOADER,
    hcpcs.LOADER,
    cpt.LOADER,
    cdt.LOADER,
    documents.LOADER,
)

COMPLETERS: Mapping[str, Completer] = MappingProxyType(
    {
        icd9cm.LOADER.name: icd9cm.LOADER,
        icd10pcs.LOADER.name: icd10pcs.LOADER,
        hcpcs.LOADER.name: hcpcs.COMPLETER,
        cpt.LOADER.name: cpt.COMPLETER,
    }
)
"""Loader name → completer, which makes concepts of the loader's parts of facts when a version is derived."""
