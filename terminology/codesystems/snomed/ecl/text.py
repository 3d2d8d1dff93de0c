"""Writes the tree of an expression constraint as text, in brief syntax: `parse(write(tree)) == tree`."""

from __future__ import annotations

from terminology.codesystems.snomed.ecl import nodes


def write(node: nodes.Constraint) -> str:
    """A constraint as text."""
    match node:
        case nodes.Refined(operand, refinement):
            return f"{_sub(operand)}: {write_refinement(refinement)}"
        case nodes.And(operands):
            return " AND ".join(map(_sub, operands))
        case nodes.Or(operands):
            return " OR ".join(map(_sub, operands))
        case nodes.Minus(operand, removed):
            return f"{_sub(operand)} MINUS {_sub(removed)}"
        case nodes.Dotted(operand, attribute):
            before = write(operand) if isinstance(operand, nodes.Dotted) else _sub(operand)
            return f"{before} . {_sub(attribute)}"
        case _:
            return _sub(node)


def _sub(node: nodes.Constraint) -> str:
    """A constraint where only a subExpressionConstraint may stand."""
    match node:
        case nodes.Hierarchy(operator, operand):
            return f"{operator} {_operand(operand)}"
        case nodes.Filtered(operand, filters):
            before = f"({write(operand)})" if isinstance(operand, nodes.Filtered | nodes.WithHistory) else _sub(operand)
            return " ".join([before, *map(_filters, filters)])
        case nodes.WithHistory(operand, profile, subset):
            before = f"({write(operand)})" if isinstance(operand, nodes.WithHistory) else _sub(operand)
            suffix = f"-{profile}" if profile else f" ({write(subset)})" if subset else ""
            return f"{before} {{{{ + HISTORY{suffix} }}}}"
        case _:
            return _operand(node)


def _operand(node: nodes.Constraint) -> str:
    """What may follow a constraint operator."""
    match node:
        case nodes.MemberOf(operand, fields, filters):
            named = "" if fields is None else f" [{', '.join(fields)}]"
            return " ".join([f"^{named} {_focus(operand)}", *map(_member_filters, filters)])
        case _:
            return _focus(node)


def _focus(node: nodes.Constraint) -> str:
    match node:
        case nodes.Concept(id_, term):
            return f"{id_} |{term}|" if term else id_
        case nodes.AlternateIdentifier(scheme, code, term):
            written = f'"{scheme}#{code}"'
            return f"{written} |{term}|" if term else written
        case nodes.Wildcard():
            return "*"
        case _:
            return f"({write(node)})"


def write_refinement(refinement: nodes.Refinement) -> str:
    """A refinement as text."""
    match refinement:
        case nodes.AllOf(parts):
            return ", ".join(map(_part, parts))
        case nodes.AnyOf(parts):
            return " OR ".join(map(_part, parts))
        case _:
            return _part(refinement)


def _part(refinement: nodes.Refinement) -> str:
    match refinement:
        case nodes.Attribute(name, comparison, cardinality, reverse):
            flag = "R " if reverse else ""
            return f"{_cardinality(cardinality)}{flag}{_sub(name)} {_comparison(comparison)}"
        case nodes.Group(attributes, cardinality):
            return f"{_cardinality(cardinality)}{{ {write_refinement(attributes)} }}"
        case _:
            return f"({write_refinement(refinement)})"


def _cardinality(cardinality: nodes.Cardinality) -> str:
    if cardinality == nodes.AT_LEAST_ONE:
        return ""
    return f"[{cardinality.minimum}..{'*' if cardinality.maximum is None else cardinality.maximum}] "


def _comparison(comparison: nodes.Comparison | nodes.Times) -> str:
    match comparison:
        case nodes.Among(operator, value):
            return f"{operator} {_sub(value)}"
        case nodes.Numeric(operator, number):
            return f"{operator} #{number:f}"
        case nodes.Truth(operator, value):
            return f"{operator} {str(value).lower()}"
        case nodes.Textual(operator, terms):
            return f"{operator} {_several([_search_term(term) for term in terms])}"
        case nodes.Times(operator, times):
            return f"{operator} {_times(times)}"


def _search_term(term: nodes.SearchTerm) -> str:
    if term.kind == "wild":
        return 'wild:"' + term.text.replace('"', '\\"') + '"'
    return '"' + term.text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _several(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"({' '.join(items)})"


def _times(times: tuple[int, ...]) -> str:
    return _several([f'"{time:08d}"' if time else '""' for time in times])


def _filters(filters: nodes.DescriptionFilters | nodes.ConceptFilters) -> str:
    letter = "D" if isinstance(filters, nodes.DescriptionFilters) else "C"
    return f"{{{{ {letter} {', '.join(map(_filter, filters.filters))} }}}}"


def _member_filters(filters: nodes.MemberFilters) -> str:
    return f"{{{{ M {', '.join(map(_filter, filters.filters))} }}}}"


def _filter(one: nodes.DescriptionFilter | nodes.ConceptFilter | nodes.MemberFilter) -> str:  # noqa: PLR0911 - one each
    match one:
        case nodes.TermFilter(comparison):
            return f"term {_comparison(comparison)}"
        case nodes.LanguageFilter(operator, codes):
            return f"language {operator} {_several(list(codes))}"
        case nodes.TypeFilter(operator, types):
            return f"typeId {operator} {_sub(types)}"
        case nodes.DialectFilter(operator, dialects):
            return _dialects(operator, dialects)
        case nodes.ModuleFilter(operator, modules):
            return f"moduleId {operator} {_sub(modules)}"
        case nodes.EffectiveTimeFilter(operator, times):
            return f"effectiveTime {operator} {_times(times)}"
        case nodes.ActiveFilter(active):
            return f"active = {int(active)}"
        case nodes.IdFilter(operator, ids):
            return f"id {operator} {_several(list(ids))}"
        case nodes.DefinitionStatusFilter(operator, statuses):
            return f"definitionStatusId {operator} {_sub(statuses)}"
        case nodes.FieldFilter(name, comparison):
            return f"{name} {_comparison(comparison)}"


def _dialects(operator: nodes.Equality, dialects: tuple[nodes.Acceptable, ...]) -> str:
    name = "dialect" if isinstance(dialects[0].dialect, str) else "dialectId"
    return f"{name} {operator} {_several([_dialect(one) for one in dialects])}"


def _dialect(one: nodes.Acceptable) -> str:
    dialect = one.dialect if isinstance(one.dialect, str) else _sub(one.dialect)
    return f"{dialect} ({' '.join(sorted(one.acceptabilities))})" if one.acceptabilities else dialect
