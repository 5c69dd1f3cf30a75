// The session has ended: nothing on this page is for whoever sits here now. But a page that goes takes its leg with it,
// so one with a caller on it goes when that leg has ended, and says so until then.
const root = document.documentElement;
const busy = () => root.dataset.leg !== "none";

export function leave() {
  if (!busy()) return location.assign("/login?ended");
  if (root.hasAttribute("data-ended")) return;
  root.setAttribute("data-ended", "");
  new MutationObserver(() => busy() || location.assign("/login?ended")).observe(root, { attributeFilter: ["data-leg"] });
}
