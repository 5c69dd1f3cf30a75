"""What is told of a part that does not run."""

from __future__ import annotations

import faulthandler
from pathlib import Path

from centre.watched import last_line


def test_the_last_words_of_a_part_are_no_line_of_its_trace(tmp_path: Path) -> None:
    printed = tmp_path / "line.log"
    with printed.open("w") as file:
        print("The port 5060 is taken.", file=file, flush=True)
        faulthandler.dump_traceback(file)
        print(file=file)
    assert last_line(printed) == "The port 5060 is taken."


def test_a_part_that_printed_nothing_has_no_last_words(tmp_path: Path) -> None:
    assert last_line(tmp_path / "line.log") == ""
    (tmp_path / "line.log").write_text("\n\n")
    assert last_line(tmp_path / "line.log") == ""
