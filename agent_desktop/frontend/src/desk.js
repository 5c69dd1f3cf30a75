// One desk per browser: whoever holds the lock shows it, rings, and tells the server what is painted.
import { Telephone } from "./telephone.js";
import { Ringer } from "./ringer.js";
import { bindKeys } from "./keys.js";
import { left } from "./ticks.js";

export function holdDesk(desk) {
  const lock = `c311-desk-${desk.dataset.agent}`;
  const elsewhere = document.getElementById("elsewhere");
  let telephone = null;
  let release = null;

  const open = () =>
    new Promise((resolve) => {
      release = resolve;
      elsewhere.hidden = true;
      desk.hidden = false;
      htmx.ajax("GET", "/desk/body", { target: "#desk", swap: "innerHTML" });
      if (desk.dataset.kind === "browser") telephone = startTelephone();
    });

  const close = () => {
    telephone?.stop();
    telephone = null;
    // By htmx, so that the event stream is closed with what it fed.
    htmx.swap(desk, "", { swapStyle: "innerHTML" });
    desk.hidden = true;
    elsewhere.hidden = false;
    release?.();
    release = null;
  };

  const take = (options) =>
    navigator.locks.request(lock, options, (held) => (held ? open() : undefined)).catch(() => close());

  // Another tab has it: say so, and wait for it to be closed.
  navigator.locks
    .request(lock, { ifAvailable: true }, (held) => {
      if (held) return open();
      close();
      take({});
    })
    .catch(() => close());

  document.addEventListener("click", (event) => {
    const action = event.target.closest?.("[data-do]")?.dataset.do;
    if (action === "take-over") take({ steal: true });
    else if (action === "answer") telephone?.answer();
    else if (action === "mute") telephone?.toggleMute();
    else if (action === "hold") telephone?.toggleHold();
    else if (action === "hangup") telephone?.hangUp();
  });
  // Whose session has ended can tell the server nothing: the telephone says that the agent's part is over.
  document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
    if (detail.xhr.status === 401 && detail.elt.dataset.do === "end") telephone?.hangUp();
  });
  askBeforeTheEnd(desk);
  bindKeys();
  watchPainting();
  keepWrapUp();

  // The same agent opened the desk in another browser: the newer one has it.
  document.addEventListener("htmx:sseMessage", (event) => {
    if (event.target.id === "moved" && event.detail.type === "elsewhere") close();
  });
}

// What is wrong with the telephone is told to the server once, for whoever looks after the centre.
function reporter() {
  let told = null;
  return (state, why = "") => {
    if (state === "registered") told = null;
    if (state === told || !document.querySelector(`.phone-state[data-when=${state}].trouble`)) return;
    told = state;
    const body = new URLSearchParams({ state, why });
    fetch("/desk/telephone-failed", { method: "POST", body }).catch(() => (told = null));
  };
}

function startTelephone() {
  const report = reporter();
  const ringer = new Ringer();
  const root = document.documentElement;
  const telephone = new Telephone({
    voice: document.getElementById("voice"),
    phone: (state, why) => {
      root.dataset.phone = state;
      report(state, why);
    },
    leg: (state) => {
      root.dataset.leg = state.leg;
      root.toggleAttribute("data-muted", state.muted);
      root.toggleAttribute("data-held", state.held);
      root.toggleAttribute("data-nothing-heard", state.nothingHeard);
      for (const [name, on] of [["mute", state.muted], ["hold", state.held]]) {
        for (const button of document.querySelectorAll(`[data-do=${name}]`)) button.setAttribute("aria-pressed", on);
      }
      ringer.set(state.leg === "ringing");
    },
  });
  telephone.start();
  return telephone;
}

// Ending one's part, or the wrap-up, with a case that nobody confirmed asks once, and so does logging out with a caller
// on this page's telephone: here and not at the server, for hanging up waits for nothing. The second press, of whichever
// button that ends the same, does it; other cases, another caller or another state are asked about anew.
function askBeforeTheEnd(desk) {
  const UNCONFIRMED = ".card.unread, .card:has([data-mark]:not(.state-confirmed))";
  const WITH_CALLER = ":is([data-phase=offered], [data-phase=talking], [data-phase=lost])";
  const message = () => document.getElementById("message");
  const ABOUT = {
    part: () => [...document.querySelectorAll(`#cards :is(${UNCONFIRMED}) .number`)].map((one) => one.textContent),
    session: () =>
      desk.dataset.kind === "browser" ? [...desk.querySelectorAll(WITH_CALLER)].map((one) => one.dataset.call) : [],
  };
  const asks = (ends, about) => [ends, document.querySelector(".bar")?.dataset.state, ...about].join();
  const question = () => message()?.querySelector("[data-asked]");

  const ask = (event) => {
    const button = event.target.closest?.("[data-ends]");
    if (!button) return;
    const { ends } = button.dataset;
    const about = ABOUT[ends]();
    if (!about.length) return;
    if (question()?.dataset.asked === asks(ends, about)) return message().replaceChildren();
    const said = document.createElement("p");
    said.className = "said warn";
    said.dataset.about = ends;
    said.dataset.asked = asks(ends, about);
    said.textContent = document
      .querySelector(`[data-ask-${ends}]`)
      .getAttribute(`data-ask-${ends}`)
      .replace("{numbers}", about.join(", "))
      .replace("{button}", (button.querySelector(".label") ?? button).textContent.trim());
    message().replaceChildren(said);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener("click", ask, { capture: true });
  document.addEventListener("htmx:afterSettle", () => {
    const shown = question();
    if (shown && shown.dataset.asked !== asks(shown.dataset.about, ABOUT[shown.dataset.about]())) shown.remove();
  });
}

// The ring waits for the pop: once it is on the screen, and not before, the server hears of it. A hidden tab paints
// nothing and says nothing; its telephone rings a second later.
function watchPainting() {
  let told = null;
  const look = () => {
    const offer = document.querySelector("[data-offer]")?.dataset.offer ?? null;
    if (!offer || offer === told || document.hidden) return;
    told = offer;
    const tell = () => fetch("/desk/painted", { method: "POST", body: new URLSearchParams({ offer }) }).catch(() => {});
    // Two frames: the first is about to paint, the second comes after it did.
    requestAnimationFrame(() => requestAnimationFrame(tell));
  };
  document.addEventListener("htmx:afterSettle", look);
  document.addEventListener("visibilitychange", look);
}

// A wrap-up that runs out while something is being typed asks for some more seconds, every few of them.
function keepWrapUp() {
  const SHORT = 15;
  const EVERY = 3000;
  let told = 0;
  document.addEventListener("input", () => {
    const until = document.querySelector(".bar[data-state=wrap-up] time[data-until]");
    if (!until || Date.now() - told < EVERY || left(until) > SHORT) return;
    told = Date.now();
    fetch("/desk/writing", { method: "POST" }).catch(() => {});
  });
}
