"""A slip of the pen in what an administrator writes is named with its file, its line and what would be right."""

from pathlib import Path

import pytest

from ivr.prompts.catalogue import catalogue, slips
from ivr.prompts.edited import Slip


def write(data: Path, name: str, content: str) -> None:
    file = data / "config" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, "utf-8")


@pytest.mark.parametrize(
    ("content", "line", "right"),
    [
        ("prompts:\n  goodbye: Adiós.\n  greeting: [unclosed\n  busy: No.\n", 3, "between double quotes"),
        ("prompts:\n  greeting: Bienvenido: diga\n", 2, "between double quotes"),
        ("prompts:\n  goodbye: Adiós.\n busy: No.\n", 3, "indented alike"),
        ("prompts:\n\tgreeting: Hola.\n", 2, "with spaces"),
        ("prompts:\n  goodbye: Adiós.\n  greeting:\n    - Hola.\n", 3, "write «greeting: text»"),
        ("prompts:\n  greeting: {text: Hola., sya: Hola.}\n", 2, "unknown field `sya`"),
        ("prompts:\n  greeting: 311\n", 2, "write «greeting: text»"),
        ("# changed\npromts:\n  greeting: Hola.\n", 2, "only «prompts:» stands at the margin"),
        ("prompts: {}\ngreeting: Hola.\n", 2, "only «prompts:» stands at the margin"),
        ("prompts: Hola.\n", 1, "each line is «id: text»"),
        ("- Hola.\n", 1, "only «prompts:» stands at the margin"),
    ],
)
def test_a_slip_in_a_text_is_named_with_its_line(tmp_path: Path, content: str, line: int, right: str) -> None:
    write(tmp_path, "prompts/es.yaml", content)
    with pytest.raises(Slip):
        catalogue("es", tmp_path)
    [told] = slips(tmp_path)
    assert told.startswith(f"{tmp_path}/config/prompts/es.yaml, line {line}: ")
    assert right in told
    assert told.endswith(" Until then prompts are heard as they were spoken last.")


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "prompts:\n"])
def test_a_file_without_texts_changes_nothing(tmp_path: Path, content: str) -> None:
    write(tmp_path, "prompts/es.yaml", content)
    assert slips(tmp_path) == []
    assert catalogue("es", tmp_path) == catalogue("es")


def test_a_misspelt_id_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    write(tmp_path, "prompts/es.yaml", "prompts:\n  greting: Hola.\n  zzz: Hola.\n  digit.3.last: trés\n")
    misspelt, unheard_of = slips(tmp_path)
    assert misspelt.endswith("es.yaml, line 2: there is no prompt «greting»; is «greeting» meant?")
    assert "line 3: there is no prompt «zzz»: all are in " in unheard_of


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("institutions:\n- {code: a, name: {es: A}}\n- code: b\n  nme: {es: B}\n", 3),
        ("institutions:\n- {code: a, name: {es: A}}\n- code: b\n  name: B\n", 4),
        ("institutions: [\n- {code: a", 2),
        ("", 1),
    ],
)
def test_a_slip_in_the_institutions_is_named_once(tmp_path: Path, content: str, line: int) -> None:
    write(tmp_path, "institutions.yaml", content)
    [told] = slips(tmp_path)
    assert told.startswith(f"{tmp_path}/config/institutions.yaml, line {line}: ")


def test_bytes_that_are_no_utf_8_are_named(tmp_path: Path) -> None:
    write(tmp_path, "prompts/es.yaml", "")
    (tmp_path / "config/prompts/es.yaml").write_bytes(b"prompts:\n  goodbye: adi\xf3s\n")
    [told] = slips(tmp_path)
    assert "es.yaml cannot be read as YAML in UTF-8" in told
