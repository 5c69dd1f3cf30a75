"""The neural voice itself: fetched, or a clear word why not; and changed texts spoken while the line is up."""

import os
from pathlib import Path

import pytest
import yaml

from config.settings import Settings
from ivr.prompts import Prompts, seconds
from ivr.prompts.changed import Speaking, render_changed
from ivr.prompts.engines import SpeechError
from ivr.prompts.files import install
from ivr.prompts.voice import fetch


def heard(settings: Settings, id: str) -> float:
    """Seconds of a Spanish prompt."""
    return sum(map(seconds, Prompts(settings.prompts).files("es", id)))


def edit(settings: Settings, prompts: dict[str, str]) -> None:
    file = settings.data / "config" / "prompts" / "es.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump({"prompts": prompts}), "utf-8")


def test_without_a_network_the_voice_says_what_to_do_and_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(SpeechError, match=r"fetched \(ERROR: No matching .* keep their old sound; connect the machine"):
        fetch(tmp_path / "voice")
    assert not (tmp_path / "voice").exists()


async def test_nothing_changed_costs_nothing(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, parts=tmp_path / "no-voice-here")
    settings.save()
    assert await render_changed(settings, Speaking()) == 0
    assert not (tmp_path / "no-voice-here").exists()
    assert Prompts(settings.prompts).files("es", "greeting")


@pytest.mark.long
async def test_a_changed_text_is_spoken_in_the_house_voice_by_the_worker(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, parts=Path(os.environ.get("CENTRO311_PARTS", f"{tmp_path}")))
    settings.save()
    install(settings)
    before = heard(settings, "goodbye")
    edit(settings, {"goodbye": "Gracias. Hasta luego.", "notice": "Hoy cerramos a las seis de la tarde."})
    assert await render_changed(settings, Speaking()) == 2
    assert 1 < heard(settings, "goodbye") < before
    assert heard(settings, "notice") > 1.5
    assert await render_changed(settings, Speaking()) == 0
