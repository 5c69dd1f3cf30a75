from pathlib import Path

import yaml

from config.settings import SHIPPED
from ivr.prompts.catalogue import catalogue, languages
from ivr.prompts.check import kept


def edit(data: Path, language: str, prompts: dict[str, object]) -> None:
    file = data / "config" / "prompts" / f"{language}.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(yaml.safe_dump({"prompts": prompts}, allow_unicode=True), "utf-8")


def test_spanish_and_english_say_the_same_things() -> None:
    assert languages() == ["en", "es"]
    assert catalogue("es").keys() == catalogue("en").keys()


def test_every_day_of_every_year_has_its_words() -> None:
    texts = catalogue("es")
    assert texts["date.02-29"].text == "el veintinueve de febrero"
    assert texts["year.2027"].text == "de dos mil veintisiete"
    assert sum(id.startswith("date.") for id in texts) == 366


def test_every_digit_has_a_first_a_middle_and_a_last_form() -> None:
    for language in languages():
        texts = catalogue(language)
        for value in range(10):
            for form in ("first", "middle", "last"):
                text = texts[f"digit.{value}.{form}"]
                assert kept(text.say) == text.text


def test_menus_are_short_enough_to_be_remembered() -> None:
    for language in languages():
        for id, text in catalogue(language).items():
            assert len(text.text.split()) <= 45, id


def test_an_edited_text_wins_and_changes_its_hash_and_no_other(tmp_path: Path) -> None:
    edit(tmp_path, "es", {"goodbye": "Hasta pronto.", "notice": {"text": "Aviso.", "say": "Aviso importante."}})
    shipped, edited = catalogue("es"), catalogue("es", tmp_path)
    assert edited["goodbye"].text == "Hasta pronto."
    assert edited["notice"].say == "Aviso importante."
    assert {id for id in shipped if shipped[id].hash != edited[id].hash} == {"goodbye"}


def test_an_administrators_institutions_stand_in_place_of_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "institutions.yaml").write_text(
        "institutions: [{code: bomberos, name: {es: Cuerpo de Bomberos}}]", "utf-8"
    )
    assert catalogue("es", tmp_path)["institution.bomberos"].text == "Cuerpo de Bomberos."
    assert "institution.idaan" not in catalogue("es", tmp_path)
    assert "institution.bomberos" not in catalogue("en", tmp_path)


def test_the_sample_of_institutions_is_whole() -> None:
    shipped = yaml.safe_load((SHIPPED / "institutions.yaml").read_text("utf-8"))["institutions"]
    assert len({each["code"] for each in shipped}) == len(shipped) >= 15
    for institution in shipped:
        assert set(institution["name"]) == {"es", "en"}
        codes = [service["code"] for service in institution["services"]]
        assert 2 <= len(set(codes)) == len(codes) <= 5
        for service in institution["services"]:
            assert set(service["name"]) == {"es", "en"}
            assert service["type"] in {"complaint", "denunciation", "idea", "suggestion", "information"}
            assert 1 <= service["days"] <= 20
