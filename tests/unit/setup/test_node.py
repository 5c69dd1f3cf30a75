"""A node's settings are made once and follow what they are given; roots of native programs are whole or not at all."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from centre import adopt, health
from centre.errors import Trouble
from centre.setup import accounts, bundle, launch, native, node
from centre.setup.native import Recipe
from config.settings import Secrets, Settings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CENTRO311_PARTS", "DATABASE_URL", "NATS_URL"):
        monkeypatch.delenv(name, raising=False)


def test_what_is_given_once_is_kept(tmp_path: Path) -> None:
    node.keep(node.settings(tmp_path, sip_port=6060, http_port=9000, bind="127.0.0.1"))
    again = node.settings(tmp_path)
    assert (again.sip_port, again.http_port, again.bind) == (6060, 9000, "127.0.0.1")


def test_each_centre_has_a_word_of_its_own_on_the_bus_and_keeps_it(tmp_path: Path) -> None:
    one, other = node.settings(tmp_path / "one"), node.settings(tmp_path / "other")
    assert one.bus != other.bus
    node.keep(one)
    assert node.settings(one.data).bus == one.bus


def test_a_centre_set_up_before_there_were_words_gets_one_and_keeps_it(tmp_path: Path) -> None:
    node.keep(node.settings(tmp_path))
    written = json.loads((tmp_path / "settings.json").read_text())
    del written["bus"]
    (tmp_path / "settings.json").write_text(json.dumps(written))
    given = node.settings(tmp_path)
    assert given.bus.startswith("c311-")
    node.keep(given)
    assert node.settings(tmp_path).bus == given.bus


def test_a_centre_whose_parts_run_on_gets_no_other_word_meanwhile(tmp_path: Path) -> None:
    """A part that is started anew beside them would not be heard."""
    settings = Settings(data=tmp_path)
    settings.save()
    settings.run.mkdir()
    file = settings.run / "line.pid"
    part, _ = adopt.start(["sleep", "60"], file, tmp_path / "line.log", cwd=tmp_path, env={})
    while adopt.read(file) is None:
        time.sleep(0.01)
    assert node.settings(tmp_path).bus == settings.bus
    part.kill()
    part.wait()
    assert node.settings(tmp_path).bus != settings.bus


def test_secrets_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    node.keep(node.settings(tmp_path))
    before = Secrets.load(tmp_path)
    node.keep(node.settings(tmp_path))
    assert Secrets.load(tmp_path) == before
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_servers_of_the_environment_are_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@db.example/centre")
    assert node.settings(tmp_path).database_url == "postgresql://me@db.example/centre"


def test_a_server_that_does_not_take_us_is_told_and_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node.keep(node.settings(tmp_path))
    before = (tmp_path / "settings.json").read_text()
    monkeypatch.setenv("DATABASE_URL", "postgresql://me@127.0.0.1:1/centre")
    with pytest.raises(Trouble, match=r"DATABASE_URL.*127\.0\.0\.1.*refused"):
        node.keep(node.settings(tmp_path))
    assert (tmp_path / "settings.json").read_text() == before


def test_ports_that_would_meet_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="share a port"):
        node.settings(tmp_path, sip_port=8311, http_port=8310)


def test_a_bind_that_is_no_address_is_told(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="address of this machine"):
        node.settings(tmp_path, bind="everywhere")


def test_the_address_behind_nat_is_kept_and_must_be_one(tmp_path: Path) -> None:
    node.keep(node.settings(tmp_path, external_address="203.0.113.9"))
    assert node.settings(tmp_path).external_address == "203.0.113.9"
    with pytest.raises(Trouble, match="IPv4 address"):
        node.settings(tmp_path, external_address="centre.example")


@pytest.mark.parametrize("nothing", ["", "none"])
def test_the_address_behind_nat_is_taken_back(tmp_path: Path, nothing: str) -> None:
    node.keep(node.settings(tmp_path, external_address="203.0.113.9"))
    node.keep(node.settings(tmp_path, external_address=nothing))
    assert node.settings(tmp_path).external_address is None


def test_a_path_too_long_for_sockets_is_told(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="too long"):
        node.settings(tmp_path / ("a" * 90))


def test_settings_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(Trouble, match=r"settings\.json cannot be read"):
        node.settings(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("sip_prot", 7999, "there is no setting «sip_prot»; is «sip_port» meant?"),
        ("colour", "blue", "there is no setting «colour»; there are data, node,"),
        ("wrap_up_seconds", -5, "«wrap_up_seconds» must be a number >= 0.0."),
        ("sip_port", 70000, "«sip_port» must be a whole number <= 65500."),
        ("http_port", "8311", "«http_port» must be a whole number, got a text."),
        ("node", "", "«node» must be a text matching regex '^[a-z0-9]+$'."),
        ("bind", "everywhere", "«bind» must be an address such as 192.0.2.7."),
        ("external_address", "centre.example", "«external_address» must be an address such as 192.0.2.7."),
        ("parts", 5, "«parts» must be str,"),
    ],
)
def test_a_slip_in_the_settings_is_refused_with_what_would_be_right(
    tmp_path: Path, name: str, value: object, right: str
) -> None:
    node.keep(node.settings(tmp_path))
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {name: value}))
    with pytest.raises(Trouble) as refused:
        node.settings(tmp_path)
    assert str(refused.value).startswith(f"{file}: {right}")
    [found] = [each for each in health.examine(tmp_path) if each.what == "centre"]
    assert found.told == str(refused.value)
    assert launch.parts_of(tmp_path)


def test_a_root_is_whole_only_where_it_was_made_and_with_all_that_is_asked_for(tmp_path: Path) -> None:
    root = tmp_path / "native"
    recipe = Recipe(("asterisk", "nats-server"), ())
    assert not native.whole(root, recipe)
    root.mkdir()
    stamp = root / native.STAMP
    stamp.write_text(json.dumps({"path": str(root), "packages": ["asterisk", "nats-server", "espeak-ng"]}))
    assert native.whole(root, recipe)
    stamp.write_text(json.dumps({"path": str(root), "packages": ["asterisk"]}))
    assert not native.whole(root, recipe)
    stamp.write_text(json.dumps({"path": "/elsewhere", "packages": ["asterisk", "nats-server"]}))
    assert not native.whole(root, recipe)


def test_nothing_to_fetch_needs_no_root(tmp_path: Path) -> None:
    assert native.whole(tmp_path / "native", Recipe((), ()))


@pytest.mark.parametrize("package", ["libc6", "asterisk-modules", "libpq5", "libopus0", "libsystemd0", "libcap2"])
def test_what_programs_load_is_not_left_out(package: str) -> None:
    assert not native.NEVER_RUN.fullmatch(package)


def test_a_bundle_of_other_sources_is_made_anew(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    settings.static.mkdir(parents=True)
    (settings.static / bundle.STAMP).write_text(bundle.fingerprint())
    assert bundle.current(settings)
    (settings.static / bundle.STAMP).write_text("older")
    assert not bundle.current(settings)


def test_first_passwords_are_shown_once_and_kept_in_a_private_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    settings = Settings(data=tmp_path)
    made = accounts.accounts(settings)
    assert accounts.accounts(settings) == made
    assert accounts.file(settings).stat().st_mode & 0o077 == 0
    first, second = accounts.who_can_log_in(settings), accounts.who_can_log_in(settings)
    assert all(any(account.password in line for line in first) for account in made)
    assert not any(account.password in line for line in second for account in made)
