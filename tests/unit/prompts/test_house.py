import hashlib
from pathlib import Path

import pytest

from ivr.prompts.audio import ACTIVE_LEVEL, active_level, levelled, read, resampled
from ivr.prompts.catalogue import catalogue, languages
from ivr.prompts.check import check, kept
from ivr.prompts.house import HOUSE, HouseSet


@pytest.mark.parametrize("language", languages())
def test_every_text_is_rendered_in_its_present_wording(language: str) -> None:
    """After a change of a text: `python -m ivr.prompts.render`."""
    house = HouseSet()
    for text in catalogue(language).values():
        line = house.find(language, text.id)
        assert line is not None, f"{language} {text.id} is not rendered"
        assert line.text == text.hash, f"{language} {text.id} says something else than its text"
        assert (line.voice, line.speed) == (text.voice, text.speed)


def test_the_files_are_those_of_the_manifest_and_no_others() -> None:
    house = HouseSet()
    files = {file.relative_to(HOUSE).with_suffix("").as_posix() for file in HOUSE.glob("*/*")}
    assert files == {f"{language}/{id}" for language in languages() for id in catalogue(language)}
    for file in HOUSE.glob("*/*.opus"):
        line = house.find(file.parent.name, file.stem)
        assert line is not None
        assert line.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_the_house_set_is_small_enough_for_a_repository() -> None:
    assert sum(file.stat().st_size for file in HOUSE.rglob("*") if file.is_file()) < 8_000_000


@pytest.mark.parametrize("language", languages())
def test_shipped_files_are_sound_and_of_one_loudness(language: str) -> None:
    texts = list(catalogue(language).values())
    for text in [*texts[:150], *texts[150::20]]:
        samples, rate = read(HOUSE / language / f"{text.id}.opus")
        check(text.id, kept(text.say), samples, rate)
        heard = resampled(levelled(samples, rate), rate, 8000)
        assert active_level(heard, 8000) == pytest.approx(ACTIVE_LEVEL, abs=0.5), text.id


def test_a_set_drops_what_the_catalogue_no_longer_has(tmp_path: Path) -> None:
    texts = catalogue("es")
    house = HouseSet(tmp_path)
    for id in ("goodbye", "busy"):
        house.add(texts[id], "test", *read(HOUSE / "es" / f"{id}.opus"))
    house.keep_only({"goodbye": texts["goodbye"]}, "es")
    house.save()
    again = HouseSet(tmp_path)
    assert again.find("es", "goodbye") is not None
    assert again.find("es", "busy") is None
    assert not again.file("es", "busy").exists()
