// A form that is filled in without a network: kept on this device, sent when the network is back. What was changed on
// the server meanwhile is never overwritten unasked.
//
// <form data-outbox data-draft="key" data-draft-revision="…">, and [data-outbox-notice] with one [data-outbox-state]
// for each of: waiting, sent, conflict, signin. A button [data-offline-keep] lets the device keep this page too.

const PREFIX = "outbox:";
const PAGES = "tinhso-drafts";

type Waiting = { url: string; revision: string; values: [string, string][] };

export function start(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-outbox]")) watch(form);
  for (const done of document.querySelectorAll<HTMLElement>("[data-draft-done]")) void forget(done.dataset.draftDone!);
  if (navigator.onLine) void flush();
  addEventListener("online", () => void flush());
  document.querySelector("[data-offline-keep]")?.addEventListener("click", (event) => void keepPage(event.currentTarget as HTMLElement));
}

function watch(form: HTMLFormElement): void {
  form.addEventListener(
    "submit",
    (event) => {
      if (navigator.onLine) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // it was not sent: the second tap is allowed
      const values = [...new FormData(form)].filter((it): it is [string, string] => typeof it[1] === "string");
      const waiting: Waiting = { url: location.href, revision: form.dataset.draftRevision ?? "", values };
      localStorage.setItem(PREFIX + form.dataset.draft, JSON.stringify(waiting));
      show("waiting");
    },
    true,
  );
  if (localStorage.getItem(PREFIX + form.dataset.draft)) show("waiting");
}

function show(state: string): void {
  const notice = document.querySelector<HTMLElement>("[data-outbox-notice]");
  if (!notice) return;
  notice.hidden = false;
  for (const one of notice.querySelectorAll<HTMLElement>("[data-outbox-state]")) {
    one.hidden = one.dataset.outboxState !== state;
  }
  notice.scrollIntoView({ block: "nearest" });
}

async function flush(): Promise<void> {
  for (const name of Object.keys(localStorage)) {
    if (name.startsWith(PREFIX)) await send(name);
  }
}

async function send(name: string, revision?: string): Promise<void> {
  const waiting = JSON.parse(localStorage.getItem(name) ?? "null") as Waiting | null;
  if (!waiting) return;
  const body = new FormData();
  for (const [key, value] of waiting.values) body.append(key, value);
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  if (token) body.set("csrfmiddlewaretoken", token);
  let answer: Response;
  try {
    answer = await fetch(waiting.url, {
      method: "POST",
      body,
      headers: { "X-Live": "1", "X-Revision": revision ?? waiting.revision },
    });
  } catch {
    return show("waiting");
  }
  if (answer.status === 409) return conflict(name, waiting, answer.headers.get("X-Revision") ?? "");
  if (answer.redirected || answer.status === 401 || answer.status === 403) return show("signin");
  if (!answer.ok) return show("waiting");
  clear(name);
  const here = document.querySelector<HTMLFormElement>(`form[data-draft="${CSS.escape(name.slice(PREFIX.length))}"]`);
  if (here) {
    here.dataset.draftRevision = answer.headers.get("X-Revision") ?? "";
    show("sent");
  }
}

function clear(name: string): void {
  localStorage.removeItem(name);
  localStorage.removeItem(`draft:${name.slice(PREFIX.length)}`);
}

function conflict(name: string, waiting: Waiting, revision: string): void {
  show("conflict");
  const notice = document.querySelector<HTMLElement>("[data-outbox-notice]");
  notice?.querySelector<HTMLButtonElement>("[data-outbox-mine]")?.addEventListener("click", () => void send(name, revision), { once: true });
  notice?.querySelector<HTMLButtonElement>("[data-outbox-theirs]")?.addEventListener(
    "click",
    () => {
      clear(name);
      location.assign(waiting.url);
    },
    { once: true },
  );
}

/** Whoever wants to go on without a network asks for it: the page holds personal data, and stays on this device until
the form was sent, was thrown away, or somebody signs out. */
export async function keepPage(button: HTMLElement): Promise<void> {
  const page = await fetch(location.pathname, { credentials: "same-origin" }).catch(() => undefined);
  if (!page?.ok || page.redirected) return;
  await (await caches.open(PAGES)).put(location.pathname, page);
  button.hidden = true;
  const kept = document.querySelector<HTMLElement>("[data-offline-kept]");
  if (kept) kept.hidden = false;
}

async function forget(draft: string): Promise<void> {
  const id = draft.split(".")[0]!;
  const cache = await caches.open(PAGES);
  for (const held of await cache.keys()) if (held.url.includes(id)) await cache.delete(held);
  for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX + id)) localStorage.removeItem(name);
}
