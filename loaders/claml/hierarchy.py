"""The hierarchy of the classes of a file, in the order of the classification.

A link counts whether the superclass or the subclass states it. Links to missing classes and cycles are errors. Does not
handle modifiers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from loaders.claml.model import Classification, Node
from loaders.problems import problem


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """`parents` and `children` by code; `one_sided` counts links that only the parent states."""

    parents: dict[str, tuple[str, ...]]
    children: dict[str, tuple[str, ...]]
    roots: tuple[str, ...]
    one_sided: int

    def preorder(self) -> Iterator[str]:
        """Every class once, before those below it as far as several parents allow."""
        seen: set[str] = set()
        waiting = list(reversed(self.roots))
        while waiting:
            code = waiting.pop()
            if code not in seen:
                seen.add(code)
                yield code
                waiting += reversed(self.children[code])

    def downwards(self) -> Iterator[str]:
        """Every class after all of its parents; what lies on a cycle is left out."""
        above = {code: len(parents) for code, parents in self.parents.items()}
        ready = [code for code, count in above.items() if not count]
        while ready:
            code = ready.pop()
            yield code
            for child in self.children[code]:
                above[child] -= 1
                if not above[child]:
                    ready.append(child)


def hierarchy(found: Classification) -> Hierarchy:
    """Combine SuperClass and SubClass links. Raises TerminologyError invalid: CLAML_UNKNOWN, CLAML_CYCLE."""
    classes = found.classes
    parents: dict[str, dict[str, None]] = {code: {} for code in classes}
    children: dict[str, dict[str, None]] = {code: {} for code in classes}
    for node in classes.values():
        _check(found, node, node.supers, classes)
        parents[node.code] = dict.fromkeys(node.supers)
        children[node.code] = {code: None for code in node.subs if code in classes}
    one_sided = 0
    for code, below in children.items():
        for child in below:
            one_sided += code not in parents[child]
            parents[child].setdefault(code)
    for code, above in parents.items():
        for parent in above:
            children[parent].setdefault(code)
    order = found.metas.get("TopLevelSort", "").split()
    roots = [code for code, above in parents.items() if not above]
    roots.sort(key=lambda code: order.index(code) if code in order else len(order))
    made = Hierarchy(_frozen(parents), _frozen(children), tuple(roots), one_sided)
    on_cycle = set(classes).difference(made.downwards())
    if on_cycle:
        first = next(node for code, node in classes.items() if code in on_cycle)
        raise problem(found.path, first.line, "CLAML_CYCLE", codes=", ".join(sorted(on_cycle)[:10]))
    return made


def check_subclasses(found: Classification, made: Collection[str]) -> None:
    """Check that every SubClass is a class, or a code that modifiers make. Raises TerminologyError invalid."""
    for node in found.classes.values():
        _check(found, node, tuple(code for code in node.subs if code not in made), found.classes)


def _check(found: Classification, node: Node, codes: tuple[str, ...], known: Collection[str]) -> None:
    missing = [code for code in codes if code not in known]
    if missing:
        what = f"class that {node.code} names"
        raise problem(found.path, node.line, "CLAML_UNKNOWN", what=what, codes=", ".join(missing))


def _frozen(links: dict[str, dict[str, None]]) -> dict[str, tuple[str, ...]]:
    return {code: tuple(others) for code, others in links.items()}
