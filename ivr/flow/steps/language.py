"""Ask for the language, in each of the languages offered."""

from __future__ import annotations

from ivr.calls.call import Sentence
from ivr.flow.steps.base import TRIES, Step, missed
from ivr.flow.visit import Visit


class Language(Step, tag="language"):
    say: str
    keys: dict[str, str]
    """Key to language. The first one is spoken to a caller who does not choose."""
    next: str

    def leads_to(self) -> list[str]:
        return [self.next]

    async def take(self, visit: Visit) -> str | None:
        call = visit.call
        question = self._in_each(self.say)
        while call.state.tries < TRIES:
            key = await call.ask_in(question)
            if key in self.keys:
                await call.speak_from_now_on(self.keys[key])
                call.note("language", language=self.keys[key])
                return self.next
            if key != "*":
                await missed(call)
                if key:
                    await call.say_in(self._in_each("error.invalid"))
        return self.next

    def _in_each(self, piece: str) -> list[Sentence]:
        return [(language, piece) for language in self.keys.values()]
