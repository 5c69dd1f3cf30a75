// `<time data-since="seconds">` counts up by itself, and `data-until` down, so that the server need not send a fragment a second.

const two = (number) => String(number).padStart(2, "0");

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// The server's clock counts, not this machine's.
const served = Number(document.documentElement.dataset.now);
const offset = served ? served - Date.now() / 1000 : 0;
const now = () => Date.now() / 1000 + offset;

/** Seconds until a `<time data-until>`. */
export const left = (time) => Number(time.dataset.until) - now();

export function count() {
  const tick = () => {
    for (const time of document.querySelectorAll("time[data-since]")) {
      const shown = clock(now() - Number(time.dataset.since));
      if (time.textContent !== shown) time.textContent = shown;
    }
    for (const time of document.querySelectorAll("time[data-until]")) {
      time.textContent = clock(left(time) + 0.999);
      time.classList.toggle("soon", left(time) < 10);
    }
  };
  tick();
  setInterval(tick, 500);
  document.addEventListener("htmx:afterSettle", tick);
}
