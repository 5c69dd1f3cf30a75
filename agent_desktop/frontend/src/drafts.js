// What an agent writes of a case is kept in this browser until the case is confirmed: nothing typed is lost by a
// reload, an outage, a new call or a session that ended. Old drafts go by themselves, all of them when the agent logs
// out, and at once when somebody else logs in.

const ALL = "c311-draft-";
const { agent } = document.documentElement.dataset;
const OWN = `${ALL}${agent}/`;
const KEPT_SECONDS = 24 * 3600;
const LEFT_OUT = new Set(["press", "call", "number", "confirm"]);

const key = (form) => OWN + form.dataset.draft;

function written(form) {
  const fields = {};
  for (const [name, value] of new FormData(form)) if (!LEFT_OUT.has(name)) fields[name] = value;
  return fields;
}

function fill(form, fields) {
  for (const [name, value] of Object.entries(fields)) {
    const field = form.elements.namedItem(name);
    if (!field || name === "service") continue;
    field.value = value;
  }
  if (!fields.institution) return;
  // The services follow the institution; the chosen one is set when they have come.
  const institution = form.elements.namedItem("institution");
  const choose = () => {
    const service = form.elements.namedItem("service");
    if (service && fields.service) service.value = fields.service;
  };
  choose();
  institution.addEventListener("htmx:afterOnLoad", choose, { once: true });
  institution.dispatchEvent(new Event("restored"));
}

function restore(root) {
  for (const form of root.querySelectorAll?.("form[data-draft]") ?? []) {
    if (form.dataset.restored) continue;
    form.dataset.restored = "1";
    const kept = localStorage.getItem(key(form));
    if (kept) fill(form, JSON.parse(kept).fields);
  }
}

function forget(older) {
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(ALL)) continue;
    const { at } = JSON.parse(localStorage.getItem(name));
    const anothers = agent && !name.startsWith(OWN);
    if (anothers || Date.now() / 1000 - at > older) localStorage.removeItem(name);
  }
}

export function keepDrafts() {
  forget(KEPT_SECONDS);
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-draft]");
    if (!form) return;
    localStorage.setItem(key(form), JSON.stringify({ at: Date.now() / 1000, fields: written(form) }));
  });
  document.addEventListener("htmx:afterSettle", () => restore(document));
  // A draft that becomes void by a link takes its text along: the server asks first where there is some.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const number = detail.elt.dataset.links;
    if (number && localStorage.getItem(OWN + number)) detail.parameters.typed = "1";
  });
  document.addEventListener("confirmed", (event) => localStorage.removeItem(OWN + event.detail.number));
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form[data-leaving]")) forget(-1);
  });
  restore(document);
}
