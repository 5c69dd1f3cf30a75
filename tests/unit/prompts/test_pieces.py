from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.prompts import CaseNumber, CaseState, CaseType, Day, Institution, Key, Piece, Position, Prompts, media, seconds
from ivr.prompts.audio import Samples, write_prompt
from ivr.prompts.catalogue import catalogue, languages
from ivr.prompts.pieces import GROUP_PAUSE

RATE = 16_000
TEXTS = [catalogue(language) for language in languages()]


def tone(seconds: float) -> Samples:
    moments = np.arange(int(seconds * RATE)) / RATE
    return np.asarray(0.2 * np.sin(2 * np.pi * 440 * moments), dtype=np.float32)


@pytest.fixture
def prompts(tmp_path: Path) -> Prompts:
    folder = tmp_path / "es"
    folder.mkdir()
    for id in ("greeting", "digit.4.first", "digit.0.middle", "digit.1.middle", "digit.2.last"):
        write_prompt(folder, id, tone(0.5), RATE)
    return Prompts(tmp_path)


def test_a_case_number_is_heard_in_groups_of_two_four_and_four_and_falls_only_at_its_end() -> None:
    assert CaseNumber("2640713351").ids() == [
        *("digit.2.first", "digit.6.middle", GROUP_PAUSE),
        *("digit.4.first", "digit.0.middle", "digit.7.middle", "digit.1.middle", GROUP_PAUSE),
        *("digit.3.first", "digit.3.middle", "digit.5.middle", "digit.1.last"),
    ]


def test_a_key_is_heard_as_one_group() -> None:
    assert Key("0412").ids() == ["digit.0.first", "digit.4.middle", "digit.1.middle", "digit.2.last"]


@given(number=st.text("0123456789", min_size=10, max_size=10))
def test_every_digit_of_a_case_number_is_heard_in_its_order(number: str) -> None:
    heard = [id.split(".")[1] for id in CaseNumber(number).ids() if id != GROUP_PAUSE]
    assert "".join(heard) == number


@given(
    st.one_of(
        st.builds(CaseNumber, st.text("0123456789", min_size=10, max_size=10)),
        st.builds(Key, st.text("0123456789", min_size=4, max_size=4)),
        st.builds(Position, st.integers(1, 500)),
        st.builds(Day, st.dates(date(2026, 1, 1), date(2036, 12, 31))),
        st.builds(CaseType, st.sampled_from(["complaint", "denunciation", "idea", "suggestion", "information"])),
        st.builds(CaseState, st.sampled_from(["draft", "new", "void", "abandoned"])),
        st.builds(Institution, st.sampled_from(["idaan", "aaud", "mop", "css", "policia", "senniaf"])),
    )
)
def test_whatever_a_script_says_has_a_text_in_every_language(piece: Piece) -> None:
    assert not isinstance(piece, str)
    for texts in TEXTS:
        assert {id for id in piece.ids() if id != GROUP_PAUSE} <= texts.keys()


def test_media_are_absolute_and_leave_the_rate_to_asterisk(prompts: Prompts) -> None:
    [file] = prompts.files("es", "greeting")
    assert media(file) == f"sound:{prompts.folder}/es/greeting"
    assert file.is_absolute()


def test_a_missing_piece_is_left_out_and_the_others_are_heard(prompts: Prompts) -> None:
    assert prompts.files("es", "no.such", "greeting", Position(3)) == prompts.files("es", "greeting") != []
    assert prompts.files("fr", "greeting") == []


def test_a_number_with_a_missing_digit_is_never_read_in_part(prompts: Prompts) -> None:
    assert len(prompts.files("es", Key("4012"))) == 4
    assert prompts.files("es", Key("4013")) == []


def test_seconds_are_those_that_a_caller_hears(prompts: Prompts) -> None:
    assert sum(map(seconds, prompts.files("es", "greeting", Key("4012")))) == pytest.approx(2.5, abs=0.01)
