// Answered is not heard: counts what arrives, and says when nothing does.
const EVERY = 1000;
const SILENT_LOOKS = 5;

export class Listener {
  #timer;
  #last = 0;
  #silent = 0;

  /** `tell(heard)` is called when that changes; a conversation begins as heard. */
  constructor(connection, tell) {
    let heard = true;
    this.#timer = setInterval(async () => {
      if (connection.connectionState === "closed") return this.stop();
      const packets = await received(connection);
      this.#silent = packets > this.#last ? 0 : this.#silent + 1;
      this.#last = packets;
      const now = this.#silent < SILENT_LOOKS;
      if (now !== heard) tell((heard = now));
    }, EVERY);
  }

  stop() {
    clearInterval(this.#timer);
  }
}

async function received(connection) {
  let packets = 0;
  for (const report of (await connection.getStats()).values()) {
    if (report.type === "inbound-rtp" && report.kind === "audio") packets += report.packetsReceived ?? 0;
  }
  return packets;
}
