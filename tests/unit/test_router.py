"""The router, by its promises: whatever the order of events, nobody is lost, doubled or rung twice."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ivr.acd.router import (
    AgentAway,
    AgentReady,
    CallerLeaves,
    CallerWaits,
    Decision,
    Event,
    Offer,
    OfferAnswered,
    OfferFailed,
    Router,
    Withdraw,
)

CALLS = [f"call-{n}" for n in range(6)]
AGENTS = [f"agent-{n}" for n in range(4)]


def test_the_agent_idle_longest_is_rung_for_the_caller_waiting_longest() -> None:
    router = Router()
    router.handle(AgentReady("late", 20), 20)
    router.handle(AgentReady("early", 10), 20)
    assert router.handle(CallerWaits("a", "general", 30), 30) == [Offer("a", "early")]
    assert router.handle(CallerWaits("b", "general", 31), 31) == [Offer("b", "late")]


def test_a_caller_whose_agent_does_not_answer_is_back_at_the_head_and_goes_to_the_next_agent() -> None:
    router = Router()
    router.handle(AgentReady("sleepy", 1), 1)
    router.handle(CallerWaits("first", "general", 2), 2)
    router.handle(CallerWaits("second", "general", 3), 3)
    assert router.handle(OfferFailed("first", "sleepy"), 18) == []
    assert router.position("first") == 1
    assert router.handle(AgentReady("awake", 19), 19) == [Offer("first", "awake")]


def test_an_offer_is_withdrawn_when_its_caller_hangs_up_and_the_agent_keeps_their_idle_time() -> None:
    router = Router()
    router.handle(AgentReady("ana", 1), 1)
    router.handle(CallerWaits("a", "general", 2), 2)
    router.handle(AgentReady("beto", 3), 3)
    assert router.handle(CallerLeaves("a"), 4) == [Withdraw("a", "ana")]
    assert router.handle(CallerWaits("b", "general", 5), 5) == [Offer("b", "ana")]


def test_a_late_answer_to_an_offer_that_is_gone_changes_nothing() -> None:
    router = Router()
    router.handle(AgentReady("ana", 1), 1)
    router.handle(CallerWaits("a", "general", 2), 2)
    router.handle(OfferFailed("a", "ana"), 17)
    router.handle(OfferAnswered("a", "ana"), 17)
    assert router.waiting() == ["a"]


class AnyOrder(RuleBasedStateMachine):
    """Any order of events, doubled and late ones included, against a naive account of who waits and who may be rung."""

    def __init__(self) -> None:
        super().__init__()
        self.router = Router()
        self.now = 0.0
        self.waits: dict[str, float] = {}
        self.rung: dict[str, str] = {}
        self.may_ring: set[str] = set()

    def tell(self, event: Event) -> None:
        self.now += 1
        for decision in self.router.handle(event, self.now):
            self.obey(decision)

    def obey(self, decision: Decision) -> None:
        if isinstance(decision, Withdraw):
            assert self.rung.pop(decision.agent) == decision.call
        else:
            assert decision.agent not in self.rung
            assert decision.call not in self.rung.values()
            assert decision.agent in self.may_ring
            earlier = [c for c in self.waits if c not in self.rung.values()]
            assert decision.call == min(earlier, key=lambda c: (self.waits[c], c))
            self.rung[decision.agent] = decision.call

    @rule(call=st.sampled_from(CALLS), ago=st.integers(0, 50))
    def caller_waits(self, call: str, ago: int) -> None:
        self.waits[call] = self.now - ago
        self.tell(CallerWaits(call, "general", self.now - ago))

    @rule(call=st.sampled_from(CALLS))
    def caller_leaves(self, call: str) -> None:
        self.waits.pop(call, None)
        self.tell(CallerLeaves(call))

    @rule(agent=st.sampled_from(AGENTS))
    def agent_ready(self, agent: str) -> None:
        self.may_ring.add(agent)
        self.tell(AgentReady(agent, self.now))

    @rule(agent=st.sampled_from(AGENTS))
    def agent_away(self, agent: str) -> None:
        self.may_ring.discard(agent)
        self.tell(AgentAway(agent))

    @rule(call=st.sampled_from(CALLS), agent=st.sampled_from(AGENTS))
    def offer_answered(self, call: str, agent: str) -> None:
        if self.rung.get(agent) == call:
            del self.rung[agent]
            del self.waits[call]
            self.may_ring.discard(agent)
        self.tell(OfferAnswered(call, agent))

    @rule(call=st.sampled_from(CALLS), agent=st.sampled_from(AGENTS))
    def offer_failed(self, call: str, agent: str) -> None:
        if self.rung.get(agent) == call:
            del self.rung[agent]
            self.may_ring.discard(agent)
        self.tell(OfferFailed(call, agent))

    @invariant()
    def nobody_is_lost_or_doubled(self) -> None:
        assert sorted(self.router.waiting()) == sorted(self.waits)
        assert {agent: call for call, agent in self.router.offers().items()} == self.rung

    @invariant()
    def nobody_waits_beside_a_ready_agent(self) -> None:
        unserved = set(self.waits) - set(self.rung.values())
        idle = self.may_ring - set(self.rung)
        assert not (unserved and idle)

    @invariant()
    def positions_count_from_one_in_order(self) -> None:
        assert [self.router.position(call) for call in self.router.waiting()] == list(range(1, len(self.waits) + 1))


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
