"""What may stand in Asterisk's files about telephones, and what is refused in a sentence."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialplans import AgentEndpoint, Outside, Trunk


def test_the_digest_is_what_a_sip_telephone_computes() -> None:
    agent = AgentEndpoint(name="ana", phone="sip", password="clave ñandú")
    assert agent.digest == hashlib.md5("agent-ana:centro311:clave ñandú".encode()).hexdigest()


def test_a_password_is_not_shown() -> None:
    assert "hidden" not in repr(AgentEndpoint(name="ana", phone="sip", password="hidden"))
    trunk = Trunk(name="t", host="sip.example", user="u", password="hidden")
    assert "hidden" not in f"{trunk} {trunk!r}"


@pytest.mark.parametrize("name", ["", "Ana", "ana luis", "ana]", "a" * 33, "ana\n", "añ", "a;b"])
def test_a_name_that_could_break_a_file_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="letters a-z"):
        AgentEndpoint(name=name, phone="sip", password="x")
    with pytest.raises(ValueError, match="letters a-z"):
        Trunk(name=name, host="sip.example")


def test_an_agent_without_password_is_refused() -> None:
    with pytest.raises(ValueError, match="password"):
        AgentEndpoint(name="ana", phone="sip", password="")


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "sip example"},
        {"host": "a;b"},
        {"host": "-x"},
        {"host": ""},
        {"port": 0},
        {"port": 70000},
        {"register": True},
        {"register": True, "user": "u"},
        {"user": "u", "password": "a\nb"},
        {"user": "a b", "password": "x"},
        {"user": "u", "password": "back\\slash"},
        {"number_prefix": "+50712345"},
        {"number_prefix": "x"},
        {"hidden_numbers": ("a,b",)},
        {"hidden_numbers": ("a|b",)},
        {"dialled": ()},
        {"dialled": ("_X.",)},
        {"dialled": ("311,1,Dial",)},
        {"sources": ("300.1.1.1/8",)},
        {"sources": ("10.0.0.0/40",)},
    ],
)
def test_a_trunk_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    values = {"name": "t", "host": "sip.example", **wrong}
    with pytest.raises(ValueError, match=r"\.$"):
        Trunk(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["sip.example", "10.0.0.1", "2001:db8::1", "a"])
def test_a_carriers_server_is_a_name_or_an_address(host: str) -> None:
    trunk = Trunk(name="t", host=host, port=5062, sources=("10.0.0.0/24", "2001:db8::/32", "edge.example"))
    assert trunk.server == (f"[{host}]:5062" if ":" in host else f"{host}:5062")


@pytest.mark.parametrize("number", ["", "1", "104\n", "10.", "_X.", "1" * 16, "11a"])
def test_a_listed_number_is_digits(number: str) -> None:
    with pytest.raises(ValueError, match="no number to call"):
        Outside(listed=(number,))


@pytest.mark.parametrize("pattern", ["X.", "!", "", "6XX!", "_6XXXXXXX", "6XXXXXXX.", "[2-5", "6X,1,Dial"])
def test_a_pattern_of_callbacks_has_an_end(pattern: str) -> None:
    with pytest.raises(ValueError, match="no pattern"):
        Outside(callbacks=(pattern,))


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=10))
def test_no_text_gets_a_line_of_its_own_into_a_trunk(user: str, password: str, hidden: str) -> None:
    try:
        trunk = Trunk(name="t", host="h", user=user, password=password, hidden_numbers=(hidden,))
    except ValueError:
        return
    for text in (trunk.user, trunk.password, *trunk.hidden_numbers):
        assert text
        assert text.isprintable()
        assert not set(text) & set(" \\\n\r\t")
