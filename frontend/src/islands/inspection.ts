// An inspection on the spot, with or without a network: answers and photographs are kept on this device (IndexedDB) at
// once, and sent when the network is there, each once: a photograph under a number of its own, the answers with the
// revision that they were given on. What somebody else answered meanwhile is never overwritten unasked.
//
// <form data-inspection="id" data-revision="…" data-photo-url="…"> with fieldsets [data-question][data-item] holding
// [data-shot], [data-held] and [data-photos]; [data-sync] says how far it is, in the words of the page.

import { keepPage } from "./outbox";

type Answers = { id: string; revision: string; values: [string, string][]; sent: boolean };
type Shot = {
  number: string;
  inspection: string;
  url: string;
  item: string;
  takenAt: string;
  digest: string;
  place: string;
  noPlace: string;
  content: Blob;
};
type Told = { revision?: number; words?: string };

const LONGEST = 2000;
const SECONDS_TO_FIND = 8;

export function start(form: HTMLFormElement): void {
  const sync = document.querySelector<HTMLElement>("[data-sync]")!;
  const texts = document.querySelector<HTMLTemplateElement>("template[data-sync-texts]")!.dataset;
  const id = form.dataset.inspection!;
  let sending: Promise<boolean> | undefined;
  let storing: Promise<unknown> = Promise.resolve();

  const show = (state: string, words = ""): void => {
    sync.hidden = false;
    sync.dataset.state = state;
    for (const one of sync.querySelectorAll<HTMLElement>("[data-sync-state]")) one.hidden = one.dataset.syncState !== state;
    sync.querySelector("[data-sync-words]")!.textContent = words;
  };
  const waits = async (): Promise<void> => {
    const answers = await read<Answers>("answers", id);
    const count = (await shotsOf(id)).length + (answers && !answers.sent ? 1 : 0);
    sync.querySelector("[data-sync-count]")!.textContent = texts.count!.replace("{}", String(count));
    show("waiting");
  };
  const values = (): [string, string][] =>
    [...new FormData(form)].filter((it): it is [string, string] => typeof it[1] === "string" && /^(item|answer|note)\./.test(it[0]));

  const keep = (): void => {
    show("sending"); // whoever ends the inspection now waits for this
    const answers: Answers = { id, revision: form.dataset.revision!, values: values(), sent: false };
    storing = storing.then(() => write("answers", answers));
    void flush();
  };

  const revise = (revision: number): void => {
    form.dataset.revision = String(revision);
    for (const input of document.querySelectorAll<HTMLInputElement>('input[name="revision"]')) input.value = String(revision);
  };

  /** Send what waits, one after the other; whether all of it is with the server now. */
  function flush(): Promise<boolean> {
    const before = sending ?? Promise.resolve(true);
    sending = before.catch(() => false).then(send);
    return sending;
  }

  async function send(): Promise<boolean> {
    await storing;
    if (!navigator.onLine) {
      await waits();
      return false;
    }
    for (const shot of await shotsOf(id)) {
      if (!(await sendShot(shot))) return false;
    }
    const answers = await read<Answers>("answers", id);
    if (answers && !answers.sent && !(await sendAnswers(answers))) return false;
    show("sent");
    return true;
  }

  async function post(url: string, body: FormData, revision = ""): Promise<Told | undefined> {
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
    body.set("csrfmiddlewaretoken", token ?? form.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")!.value);
    show("sending");
    let answer: Response;
    try {
      answer = await fetch(url, { method: "POST", body, headers: { "X-Live": "1", "X-Revision": revision } });
    } catch {
      await waits();
      return undefined;
    }
    if (answer.redirected || answer.status === 401 || answer.status === 403) {
      show("signin");
      return undefined;
    }
    const told = (await answer.json().catch(() => undefined)) as Told | undefined;
    if (answer.status === 409 && told) {
      conflict(told.revision ?? 0);
      return undefined;
    }
    if (!answer.ok || !told) {
      if (told?.words) show("refused", told.words);
      else await waits();
      return undefined;
    }
    return told;
  }

  async function sendShot(shot: Shot): Promise<boolean> {
    const body = new FormData();
    body.set("number", shot.number);
    body.set("item", shot.item);
    body.set("taken_at", shot.takenAt);
    body.set("digest", shot.digest);
    body.set("place", shot.place);
    body.set("no_place", shot.noPlace);
    body.set("photo", shot.content, `${shot.number}.jpg`);
    if (!(await post(shot.url, body))) return false;
    await remove("shots", shot.number);
    list(shot, true);
    return true;
  }

  async function sendAnswers(answers: Answers): Promise<boolean> {
    const body = new FormData();
    for (const [name, value] of answers.values) body.append(name, value);
    const told = await post(location.pathname, body, answers.revision);
    if (told?.revision === undefined) return false;
    revise(told.revision);
    const now = await read<Answers>("answers", id);
    const same = JSON.stringify(now?.values) === JSON.stringify(answers.values);
    await write("answers", { ...(now ?? answers), revision: String(told.revision), sent: same });
    return same || sendAnswers((await read<Answers>("answers", id))!);
  }

  function conflict(revision: number): void {
    show("conflict");
    sync.querySelector<HTMLButtonElement>("[data-sync-mine]")!.onclick = async () => {
      const answers = await read<Answers>("answers", id);
      if (!answers) return;
      revise(revision);
      await write("answers", { ...answers, revision: String(revision) });
      await flush();
    };
    sync.querySelector<HTMLButtonElement>("[data-sync-theirs]")!.onclick = async () => {
      await remove("answers", id);
      location.assign(location.pathname);
    };
  }

  function list(shot: Shot, there: boolean): void {
    const place = [...form.querySelectorAll<HTMLElement>("[data-item]")].find((it) => it.dataset.item === shot.item);
    const held = place?.querySelector<HTMLElement>("[data-held]");
    if (!held) return;
    const line = held.querySelector<HTMLElement>(`[data-number="${shot.number}"]`) ?? document.createElement("li");
    line.dataset.number = shot.number;
    const at = new Date(shot.takenAt).toLocaleString(document.documentElement.lang === "en" ? "en-GB" : "vi-VN", {
      timeZone: "Asia/Ho_Chi_Minh",
      dateStyle: "short",
      timeStyle: "short",
    });
    const said = (there ? texts.there : texts.held)!.replace("{}", at);
    line.textContent = `${said}, ${shot.place ? texts.placed : `${texts.unplaced}: ${shot.noPlace}`}`;
    held.append(line);
  }

  function take(input: HTMLInputElement): void {
    const file = input.files?.[0];
    if (!file) return;
    show("sending");
    const item = input.closest<HTMLElement>("[data-item]")!.dataset.item!;
    const taken = shoot(file, item, new Date().toISOString());
    input.value = "";
    storing = storing.then(() => taken);
    void taken.then((is) => {
      if (is) void flush();
      else show("refused", texts.broken);
    });
  }

  async function shoot(file: File, item: string, takenAt: string): Promise<boolean> {
    const [content, where] = await Promise.all([plain(file), place(texts)]);
    if (!content) return false;
    const digest = await digestOf(content);
    const number = crypto.randomUUID();
    const shot: Shot = { number, inspection: id, url: form.dataset.photoUrl!, item, takenAt, digest, content, ...where };
    await write("shots", shot);
    list(shot, false);
    return true;
  }

  async function restore(): Promise<void> {
    for (const shot of await shotsOf(id)) list(shot, false);
    const answers = await read<Answers>("answers", id);
    if (!answers || (answers.sent && Number(answers.revision) <= Number(form.dataset.revision))) return;
    revise(Number(answers.revision)); // the one that they were given on: what the server has beyond it is a conflict
    for (const [name, value] of answers.values) {
      const field = form.elements.namedItem(name);
      if (field instanceof RadioNodeList || field instanceof HTMLTextAreaElement) field.value = value;
      else if (field instanceof HTMLInputElement) field.checked = field.value === value;
    }
  }

  for (const one of form.querySelectorAll<HTMLElement>("[data-take]")) one.hidden = false;
  form.addEventListener("change", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.matches("[data-shot]")) take(input);
    else keep();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keep();
  });
  document.querySelector<HTMLFormElement>("[data-inspection-end]")?.addEventListener(
    "submit",
    (event) => {
      const ending = event.currentTarget as HTMLFormElement;
      if (sync.dataset.state === "sent" || sync.dataset.state === undefined) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // what was done here goes before
      void flush().then((whole) => whole && ending.requestSubmit());
    },
    true,
  );
  const button = document.querySelector<HTMLButtonElement>("[data-offline-keep]");
  if (button && "caches" in window) {
    button.hidden = false;
    button.addEventListener("click", () => void keepPage(button));
  }
  addEventListener("online", () => void flush());
  void restore().then(async () => {
    const answers = await read<Answers>("answers", id);
    if ((answers && !answers.sent) || (await shotsOf(id)).length) await flush();
  });
}

/** The picture alone, upright and as JPEG: what the camera writes beside it (place, device) stays behind. */
async function plain(file: File): Promise<Blob | null> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => undefined);
  if (!picture) return null;
  const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
}

async function digestOf(content: Blob): Promise<string> {
  const found = await crypto.subtle.digest("SHA-256", await content.arrayBuffer());
  return [...new Uint8Array(found)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Where the device is, if its owner lets it say so; otherwise why not. */
function place(texts: DOMStringMap): Promise<{ place: string; noPlace: string }> {
  return new Promise((resolve) => {
    const without = (why: string): void => resolve({ place: "", noPlace: why });
    if (!("geolocation" in navigator)) return without(texts.unknown!);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ place: `${coords.longitude.toFixed(6)},${coords.latitude.toFixed(6)}`, noPlace: "" }),
      (error) => without(error.code === error.PERMISSION_DENIED ? texts.denied! : texts.unknown!),
      { enableHighAccuracy: true, timeout: SECONDS_TO_FIND * 1000, maximumAge: 60_000 },
    );
  });
}

// -- the device's own store ---------------------------------------------------------------------------------------

let opened: Promise<IDBDatabase> | undefined;

function store(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open("tinhso-inspection", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("answers", { keyPath: "id" });
      asked.result.createObjectStore("shots", { keyPath: "number" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

async function within<T>(name: string, mode: IDBTransactionMode, work: (rows: IDBObjectStore) => IDBRequest): Promise<T> {
  const base = await store();
  return new Promise((resolve, reject) => {
    const deed = base.transaction(name, mode);
    const asked = work(deed.objectStore(name));
    deed.oncomplete = () => resolve(asked.result as T);
    deed.onabort = () => reject(deed.error);
  });
}

const read = <T>(name: string, key: string): Promise<T | undefined> => within(name, "readonly", (rows) => rows.get(key));
const write = (name: string, row: object): Promise<unknown> => within(name, "readwrite", (rows) => rows.put(row));
const remove = (name: string, key: string): Promise<unknown> => within(name, "readwrite", (rows) => rows.delete(key));

async function shotsOf(id: string): Promise<Shot[]> {
  const all = await within<Shot[]>("shots", "readonly", (rows) => rows.getAll());
  return all.filter((shot) => shot.inspection === id).sort((one, other) => one.takenAt.localeCompare(other.takenAt));
}
