// The telephone: one registration, one call at a time, over JsSIP. It knows nothing of the page but three callbacks.
import JsSIP from "jssip";
import { leave } from "./leave.js";
import { Listener } from "./listener.js";

const MICROPHONE = { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true }, video: false };
const PEER = { iceServers: [], bundlePolicy: "max-bundle" };
// A BYE with this reason is a loss (reload, closed tab); one without is the agent's own word.
const LOST = "Reason: Q.850;cause=41";
const CREDENTIALS_RETRY = 3000;
const HOLD_RETRY = 100;
const MICROPHONE_RETRY = 3000;
const { causes } = JsSIP.C;
// Ends of a ring that are nobody's fault; a microphone's says itself what it is.
const ORDINARY = new Set([
  causes.CANCELED,
  causes.REJECTED,
  causes.BUSY,
  causes.NO_ANSWER,
  causes.EXPIRES,
  causes.BYE,
  causes.USER_DENIED_MEDIA_ACCESS,
]);
const REFUSALS = [401, 403, 404];
const QUIET = { leg: "none", muted: false, held: false, nothingHeard: false };

export class Telephone {
  #page;
  #agent = null;
  #session = null;
  #state = { ...QUIET };
  #renegotiate = false;
  #listener = null;
  #stopped = false;
  #trouble = null; // what hinders the next call; without a microphone the telephone is not registered either
  #permission = null; // where the browser tells of the microphone's

  /** `page`: { voice: <audio>, phone(state, why), leg({leg, muted, held, nothingHeard}) } */
  constructor(page) {
    this.#page = page;
    addEventListener("pagehide", () => this.#leave());
    // A frozen page that comes back has a dead socket: begin anew.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  async start() {
    this.#page.phone("starting");
    this.#show(QUIET);
    this.#permission = await navigator.permissions?.query({ name: "microphone" }).catch(() => null);
    this.#permission?.addEventListener("change", () => this.#look());
    await this.#microphone();
    this.#page.phone("starting");
    const credentials = await this.#credentials();
    if (!credentials) return;
    const socket = new JsSIP.WebSocketInterface(credentials.socket);
    this.#agent = new JsSIP.UA({
      sockets: [socket],
      uri: credentials.uri,
      authorization_user: credentials.user,
      password: credentials.password,
      register_expires: 120,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
      user_agent: "Centro 311",
    });
    this.#agent.on("registered", () => this.#registered());
    this.#agent.on("disconnected", () => this.#lost("disconnected"));
    const unregistered = ({ response, cause }) =>
      this.#lost(cause ?? "unregistered", REFUSALS.includes(response?.status_code) ? "refused" : "lost");
    this.#agent.on("unregistered", unregistered);
    this.#agent.on("registrationFailed", unregistered);
    this.#agent.on("newRTCSession", ({ originator, session, request }) => {
      if (originator === "remote") this.#rings(session, request);
    });
    this.#agent.start();
  }

  stop() {
    this.#stopped = true;
    this.#leave();
    this.#agent?.stop();
    this.#agent = null;
  }

  answer() {
    if (this.#state.leg !== "ringing") return;
    this.#show({ leg: "connecting" });
    this.#session.answer({ mediaConstraints: MICROPHONE, pcConfig: PEER });
  }

  hangUp() {
    if (this.#session) this.#session.terminate(this.#state.leg === "ringing" ? { status_code: 486 } : {});
  }

  toggleMute() {
    if (this.#state.leg !== "talking") return;
    const muted = !this.#state.muted;
    if (muted) this.#session.mute({ audio: true });
    else this.#session.unmute({ audio: true });
    this.#show({ muted });
  }

  toggleHold() {
    if (this.#state.leg !== "talking") return;
    this.#show({ held: !this.#state.held });
    this.#tellHold(this.#session);
  }

  // Nothing can be told while the change before is under way: then once that is over.
  #tellHold(session) {
    if (this.#session !== session || session.isOnHold().local === this.#state.held) return;
    const told = this.#state.held ? session.hold() : session.unhold();
    if (!told) setTimeout(() => this.#tellHold(session), HOLD_RETRY);
  }

  async #credentials() {
    while (!this.#stopped) {
      try {
        const answer = await fetch("/desk/telephone", { headers: { Accept: "application/json" } });
        if (answer.status === 401) return void leave();
        if (answer.ok) return await answer.json();
      } catch {
        // The server is away: asked again below.
      }
      this.#page.phone("lost", "no credentials");
      await new Promise((resolve) => setTimeout(resolve, CREDENTIALS_RETRY));
    }
    return null;
  }

  // Comes back once the microphone may be used. Where it was refused, only another permission or device is a reason to
  // try again: each try may open the browser's question.
  async #microphone() {
    while (!this.#stopped) {
      try {
        if (this.#permission?.state === "prompt") this.#page.phone("asking");
        const stream = await navigator.mediaDevices.getUserMedia(MICROPHONE);
        for (const track of stream.getTracks()) track.stop();
        this.#trouble = null;
        return;
      } catch ({ name }) {
        const denied = name === "NotAllowedError" || name === "SecurityError";
        this.#hindered(denied ? "denied" : "microphone", name);
        await this.#changed(denied ? null : MICROPHONE_RETRY);
      }
    }
  }

  #changed(retry) {
    const over = new AbortController();
    const once = { once: true, signal: over.signal };
    return new Promise((resolve) => {
      this.#permission?.addEventListener("change", resolve, once);
      navigator.mediaDevices?.addEventListener("devicechange", resolve, once);
      if (retry) setTimeout(resolve, retry);
    }).finally(() => over.abort());
  }

  // A telephone that could not be spoken into is away, so that `line` offers it nothing.
  async #withdraw() {
    if (!this.#agent || this.#isDeaf()) return;
    this.#trouble = "denied";
    this.#agent.unregister();
    await this.#microphone();
    if (this.#stopped) return;
    this.#page.phone("starting");
    this.#agent.register();
  }

  #isDeaf() {
    return this.#trouble === "denied" || this.#trouble === "microphone";
  }

  #look() {
    if (!this.#session && this.#permission?.state === "denied") this.#withdraw();
  }

  #hindered(state, why) {
    this.#trouble = state;
    this.#page.phone(state, why);
  }

  #registered() {
    this.#page.phone(this.#trouble ?? "registered");
    // The path back was lost during a call: without this, a hang-up by the other side never arrives.
    if (this.#renegotiate && this.#state.leg === "talking") this.#session.renegotiate();
    this.#renegotiate = false;
  }

  #lost(why, state = "lost") {
    if (this.#stopped) return;
    if (!this.#isDeaf()) this.#page.phone(state, why);
    this.#renegotiate = Boolean(this.#session);
  }

  #rings(session, request) {
    if (this.#session) {
      // The exchange rings again while the old leg still seems up: the old one is dead.
      const old = this.#session;
      this.#over(old);
      if (!old.isEnded()) old.terminate({ extraHeaders: [LOST] });
    }
    this.#session = session;
    session.on("peerconnection", ({ peerconnection }) => this.#media(session, peerconnection));
    session.on("confirmed", () => this.#talks());
    session.on("ended", () => this.#over(session));
    session.on("getusermediafailed", () => this.#withdraw());
    session.on("failed", ({ cause }) => {
      if (cause === causes.CONNECTION_ERROR) this.#lost(cause);
      else if (!ORDINARY.has(cause)) this.#hindered("broken", cause);
      this.#over(session);
    });
    this.#show({ ...QUIET, leg: "ringing" });
    if (isAnsweredByItself(request)) this.answer();
  }

  #talks() {
    this.#trouble = null;
    if (this.#agent?.isRegistered()) this.#page.phone("registered");
    this.#show({ leg: "talking" });
  }

  #media(session, connection) {
    connection.addEventListener("track", ({ streams, track }) => {
      this.#page.voice.srcObject = streams[0] ?? new MediaStream([track]);
      this.#page.voice.play().catch(() => {});
    });
    connection.addEventListener("connectionstatechange", () => {
      // The exchange is gone: nobody will say so any more.
      if (connection.connectionState === "failed" && !session.isEnded()) session.terminate({ extraHeaders: [LOST] });
    });
    this.#listener?.stop();
    this.#listener = new Listener(connection, (heard) => {
      if (session === this.#session) this.#show({ nothingHeard: !heard && !this.#state.held });
    });
  }

  #over(session) {
    if (session !== this.#session) return;
    this.#listener?.stop();
    this.#listener = null;
    this.#session = null;
    this.#page.voice.srcObject = null;
    this.#show(QUIET);
    this.#look();
  }

  #leave() {
    const session = this.#session;
    if (session?.isEstablished()) session.terminate({ extraHeaders: [LOST] });
  }

  #show(change) {
    Object.assign(this.#state, change);
    this.#page.leg(this.#state);
  }
}

function isAnsweredByItself(request) {
  return request.getHeader("X-C311-Auto") === "1" || /answer-after=0/.test(request.getHeader("Call-Info") ?? "");
}
