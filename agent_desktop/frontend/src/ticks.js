// `<time data-since="seconds">` counts up by itself, and `data-until` down, so that the server need not send a fragment a second.

const two = (number) => String(number).padStart(2, "0");

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

export function count() {
  // The server's clock counts, not this machine's.
  const served = Number(document.documentElement.dataset.now);
  const offset = served ? served - Date.now() / 1000 : 0;
  const tick = () => {
    const now = Date.now() / 1000 + offset;
    for (const time of document.querySelectorAll("time[data-since]")) {
      const shown = clock(now - Number(time.dataset.since));
      if (time.textContent !== shown) time.textContent = shown;
    }
    for (const time of document.querySelectorAll("time[data-until]")) {
      const left = Number(time.dataset.until) - now;
      time.textContent = clock(left + 0.999);
      time.classList.toggle("soon", left < 10);
    }
  };
  tick();
  setInterval(tick, 500);
  document.addEventListener("htmx:afterSettle", tick);
}
