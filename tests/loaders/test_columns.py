"""Tables of fixed layout."""

from __future__ import annotations

import pytest

from loaders.columns import headings, named, pipes
from loaders.sources import open_tree
from terminology.model.outcome import TerminologyError


def table(tmp_path, text, name="table.csv"):
    (tmp_path / name).write_bytes(text.encode())
    return open_tree([tmp_path / name]).files()[0]


def test_columns_in_the_order_asked_for_with_their_lines(tmp_path):
    file = table(tmp_path, '\ufeffA,"B",c\r\n1,"2\n2",3\r\n\r\n 4 ,5,6\r\n')
    assert headings(file) == ("A", "B", "c")
    assert [(n, list(cells)) for n, cells in named(file, ("C", "a"), ("b", "d"))] == [
        (2, ["3", "1", "2\n2", ""]),
        (5, ["6", "4", "5", ""]),
    ]
    assert [list(cells) for _, cells in named(file, ("B",))] == [["2\n2"], ["5"]]


@pytest.mark.parametrize(
    ("text", "id_", "told"),
    [
        ("\n\n", "RELEASE_FILE_EMPTY", "table.csv"),
        ("A,B\n1,2\n", "RELEASE_COLUMN_MISSING", "no column 'C'. Its columns are: A, B"),
        ("A,C\n1,2\n3\n", "RELEASE_ROW_LENGTH", "line 3: 1 columns, where there should be 2"),
        ("A,C\n1,2,3\n", "RELEASE_ROW_LENGTH", "line 2: 3 columns"),
    ],
)
def test_deviations_from_the_layout_are_errors(tmp_path, text, id_, told):
    with pytest.raises(TerminologyError) as refused:
        list(named(table(tmp_path, text), ("C",)))
    assert refused.value.issues[0].message_id == id_
    assert told in str(refused.value)


def test_fields_that_end_in_pipes(tmp_path):
    file = table(tmp_path, "1|a||\r\n\r\n2||c|\r\n", "X.RRF")
    assert [(n, list(cells)) for n, cells in pipes(file, 3)] == [(1, ["1", "a", ""]), (3, ["2", "", "c"])]
    with pytest.raises(TerminologyError, match="line 1: 3 columns, where there should be 4"):
        list(pipes(file, 4))
