// Devices in the hall of a one-stop centre. All of it is extra: numbers are on the screen, the paper and the phone.
//
// data-say="words" data-said="id": said aloud when the id changes while the page is open (a call, and each call again).
// data-print-now: printed once, when the page has come. data-return="/address" data-return-after="20": back there after
// so many seconds in which nobody touched the device.

function say(words: string): void {
  if (!("speechSynthesis" in window)) return;
  const speech = new SpeechSynthesisUtterance(words);
  speech.lang = document.documentElement.lang === "en" ? "en-GB" : "vi-VN";
  speech.rate = 0.9;
  speechSynthesis.speak(speech);
}

export function start(): void {
  const spoken = (): HTMLElement | null => document.querySelector<HTMLElement>("[data-say]");
  let last = spoken()?.dataset.said ?? "";
  document.body.addEventListener("htmx:afterSettle", () => {
    const now = spoken();
    if (!now || now.dataset.said === last) return;
    last = now.dataset.said ?? "";
    say(now.dataset.say ?? "");
  });

  if (document.querySelector("[data-print-now]")) {
    void document.fonts.ready.then(() => print());
  }

  const back = document.querySelector<HTMLElement>("[data-return]");
  if (back) {
    const seconds = Number(back.dataset.returnAfter ?? "30");
    let timer = 0;
    const again = (): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => location.assign(back.dataset.return!), seconds * 1_000);
    };
    for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, again);
    again();
  }
}
