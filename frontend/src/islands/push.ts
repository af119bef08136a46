// "Bật trên thiết bị này": the browser asks its owner, subscribes, and hands the subscription to the platform.
export function start(box: HTMLElement): void {
  const button = box.querySelector<HTMLButtonElement>("[data-push-on]")!;
  const line = box.querySelector<HTMLElement>("[data-push-said]")!;
  const say = (what: "done" | "ready" | "refused"): void => {
    line.textContent = box.querySelector<HTMLTemplateElement>(`template[data-push-${what}]`)!.content.textContent;
    button.hidden = what !== "ready";
  };
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return;

  void navigator.serviceWorker.ready.then(async (worker) => {
    const held = await worker.pushManager.getSubscription();
    say(held && box.dataset.pushHeld !== undefined ? "done" : Notification.permission === "denied" ? "refused" : "ready");
    button.addEventListener("click", () => {
      button.disabled = true;
      void subscribe(worker)
        .then(() => location.reload())
        .catch(() => say("refused"))
        .finally(() => (button.disabled = false));
    });
  });

  async function subscribe(worker: ServiceWorkerRegistration): Promise<void> {
    const subscription = await worker.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: bytes(box.dataset.push ?? ""),
    });
    const answer = await fetch(box.dataset.pushTo ?? "", {
      method: "POST",
      headers: { "X-CSRFToken": document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content ?? "" },
      body: new URLSearchParams({ subscription: JSON.stringify(subscription), label: nameOfDevice() }),
    });
    if (!answer.ok) throw new Error(String(answer.status));
  }
}

/** What its owner calls this device, as far as the browser tells: "Chrome – Android". */
function nameOfDevice(): string {
  const agent = navigator.userAgent;
  const browser = /Edg/.test(agent) ? "Edge" : /Firefox/.test(agent) ? "Firefox" : /Chrom/.test(agent) ? "Chrome" : /Safari/.test(agent) ? "Safari" : "Web";
  const system = /Android/.test(agent) ? "Android" : /iPhone|iPad/.test(agent) ? "iOS" : /Windows/.test(agent) ? "Windows" : /Mac/.test(agent) ? "macOS" : "Linux";
  return `${browser} – ${system}`;
}

function bytes(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
