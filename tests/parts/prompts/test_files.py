"""The files of a node: installed from the real house set, changed, recorded over, spoken by the real plain voice."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from config.settings import Settings
from ivr.prompts import CaseNumber, Piece, Prompts, seconds
from ivr.prompts.audio import ACTIVE_LEVEL, active_level, read
from ivr.prompts.catalogue import catalogue, languages
from ivr.prompts.files import install, rendered_folder, sources, speaks_neurally, to_render
from ivr.prompts.house import HOUSE, HouseSet


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A node with all its prompts; tests link its files, which are only ever replaced."""
    settings = Settings(data=tmp_path_factory.mktemp("node"), parts=Path(os.environ.get("CENTRO311_PARTS", "/")))
    install(settings)
    return settings


@pytest.fixture
def node(installed: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(installed.data, tmp_path / "node", copy_function=os.link)
    return Settings(data=tmp_path / "node", parts=installed.parts)


def edit(node: Settings, language: str, prompts: dict[str, str]) -> None:
    file = node.data / "config" / "prompts" / f"{language}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump({"prompts": prompts}), "utf-8")


def heard(node: Settings, piece: Piece, language: str = "es") -> float:
    """Seconds."""
    return sum(map(seconds, Prompts(node.prompts).files(language, piece)))


def moved(node: Settings) -> dict[str, int]:
    return {f"{file}": file.stat().st_mtime_ns for file in node.prompts.glob("*/*.wav")}


def test_everything_that_a_caller_may_hear_is_a_file_at_both_rates(installed: Settings) -> None:
    prompts = Prompts(installed.prompts)
    for language in languages():
        for id in [*catalogue(language), "beep", "silence.300"]:
            assert len(prompts.files(language, id)) == 1
            narrow, rate = read(installed.prompts / language / f"{id}.wav")
            wide = (installed.prompts / language / f"{id}.sln16").stat().st_size / 2
            assert rate == 8000
            assert wide / 16_000 == pytest.approx(len(narrow) / 8000, abs=0.002)
        assert 6 < heard(installed, CaseNumber("2640713351"), language) < 11


def test_all_prompts_are_equally_loud(installed: Settings) -> None:
    for language in languages():
        for id in list(catalogue(language))[:120]:
            samples, rate = read(installed.prompts / language / f"{id}.wav")
            assert active_level(samples, rate) == pytest.approx(ACTIVE_LEVEL, abs=0.5), id


def test_a_second_install_touches_nothing_and_a_lost_file_comes_back(node: Settings) -> None:
    before = moved(node)
    install(node)
    assert moved(node) == before
    (node.prompts / "es" / "goodbye.sln16").unlink()
    install(node)
    changed = {file for file, when in moved(node).items() if before[file] != when}
    assert changed == {f"{node.prompts / 'es' / 'goodbye.wav'}"}


def test_a_recorded_file_wins_and_gives_way_when_it_is_removed(node: Settings) -> None:
    file = node.prompts / "recorded" / "es" / "goodbye.wav"
    file.parent.mkdir(parents=True)
    buzz = np.sin(np.arange(44_100 * 3) / 20) * np.linspace(0, 0.5, 44_100 * 3)
    soundfile.write(file, np.column_stack([buzz, buzz]), 44_100)
    house = heard(node, "goodbye")
    install(node)
    assert heard(node, "goodbye") == pytest.approx(2.9, abs=0.2)
    file.unlink()
    install(node)
    assert heard(node, "goodbye") == pytest.approx(house)


def test_a_changed_text_keeps_its_old_sound_until_it_is_rendered(node: Settings) -> None:
    edit(node, "es", {"goodbye": "Muchas gracias. Hasta pronto."})
    before = moved(node)
    install(node)
    assert moved(node) == before
    [text] = to_render(node)
    assert text.id == "goodbye"
    rendered = HouseSet(rendered_folder(node))
    rendered.add(text, "test", *read(HOUSE / "es" / "greeting.opus"))
    rendered.save()
    install(node)
    assert heard(node, "goodbye") == pytest.approx(heard(node, "greeting"), abs=0.01)
    assert to_render(node) == []


def test_a_new_text_without_a_file_is_left_out_until_it_is_rendered(node: Settings) -> None:
    edit(node, "es", {"notice": "Hoy cerramos a las seis."})
    install(node)
    assert Prompts(node.prompts).files("es", "notice", "goodbye") == Prompts(node.prompts).files("es", "goodbye")
    assert [text.id for text in to_render(node)] == ["notice"]


def test_texts_that_cannot_be_read_leave_what_is_heard_and_bring_back_what_is_lost(node: Settings) -> None:
    edit(node, "es", {"goodbye": "Muchas gracias. Hasta pronto."})
    rendered = HouseSet(rendered_folder(node))
    rendered.folder.mkdir(parents=True)
    rendered.add(catalogue("es", node.data)["goodbye"], "test", *read(HOUSE / "es" / "greeting.opus"))
    rendered.save()
    install(node)
    before = moved(node)
    (node.data / "config" / "prompts" / "es.yaml").write_text("prompts:\n  goodbye: [unclosed\n")
    (node.prompts / "es" / "busy.wav").unlink()
    install(node)
    changed = {file for file, when in moved(node).items() if before[file] != when}
    assert changed == {f"{node.prompts / 'es' / 'busy.wav'}"}
    assert to_render(node) == []


def test_a_language_speaks_plainly_until_its_set_is_whole_and_then_changes_at_once(
    node: Settings, tmp_path: Path
) -> None:
    folder, texts = tmp_path / "set", catalogue("es")
    shutil.copytree(HOUSE, folder)
    last = folder / "es" / f"{list(texts)[-1]}.opus"
    last.rename(tmp_path / last.name)
    house, none = HouseSet(folder), HouseSet(tmp_path / "none")
    heard = set(texts)

    def is_everywhere(kind: str) -> bool:
        stamps = {text.id: source.stamp for text, source in sources(node, "es", house, none, heard)}
        return all(kind in stamps[id] for id in texts)

    assert not speaks_neurally("es", house, none)
    assert is_everywhere("plain")
    (tmp_path / last.name).rename(last)
    assert speaks_neurally("es", house, none)
    assert is_everywhere("neural")
