"""The watcher's judgement: what it does with what it knows of one part."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from centre import judge
from centre.judge import LONGEST_PAUSE, SETTLED, Action, Health, Limits

LINE = Limits(silent=3, starting=30, ending=5)
moments = st.floats(min_value=0, max_value=1e6, allow_nan=False)
pauses = st.floats(min_value=0, max_value=1000, allow_nan=False)


def living(now: float) -> Health:
    return judge.heard(now, judge.born(now, Health()))


def test_a_part_that_never_ran_is_started() -> None:
    assert judge.judge(0.0, Health(), LINE) is Action.START


@given(moments, st.floats(min_value=0, max_value=3))
def test_a_part_that_gave_a_sign_within_its_limit_is_left_alone(now: float, silent: float) -> None:
    assert judge.judge(now + silent * 0.99, living(now), LINE) is Action.WAIT


@given(moments, st.floats(min_value=3.01, max_value=1000))
def test_a_part_that_is_silent_too_long_is_ended(now: float, silent: float) -> None:
    assert judge.judge(now + silent, living(now), LINE) is Action.END


def test_a_starting_part_has_a_longer_limit_of_its_own() -> None:
    starting = judge.born(100.0, Health())
    assert judge.judge(129.0, starting, LINE) is Action.WAIT
    assert judge.judge(130.1, starting, LINE) is Action.END


@given(moments, st.floats(min_value=0, max_value=2.9), pauses)
def test_what_a_late_watcher_did_not_hear_is_no_silence(now: float, silent: float, gap: float) -> None:
    woken = now + silent + gap
    health = judge.unwatched(woken, gap, living(now))
    assert judge.judge(woken, health, LINE) is Action.WAIT
    assert judge.judge(woken + 3.01 - silent, health, LINE) is Action.END


def test_halts_too_short_for_a_silence_count_together() -> None:
    now, health = 100.0, living(100.0)
    for _ in range(5):
        now += 0.5 + 0.9
        health = judge.unwatched(now, 0.9, health)
        assert judge.judge(now, health, LINE) is Action.WAIT
    assert judge.judge(now + 0.6, health, LINE) is Action.END


@given(moments, st.floats(min_value=0, max_value=2.99), st.floats(min_value=0, max_value=7))
def test_silence_at_work_is_borne_for_longer_than_silence_without(now: float, idle: float, busy: float) -> None:
    health = judge.seen_busy(busy, living(now))
    assert judge.judge(now + idle + busy, health, LINE) is Action.WAIT
    assert judge.judge(now + busy + 3.01, health, LINE) is Action.END


def test_no_part_is_silent_for_longer_than_its_callers_wait_before_the_fallback() -> None:
    health = judge.seen_busy(20.0, living(100.0))
    assert judge.judge(109.9, health, LINE) is Action.WAIT
    assert judge.judge(110.1, health, LINE) is Action.END
    assert judge.judge(110.1, judge.heard(105.0, health), LINE) is Action.END


def test_a_sign_that_came_at_the_end_of_a_halt_gives_no_more_than_the_usual_time() -> None:
    heard = judge.unwatched(110.0, 9.0, living(109.9))
    assert judge.judge(109.9 + 3.2, heard, LINE) is Action.END


def test_a_part_that_was_told_to_end_and_stays_is_forced_once_its_time_is_over() -> None:
    told = judge.told_to_end(10.0, living(5.0))
    assert judge.judge(14.9, told, LINE) is Action.WAIT
    assert judge.judge(15.0, told, LINE) is Action.FORCE


def test_the_first_death_is_followed_by_a_start_at_once() -> None:
    assert judge.judge(50.0, judge.died(50.0, living(10.0)), LINE) is Action.START


@given(st.lists(st.floats(min_value=0, max_value=SETTLED * 0.99), min_size=1, max_size=40))
def test_the_pause_grows_with_each_early_death_up_to_a_limit(lives: list[float]) -> None:
    health, now, last = Health(), 0.0, -1.0
    for life in lives:
        health = judge.born(now, health)
        now += life
        health = judge.died(now, health)
        pause = health.again - now
        assert last - 1e-6 <= pause <= LONGEST_PAUSE + 1e-6
        last = pause
        now = health.again
    assert health.deaths == len(lives)


@given(st.integers(min_value=1, max_value=30))
def test_a_long_life_wipes_the_slate_clean(deaths: int) -> None:
    health = judge.born(0.0, Health(deaths=deaths))
    again = judge.died(SETTLED, health)
    assert again.deaths == 1
    assert judge.judge(SETTLED, again, LINE) is Action.START


@given(
    st.lists(
        st.tuples(st.sampled_from(["heard", "died", "late", "ended"]), st.floats(min_value=0.01, max_value=50)),
        max_size=60,
    )
)
def test_no_part_is_ever_ended_that_was_heard_within_its_limit_nor_started_while_it_lives(
    events: list[tuple[str, float]],
) -> None:
    now, health = 0.0, judge.born(0.0, Health())
    for event, later in events:
        silence_before = judge.silence(now, health)
        now += later
        if event == "heard" and health.alive:
            health = judge.heard(now, health)
            assert judge.judge(now, health, LINE) in (Action.WAIT, Action.FORCE)
        elif event == "late":
            health = judge.unwatched(now, later, health)
            assert not health.alive or silence_before >= judge.silence(now, health) - 1e-6
        elif event == "ended" and health.alive and health.ending is None:
            health = judge.told_to_end(now, health)
        elif event == "died" and health.alive:
            health = judge.died(now, health)
        action = judge.judge(now, health, LINE)
        assert not (health.alive and action is Action.START)
        if action is Action.START:
            health = judge.born(now, health)
