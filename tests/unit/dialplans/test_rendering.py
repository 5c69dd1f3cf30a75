"""Asterisk's files as text: what is in them, what is not, and who may read them."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

import dialplans
from config.settings import Secrets, Settings
from dialplans import AgentEndpoint, Capacity, Outside, Trunk

SECRETS = Secrets(ari_password="ari's", web_secret="00" * 32)
ANA = AgentEndpoint(name="ana", phone="browser", password="plain secret of ana")
LUIS = AgentEndpoint(name="luis", phone="sip", password="plain secret of luis")
LIMITS = Capacity(maxfiles=4096, admitted=7, told_busy=3, maxcalls=15)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A node whose private folder has the outline of an Asterisk."""
    native = tmp_path / "parts/native"
    for name in (
        "usr/sbin/asterisk",
        "usr/lib/some-triplet/asterisk/modules/chan_pjsip.so",
        "usr/share/asterisk/rest-api/x",
        "usr/share/asterisk/moh/macroform-the_simplicity.wav",
        "usr/share/asterisk/moh/other.wav",
    ):
        (native / name).parent.mkdir(parents=True, exist_ok=True)
        (native / name).touch()
    return Settings(data=tmp_path / "data", node="n7", sip_port=5070, http_port=9000, parts=tmp_path / "parts")


def sections(settings: Settings, name: str) -> list[tuple[str, dict[str, list[str]]]]:
    """A file's sections in order, each with its options."""
    found: list[tuple[str, dict[str, list[str]]]] = []
    for line in (settings.asterisk / "etc" / name).read_text().splitlines():
        line = re.split(r"(?<!\\);", line)[0].strip()
        if heading := re.fullmatch(r"\[(.*)\]", line):
            found.append((heading[1], {}))
        elif line and not line.startswith("#"):
            option, _, value = line.partition("=")
            found[-1][1].setdefault(option.strip(), []).append(value.lstrip(">").strip())
    return found


def test_every_template_becomes_a_file_that_its_owner_alone_reads(settings: Settings) -> None:
    dialplans.render(settings, SECRETS, [ANA], [], limits=LIMITS)
    templates = {path.name for path in (Path(dialplans.__file__).parent / "templates").glob("*.conf.j2")}
    files = list((settings.asterisk / "etc").iterdir())
    assert {f"{file.name}.j2" for file in files} == templates
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    for folder in ("spool/recording", "spool/fallback", "run", "log", "db/keys"):
        assert (settings.asterisk / folder).is_dir()


def test_trunks_are_written_without_the_agents_whose_telephones_stay(settings: Settings) -> None:
    dialplans.render(settings, SECRETS, [ANA], [], limits=LIMITS)
    telephones = (settings.asterisk / "etc/pjsip_agents.conf").read_text()
    dialplans.render(settings, SECRETS, None, [Trunk(name="carrier", host="192.0.2.5")], limits=LIMITS)
    assert (settings.asterisk / "etc/pjsip_agents.conf").read_text() == telephones
    assert "trunk-carrier" in (settings.asterisk / "etc/pjsip_trunks.conf").read_text()


def test_no_password_of_an_agent_is_written(settings: Settings) -> None:
    dialplans.render(settings, SECRETS, [ANA, LUIS], [], limits=LIMITS)
    text = "".join(file.read_text() for file in (settings.asterisk / "etc").iterdir())
    assert "plain secret" not in text
    assert ANA.digest in text
    assert LUIS.digest in text


def test_the_node_its_folders_and_limits_are_in_asterisk_conf(settings: Settings) -> None:
    dialplans.render(settings, SECRETS, [], [], limits=LIMITS)
    named = dict(sections(settings, "asterisk.conf"))
    assert named["options"]["systemname"] == ["n7"]
    assert named["options"]["maxfiles"] == ["4096"]
    assert named["options"]["maxcalls"] == ["15"]
    assert named["directories"]["astmoddir"][0].endswith("usr/lib/some-triplet/asterisk/modules")
    ours = [
        value[0] for key, value in named["directories"].items() if key not in ("astmoddir", "astdatadir", "astsbindir")
    ]
    assert all(value.startswith(str(settings.asterisk)) for value in ours)
    dialplans.render(settings, SECRETS, [ANA], [], limits=LIMITS)
    assert dict(sections(settings, "asterisk.conf"))["options"]["entityid"] == named["options"]["entityid"]


def test_a_browser_is_lost_after_five_seconds_without_media_a_sip_telephone_never(settings: Settings) -> None:
    dialplans.render(settings, SECRETS, [ANA, LUIS], [], limits=LIMITS)
    endpoints = {
        name: options for name, options in sections(settings, "pjsip_agents.conf") if options["type"] == ["endpoint"]
    }
    assert endpoints["agent-ana"]["rtp_timeout"] == ["5"]
    assert endpoints["agent-ana"]["webrtc"] == ["yes"]
    assert "rtp_timeout" not in endpoints["agent-luis"]
    assert {one["context"][0] for one in endpoints.values()} == {"from-agents"}
    registrations = [o for _, o in sections(settings, "pjsip_agents.conf") if o["type"] == ["aor"]]
    assert all(o["max_contacts"] == ["1"] and o["remove_existing"] == ["yes"] for o in registrations)


def test_adding_an_agent_touches_one_file(settings: Settings) -> None:
    dialplans.render(settings, SECRETS, [ANA], [], limits=LIMITS)
    etc = settings.asterisk / "etc"
    before = {file.name: (file.read_text(), file.stat().st_mtime_ns) for file in etc.iterdir()}
    dialplans.render_agents(settings, [ANA, LUIS])
    after = {file.name: (file.read_text(), file.stat().st_mtime_ns) for file in etc.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {"pjsip_agents.conf"}


def test_a_trunk_is_known_by_its_address_alone_and_its_secrets_may_hold_a_semicolon(settings: Settings) -> None:
    trunk = Trunk(name="c", host="sip.example", transport="tls", register=True, user="me", password="a;b")
    plain = Trunk(name="p", host="10.0.0.1", sources=("10.1.0.0/16", "10.2.0.1"), number_header="From")
    dialplans.render(settings, SECRETS, [], [trunk, plain], limits=LIMITS)
    found = {(name, options["type"][0]): options for name, options in sections(settings, "pjsip_trunks.conf")}
    assert found["trunk-c", "endpoint"]["identify_by"] == ["ip"]
    assert found["trunk-c", "endpoint"]["trust_id_inbound"] == ["yes"]
    assert found["trunk-p", "endpoint"]["trust_id_inbound"] == ["no"]
    assert found["trunk-c", "auth"]["password"] == ["a\\;b"]
    assert found["trunk-c", "registration"]["server_uri"] == ["sip:sip.example:5060\\;transport=tls"]
    assert found["trunk-p", "identify"]["match"] == ["10.1.0.0/16", "10.2.0.1"]
    assert found["trunk-c", "identify"]["match"] == ["sip.example"]
    assert ("trunk-p", "registration") not in found


def test_no_context_that_a_caller_enters_leads_outside(settings: Settings) -> None:
    trunk = Trunk(name="c", host="sip.example", outgoing=True)
    outside = Outside(listed=("104", "+5072000000"))
    dialplans.render(settings, SECRETS, [ANA], [trunk], outside=outside, limits=LIMITS)
    contexts = dict(sections(settings, "extensions.conf"))
    inside = {
        name: str(options) for name, options in contexts.items() if name not in ("outside", "callback", "dial-out")
    }
    assert {"from-outside", "from-agents", "from-trunk-c", "centre", "say", "fallback", "caller-number"} <= set(inside)
    for name, text in inside.items():
        assert not re.search(r"Dial\(|outside,|callback|dial-out|include|Transfer", text), name
    allowed = [extension.split(",")[0].removeprefix("> ") for extension in contexts["outside"]["exten"]]
    assert allowed == ["104", "+5072000000"]
    assert "trunk-c" in str(contexts["dial-out"])


SHELL = (
    r"System(printf '%s\n' ${C311_FACTS} >> '${C311_MESSAGE}.txt')",
    "System(echo ended=${EPOCH} >> '${C311_MESSAGE}.txt')",
)
"""The only commands that a shell is given, in the fallback."""
FILTERED = (
    "Set(C311_NUMBER=${FILTER(+0-9,${CALLERID(num)})})",
    "Set(C311_FACTS=number=${C311_NUMBER} language=${FILTER(a-z,${C311_LANG})} "
    "case=${FILTER(0-9a-z:,${C311_CASE})} epoch=${EPOCH})",
)
"""What stands in them, and that it can hold nothing which a shell would read as more than a word."""


def test_a_shell_is_given_two_commands_of_the_fallback_and_nothing_of_a_callers_but_digits(settings: Settings) -> None:
    dialplans.render(settings, SECRETS, [ANA], [Trunk(name="c", host="h")], limits=LIMITS)
    text = (settings.asterisk / "etc/extensions.conf").read_text()
    before, _, after = text.partition("[fallback]")
    fallback, _, after = after.partition("\n[")
    for command in SHELL:
        assert command in fallback
        fallback = fallback.replace(command, "")
    for others in (before, fallback, after):
        assert not re.search(r"System\(|SHELL\(|Exec\(|AGI\(", others)
    for setting in FILTERED:
        assert text.count(setting) == 1
    assert set(re.findall(r"Set\(C311_(?:NUMBER|FACTS)=.*\)", text)) - set(FILTERED) == {"Set(C311_NUMBER=))"}


def test_without_a_trunk_for_it_nothing_is_dialled(settings: Settings) -> None:
    dialplans.render(settings, SECRETS, [], [Trunk(name="c", host="h")], limits=LIMITS)
    assert "Dial(" not in (settings.asterisk / "etc/extensions.conf").read_text()


def test_ari_is_denied_first_and_permitted_to_two_addresses(settings: Settings) -> None:
    dialplans.render(settings, SECRETS, [], [], limits=LIMITS)
    restricted = dict(sections(settings, "http.conf"))["/ari"]
    assert restricted["deny"] == ["0.0.0.0/0.0.0.0", "::/0"]
    assert restricted["permit"] == ["127.0.0.1/255.255.255.255", "::1/128"]
    assert dict(sections(settings, "http.conf"))["general"]["bindaddr"] == ["127.0.0.1"]


def test_one_ipv6_address_to_listen_on_is_bracketed(settings: Settings) -> None:
    settings.bind = "2001:db8::1"
    trunk = Trunk(name="c", host="2001:db8::9")
    dialplans.render(settings, SECRETS, [], [trunk], limits=LIMITS)
    assert dict(sections(settings, "pjsip.conf"))["transport-udp"]["bind"] == ["[2001:db8::1]:5070"]
    assert sections(settings, "pjsip_trunks.conf")[0][1]["transport"] == ["transport-udp"]


def test_all_addresses_are_those_of_ipv4_and_ipv6(settings: Settings) -> None:
    settings.bind = "::"
    trunk = Trunk(name="c", host="2001:db8::9")
    dialplans.render(settings, SECRETS, [], [trunk], limits=LIMITS)
    transports = dict(sections(settings, "pjsip.conf"))
    assert transports["transport-udp"]["bind"] == ["0.0.0.0:5070"]
    assert transports["transport-udp6"]["bind"] == ["[::]:5070"]
    assert transports["transport-tls6"]["bind"] == ["[::]:5071"]
    assert sections(settings, "pjsip_trunks.conf")[0][1]["transport"] == ["transport-udp6"]
    assert dict(sections(settings, "http.conf"))["general"]["tlsbindaddr"] == ["[::]:9003"]


def test_music_that_is_too_quiet_for_a_telephone_is_left_out(settings: Settings) -> None:
    for _ in range(2):
        dialplans.render(settings, SECRETS, [], [], limits=LIMITS)
        assert [piece.name for piece in (settings.asterisk / "moh").iterdir()] == ["other.wav"]


@pytest.mark.parametrize("folder", ["a;b", "a,b", "a&b", "a[b", "a(b", "a$b", 'a"b', "a|b", "a\nb"])
def test_a_folder_that_asterisk_could_not_name_is_refused_in_a_sentence(settings: Settings, folder: str) -> None:
    settings.data = settings.data / folder
    with pytest.raises(ValueError, match="--data"):
        dialplans.render(settings, SECRETS, [], [], limits=LIMITS)


def test_an_installation_with_a_part_missing_is_told(settings: Settings) -> None:
    (settings.native / "usr/lib/some-triplet/asterisk/modules/chan_pjsip.so").unlink()
    with pytest.raises(dialplans.AsteriskError, match=r"chan_pjsip\.so"):
        dialplans.render(settings, SECRETS, [], [], limits=LIMITS)


def test_a_program_that_does_not_run_or_is_something_else_is_told(tmp_path: Path) -> None:
    with pytest.raises(dialplans.AsteriskError, match="does not run"):
        dialplans.asterisk_version(tmp_path / "nothing")
    with pytest.raises(dialplans.AsteriskError, match="version"):
        dialplans.asterisk_version(Path("/bin/true"))


def test_behind_nat_every_ipv4_transport_names_the_address_outside(settings: Settings) -> None:
    dialplans.render(settings, SECRETS, [], [], limits=LIMITS)
    assert "external_" not in (settings.asterisk / "etc/pjsip.conf").read_text()
    behind = msgspec.structs.replace(settings, bind="::", external_address="203.0.113.9")
    dialplans.render(behind, SECRETS, [], [], limits=LIMITS)
    told = {
        name: (options.get("external_signaling_address"), options.get("external_media_address"), "local_net" in options)
        for name, options in sections(settings, "pjsip.conf")
        if options.get("type") == ["transport"]
    }
    outside, nothing = (["203.0.113.9"], ["203.0.113.9"], True), (None, None, False)
    assert {name for name, each in told.items() if each == outside} == {
        "transport-udp",
        "transport-tcp",
        "transport-tls",
    }
    assert all(each == nothing for name, each in told.items() if name.endswith(("6", "ws")))
