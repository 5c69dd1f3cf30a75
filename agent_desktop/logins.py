"""Logins: a signed cookie, looked up in the database, and believed without it while that is away.

The cookie holds who it is and until when, signed with the node's secret, so that a logged-in agent works on through an
outage of the database and a restart of this process. The database has the last word whenever it answers: a session
ended there is over within `RECHECK_SECONDS`, whether its browser asks meanwhile or not. What is over stays over,
whatever is away (`Ended`).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import math
import time
from datetime import UTC, datetime

import msgspec
import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from agent_desktop.ended import Ended
from crm_core.domain.staff import Role
from crm_core.errors import Unavailable
from crm_core.services import sessions
from crm_core.services.agents import AgentAccount
from crm_core.services.reach import within

log = structlog.get_logger()
RECHECK_SECONDS = 5.0
PATIENCE_SECONDS = 1.5
BELIEVED_SECONDS = 15.0
"""How long after the database failed nobody waits for it: longer than open pages let pass without asking."""
LONGEST_COOKIE = 1024
BACK_SECONDS = 15 * 60.0
"""How long it is known where somebody was when their session ended."""

PLACES: dict[Role, tuple[tuple[str, str], ...]] = {
    Role.AGENT: (("/desk", "nav.desk"), ("/cases", "nav.cases"), ("/recordings", "nav.recordings")),
    Role.SUPERVISOR: (("/floor", "nav.floor"), ("/cases", "nav.cases"), ("/recordings", "nav.recordings")),
    Role.ADMINISTRATOR: (
        ("/floor", "nav.floor"),
        ("/desk", "nav.desk"),
        ("/cases", "nav.cases"),
        ("/recordings", "nav.recordings"),
        ("/agents", "nav.agents"),
    ),
}
"""What each role finds in the top bar; the first is where it begins."""


class User(msgspec.Struct, frozen=True):
    """Whoever is logged in."""

    name: str
    role: Role
    phone: str
    token: str
    until: float
    """Epoch seconds of the absolute end."""

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        return PLACES[self.role]


class Logins:
    def __init__(self, engine: AsyncEngine, secret: str, cookie: str, ended: Ended) -> None:
        self._engine = engine
        self._secret = bytes.fromhex(secret)
        self._cookie = cookie
        self._checked: dict[str, tuple[float, User | None]] = {}
        """Token to when it was last looked up, and what was found."""
        self._asking: dict[str, asyncio.Task[User | None]] = {}
        self._seen: dict[str, float] = {}
        """Token to when (epoch seconds) it was last alive: the database cannot be told of it while it is away."""
        self._left: dict[str, tuple[float, str]] = {}
        """Token of a session that is over to when, and at which address, its browser was sent to the login."""
        self._failed_at = -math.inf
        self._ended = ended

    async def run(self) -> None:
        """Tell the database which sessions ended here, and learn which ended there, until cancelled."""
        while True:
            for token in self._ended.untold():
                await self._end(token)
            await self._learn()
            await asyncio.sleep(RECHECK_SECONDS)

    async def _learn(self) -> None:
        living = self._ended.living()
        with contextlib.suppress(Unavailable):
            for token in await within(PATIENCE_SECONDS, lambda: sessions.ended(self._engine, living)):
                await self._ended.told(token)

    async def user_of(self, request: web.Request) -> User | None:
        claimed = self._read(request.cookies.get(self._cookie, ""))
        if claimed is None or claimed.until < time.time() or claimed.token in self._ended:
            return None
        checked = self._checked.get(claimed.token)
        if checked is not None and time.monotonic() - checked[0] < RECHECK_SECONDS:
            return checked[1]
        failed = time.monotonic() - self._failed_at
        if failed < RECHECK_SECONDS:
            return self._believe(claimed)
        # Pages ask for several things at once: the database is asked once for all of them.
        asking = self._asking.get(claimed.token)
        if asking is None:
            asking = self._asking[claimed.token] = asyncio.ensure_future(self._look_up(claimed))
            asking.add_done_callback(lambda _: self._asking.pop(claimed.token, None))
        if failed < BELIEVED_SECONDS:
            return self._believe(claimed)  # only the first to miss the database waits for it
        return await asyncio.shield(asking)

    def had_session(self, request: web.Request) -> bool:
        """Whether the browser was logged in once, and was not logged out since."""
        return self._cookie in request.cookies

    def note_left(self, request: web.Request, address: str) -> None:
        """Whoever had this session was at this address of ours when it ended."""
        if (claimed := self._read(request.cookies.get(self._cookie, ""))) is not None:
            now = time.monotonic()
            self._left = {token: left for token, left in self._left.items() if now - left[0] < BACK_SECONDS}
            self._left[claimed.token] = (now, address)

    def left(self, request: web.Request, name: str | None = None) -> str:
        """Where the browser's last session was when it ended; empty where that is not known, or was not `name`'s."""
        claimed = self._read(request.cookies.get(self._cookie, ""))
        if claimed is None or claimed.name != (name or claimed.name):
            return ""
        at, address = self._left.get(claimed.token, (-math.inf, ""))
        return address if time.monotonic() - at < BACK_SECONDS else ""

    async def _look_up(self, claimed: User) -> User | None:
        before = self._seen.get(claimed.token)
        seen = datetime.fromtimestamp(before, UTC) if before is not None else None
        try:
            found = await within(PATIENCE_SECONDS, lambda: sessions.session(self._engine, claimed.token, seen))
        except Unavailable:
            self._failed_at = time.monotonic()
            return self._believe(claimed)
        self._failed_at = -math.inf
        user = None
        oldest = time.time() - sessions.LONGEST.total_seconds()
        self._seen = {token: at for token, at in self._seen.items() if at > oldest}
        if found is not None:
            self._seen[claimed.token] = time.time()
            await self._ended.note_living(claimed.token, claimed.until)
            user = msgspec.structs.replace(claimed, role=found.role, phone=found.phone)
        else:
            await self._ended.note(claimed.token, claimed.until, told=True)
        self._checked = {
            token: known for token, known in self._checked.items() if time.monotonic() - known[0] < RECHECK_SECONDS
        }
        self._checked[claimed.token] = (time.monotonic(), user)
        return user

    def _believe(self, claimed: User) -> User:
        """In while nobody can say otherwise; noted as alive unless it was idle for too long already."""
        now = time.time()
        if now - self._seen.get(claimed.token, now) < sessions.IDLE.total_seconds():
            self._seen[claimed.token] = now
        return claimed

    async def begin(self, request: web.Request, response: web.StreamResponse, account: AgentAccount) -> User:
        """Give the browser its cookie. Raises `Unavailable`."""
        token, ends_at = await sessions.begin_session(self._engine, account.name)
        user = User(account.name, account.role, account.phone, token, ends_at.timestamp())
        await self._ended.note_living(token, user.until)
        self._set(request, response, user)
        log.info("logged in", agent=account.name)
        return user

    def _set(self, request: web.Request, response: web.StreamResponse, user: User) -> None:
        response.set_cookie(
            self._cookie,
            self._write(user),
            # Longer than the session, so that the login can lead back after its end.
            max_age=int(user.until + BACK_SECONDS - time.time()),
            httponly=True,
            samesite="Strict",
            secure=request.secure,
            path="/",
        )

    async def end(self, request: web.Request, response: web.StreamResponse) -> None:
        claimed = self._read(request.cookies.get(self._cookie, ""))
        response.del_cookie(self._cookie, path="/", httponly=True, samesite="Strict", secure=request.secure)
        if claimed is None:
            return
        self._checked[claimed.token] = (time.monotonic(), None)
        log.info("logged out", agent=claimed.name)
        await self._ended.note(claimed.token, claimed.until, told=False)
        await self._end(claimed.token)

    async def _end(self, token: str) -> None:
        """Tell the database; while it is away, `run` tries again."""
        with contextlib.suppress(Unavailable):
            await within(PATIENCE_SECONDS, lambda: sessions.end_session(self._engine, token))
            await self._ended.told(token)

    def _write(self, user: User) -> str:
        body = base64.urlsafe_b64encode(msgspec.json.encode(user)).decode().rstrip("=")
        return f"{body}.{self._sign(body)}"

    def _read(self, cookie: str) -> User | None:
        body, dot, signature = cookie.partition(".")
        if (
            not dot
            or len(cookie) > LONGEST_COOKIE
            or not hmac.compare_digest(signature.encode(), self._sign(body).encode())
        ):
            return None
        return msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=User)

    def _sign(self, body: str) -> str:
        return hmac.new(self._secret, f"login {body}".encode(), hashlib.sha256).hexdigest()
