"""Messages about ICD-10-PCS and what belongs to it: releases, mappings, ICD-9-CM, and codes that are none."""

ENGLISH: dict[str, str] = {}
