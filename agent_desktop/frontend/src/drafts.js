// What an agent writes of a case is kept in this browser until it is saved: nothing typed is lost by a reload, an
// outage, a new call, a session that ended or a logout. It is put back only over the version that it was typed on: what
// a colleague saved later stays, and the text is shown beside it. Old drafts go by themselves, and all of them at once
// when somebody else logs in.

const ALL = "c311-draft-";
const { agent } = document.documentElement.dataset;
const OWN = `${ALL}${agent}/`;
const KEPT_SECONDS = 24 * 3600;
const LEFT_OUT = new Set(["press", "call", "number", "confirm", "version"]);
const WRITTEN = ["type", "institution", "service", "subject", "description", "place", "reporter_name"];

// What was typed on an earlier version, by its form.
const beside = new WeakMap();

const key = (form) => OWN + form.dataset.draft;

function written(form) {
  const fields = {};
  for (const [name, value] of new FormData(form)) if (!LEFT_OUT.has(name)) fields[name] = value;
  return fields;
}

// The choices by the words that they are read by: the services of another institution are not at hand later.
function chosen(form) {
  const type = form.querySelector("[name=type]:checked + span");
  const service = form.querySelector("[name=service] option:checked:not([value=''])");
  return { type: type?.textContent, service: service?.textContent };
}

const version = (form) => form.elements.namedItem("version").value;
const text = (form) => JSON.stringify(written(form));

function keep(form) {
  const typed = { version: version(form), fields: written(form), chosen: chosen(form) };
  localStorage.setItem(key(form), JSON.stringify({ at: Date.now() / 1000, ...typed, beside: beside.get(form) }));
}

function offer(form, texts) {
  if (!texts.length) return;
  beside.set(form, texts);
  const place = form.querySelector(".beside");
  place.hidden = false;
  place.querySelector("p").textContent = texts.join("\n");
}

function settle(form) {
  beside.delete(form);
  form.querySelector(".beside").hidden = true;
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
    const kept = JSON.parse(localStorage.getItem(key(form)));
    if (!kept) continue;
    const others = kept.beside ?? [];
    if (kept.version === undefined || kept.version === version(form)) {
      fill(form, kept.fields);
      offer(form, others);
    } else {
      const read = { ...kept.fields, ...kept.chosen };
      const lost = WRITTEN.filter((name) => form.elements.namedItem(name).value !== kept.fields[name]);
      offer(form, [...others, ...lost.map((name) => read[name]).filter(Boolean)]);
    }
  }
}

function forget() {
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(ALL)) continue;
    const { at } = JSON.parse(localStorage.getItem(name));
    const anothers = agent && !name.startsWith(OWN);
    if (anothers || Date.now() / 1000 - at > KEPT_SECONDS) localStorage.removeItem(name);
  }
}

export function keepDrafts() {
  forget();
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-draft]");
    if (form) keep(form);
  });
  document.addEventListener("htmx:afterSettle", () => restore(document));
  // A draft that becomes void by a link takes its text along: the server asks first where there is some.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const number = detail.elt.dataset.links;
    if (number && localStorage.getItem(OWN + number)) detail.parameters.typed = "1";
  });
  // What was typed since the button was pressed is not saved yet.
  const sent = {};
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.elt.dataset.draft) sent[detail.elt.dataset.draft] = text(detail.elt);
  });
  document.addEventListener("saved", ({ detail: { number } }) => {
    const form = document.querySelector(`form[data-draft="${number}"]`);
    if (form) settle(form);
    if (form && text(form) !== sent[number]) keep(form);
    else localStorage.removeItem(OWN + number);
  });
  restore(document);
}
