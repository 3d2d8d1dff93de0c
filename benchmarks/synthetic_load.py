"""A loader of a made-up code system, so that the ordinary load is what is measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from terminology.model.concept import Concept
from terminology.model.loading import Claim, SourceTree
from terminology.model.records import ConceptBatch, LoadOptions, PartBegin, Record, Source
from tests import synthetic

BATCH = 2_000


@dataclass(frozen=True, slots=True)
class SyntheticLoader:
    """Claims everything and yields `size` concepts with two parents each."""

    size: int
    name: str = "synthetic"

    def recognise(self, tree: SourceTree) -> list[Claim]:
        return [Claim(self.name, tuple(file.path for file in tree.files()), f"{self.size:,} made-up concepts")]

    def read(self, _tree: SourceTree, claim: Claim, _options: LoadOptions) -> Iterator[Record]:
        source = Source(name="synthetic", path=claim.paths[0], digest=str(self.size), loader=self.name)
        yield PartBegin(source=source, metadata=synthetic.metadata(name="Synthetic", hierarchy_meaning="is-a"))
        concepts: Iterator[Concept] = iter(synthetic.polyhierarchy(self.size))
        while batch := tuple(islice(concepts, BATCH)):
            yield ConceptBatch(batch)
