"""Who is stranded when `line` is away: callers in Stasis who have nobody to talk to."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from centre.stranded import stranded


def channel(id: str, role: str, app: str = "Stasis", data: str = "") -> dict[str, Any]:
    return {"id": id, "channelvars": {"C311_ROLE": role}, "dialplan": {"app_name": app, "app_data": data}}


def bridge(*channels: str) -> dict[str, Any]:
    return {"channels": list(channels)}


def test_a_caller_in_the_menu_is_stranded() -> None:
    assert stranded([channel("n1-1", "caller")], []) == ["n1-1"]


def test_a_caller_who_hears_music_in_a_bridge_is_stranded() -> None:
    assert stranded([channel("n1-1", "caller")], [bridge("n1-1")]) == ["n1-1"]


def test_a_caller_in_a_conversation_is_not() -> None:
    talking = [channel("n1-1", "caller"), channel("n1-1-agent-1", "agent"), channel("n1-2", "caller")]
    assert stranded(talking, [bridge("n1-1", "n1-1-agent-1"), bridge("n1-2")]) == ["n1-2"]


def test_an_agent_and_a_snoop_are_nobody_to_rescue() -> None:
    assert stranded([channel("n1-1-agent-1", "agent"), channel("n1-1-in", "snoop")], []) == []


def test_a_caller_who_is_in_the_fallback_already_stays_there() -> None:
    assert stranded([channel("n1-1", "caller", app="Record")], []) == []


def test_a_call_that_line_had_no_time_to_mark_is_known_by_how_it_came_in() -> None:
    fresh = channel("n1-1", "", data="centro311,caller")
    leg = channel("n1-2-agent-1", "", data="centro311,agent,n1-2,offer")
    assert stranded([fresh, leg], []) == ["n1-1"]


@given(st.data())
def test_whoever_shares_a_bridge_with_an_agent_is_never_sent_away(data: st.DataObject) -> None:
    ids = [f"n1-{number}" for number in range(8)]
    roles = data.draw(st.lists(st.sampled_from(["caller", "agent", "snoop"]), min_size=8, max_size=8))
    bridges = data.draw(st.lists(st.lists(st.sampled_from(ids), unique=True), max_size=4))
    sent = stranded(
        [channel(id, role) for id, role in zip(ids, roles, strict=True)], [bridge(*members) for members in bridges]
    )
    role_of = dict(zip(ids, roles, strict=True))
    for id in ids:
        talks = any(id in members and "agent" in map(role_of.get, members) for members in bridges)
        assert (id in sent) == (role_of[id] == "caller" and not talks)
