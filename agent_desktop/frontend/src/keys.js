// Keys that work wherever the cursor is. Each presses its button, so that what is hidden or disabled stays undone.
const KEYS = { F2: "answer", F4: "mute", F8: "hold", F9: "end" };

export function bindKeys() {
  document.addEventListener("keydown", (event) => {
    const action = KEYS[event.key];
    if (!action || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const button = document.querySelector(`button[data-do=${action}]`);
    if (!button || button.offsetParent === null) return;
    event.preventDefault();
    button.click();
  });
}
