"""How an agent's leg ended: by their word, by a loss, or never answered."""

from __future__ import annotations

import pytest

from ivr.calls.leg import Ended, Leg


def ended(leg: Leg) -> Ended:
    return leg.end.result().how


async def test_bye_from_the_telephone_is_the_agents_word() -> None:
    leg = Leg("call-agent-1", "ana")
    leg.answered()
    leg.hangup_requested(None)
    leg.destroyed(16)
    assert ended(leg) is Ended.SAID


@pytest.mark.parametrize("cause", [41, 44, 38])
async def test_bye_with_a_cause_of_loss_is_a_lost_agent(cause: int) -> None:
    leg = Leg("call-agent-1", "ana")
    leg.answered()
    leg.hangup_requested(cause)
    leg.destroyed(16)
    assert ended(leg) is Ended.LOST


async def test_a_browser_that_crashed_is_a_lost_agent_though_asterisk_asks_for_the_end_itself() -> None:
    leg = Leg("call-agent-1", "ana")
    leg.answered()
    leg.hangup_requested(1)
    leg.destroyed(44)
    assert ended(leg) is Ended.LOST


async def test_a_leg_that_falls_without_a_word_is_a_lost_agent() -> None:
    leg = Leg("call-agent-1", "ana")
    leg.answered()
    leg.destroyed(0)
    assert ended(leg) is Ended.LOST


async def test_a_leg_that_ends_before_it_is_answered_was_refused() -> None:
    leg = Leg("call-agent-1", "ana")
    leg.destroyed(21)
    assert ended(leg) is Ended.REFUSED


async def test_the_first_end_counts() -> None:
    leg = Leg("call-agent-1", "ana")
    leg.answered()
    leg.destroyed(0)
    leg.hangup_requested(None)
    leg.destroyed(16)
    assert ended(leg) is Ended.LOST
