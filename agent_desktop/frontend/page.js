// What every page needs beside htmx: times that count, forms that lose nothing, menus that close.
import { keepDrafts } from "./src/drafts.js";
import { leave } from "./src/leave.js";
import { count } from "./src/ticks.js";

count();
keepDrafts();

// A request that got no answer at all leaves its form as it is and says so.
const mark = (event, unsent) => event.target.closest?.("form")?.toggleAttribute("data-unsent", unsent);
document.addEventListener("htmx:beforeRequest", (event) => mark(event, false));
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, (event) => {
    mark(event, true);
    document.documentElement.toggleAttribute("data-unreached", true);
  });
}
document.addEventListener("htmx:afterOnLoad", () => document.documentElement.removeAttribute("data-unreached"));

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest(".menu-list button")) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// That the session has ended is said by any answer, and by the stream, or the stream can no longer be opened; why it
// cannot, it does not tell, so the page asks.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.status !== 401) return;
  event.preventDefault();
  mark(event, true);
  leave();
});
document.addEventListener("htmx:sseMessage", (event) => {
  if (event.target.id === "moved" && event.detail.type === "left") leave();
});
document.addEventListener("htmx:sseError", async (event) => {
  if (event.detail.source?.readyState !== EventSource.CLOSED) return;
  const answer = await fetch(location.pathname, { method: "HEAD", headers: { "HX-Request": "true" } }).catch(() => null);
  if (answer?.status === 401) leave();
});

// "Link to this one" fills the number in at every draft; the agent says which of them it is, and who reported it.
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-fill]");
  if (!button) return;
  const fields = document.querySelectorAll(".card:not(:has(.state-confirmed)) [name=existing]");
  for (const field of fields) field.value = button.dataset.fill;
  fields[0]?.focus();
});
