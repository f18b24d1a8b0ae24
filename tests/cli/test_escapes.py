"""Names come from strangers: nothing in them steers a terminal or a spreadsheet."""

from __future__ import annotations

from upwards.cli.output import csv_text, printable


def test_terminal_escapes_and_turned_writing_are_replaced() -> None:
    assert printable("\x1b[31mred \u202eabc") == "\ufffd[31mred \ufffdabc"


def test_csv_cells_hold_no_escapes_and_no_formulas() -> None:
    rows = [{"school": "\x1b]0;x\x07Hill", "other": "=HYPERLINK(1)"}]
    assert csv_text(rows) == "school,other\n\ufffd]0;x\ufffdHill,'=HYPERLINK(1)\n"
