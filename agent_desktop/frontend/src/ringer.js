// The ring, and the title that shows it in another tab. Two soft tones, one second in three.
const TONES = [784, 988];

export class Ringer {
  #context = null;
  #timer = null;
  #title = document.title;

  set(ringing) {
    if (ringing === Boolean(this.#timer)) return;
    if (!ringing) {
      clearInterval(this.#timer);
      this.#timer = null;
      document.title = this.#title;
      return;
    }
    this.#title = document.title;
    document.title = `☎ ${this.#title}`;
    this.#ring();
    this.#timer = setInterval(() => this.#ring(), 3000);
  }

  #ring() {
    this.#context ??= new AudioContext();
    this.#context.resume();
    const from = this.#context.currentTime;
    TONES.forEach((pitch, index) => {
      const gain = this.#context.createGain();
      const tone = new OscillatorNode(this.#context, { frequency: pitch, type: "sine" });
      const start = from + index * 0.28;
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(0.18, start + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.001, start + 0.7);
      tone.connect(gain).connect(this.#context.destination);
      tone.start(start);
      tone.stop(start + 0.75);
    });
  }
}
