"""What a person reads when the centre is up."""

from __future__ import annotations

from pathlib import Path

from centre import announcement
from config.settings import Settings


def test_other_machines_are_told_of_only_where_they_reach_this_one(tmp_path: Path) -> None:
    alone = "\n".join(announcement.lines(Settings(data=tmp_path, bind="127.0.0.1")))
    assert "sip:311@127.0.0.1:5060" in alone
    assert "on others" not in alone
    reached = "\n".join(announcement.lines(Settings(data=tmp_path, bind="192.0.2.7")))
    assert "https://192.0.2.7:8312/   on others" in reached
