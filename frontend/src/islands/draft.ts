// Drafts survive a lost network, a closed tab, an empty battery. They stay on this device until the form is sent.
//
// <form data-draft="birth-registration" data-draft-revision="3">: kept under that name; a draft of another revision
// of the form is not put back. A page with data-draft-done="birth-registration" says that it was sent.

const PREFIX = "draft:";
const KEEP_DAYS = 30;
const WAIT = 400;

type Draft = { at: number; revision: string; values: Record<string, string[]> };

function read(key: string): Draft | undefined {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key) ?? "") as Draft;
  } catch {
    return undefined;
  }
}

function controls(form: HTMLFormElement): (HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement)[] {
  return [...form.elements].filter(
    (it): it is HTMLInputElement =>
      it.matches("input,select,textarea") &&
      !it.matches("[type=password],[type=file],[type=hidden],[type=submit],[data-no-draft]") &&
      (it as HTMLInputElement).name !== "",
  );
}

const chosen = (it: Element): boolean => it instanceof HTMLInputElement && /^(radio|checkbox)$/.test(it.type);

function collect(form: HTMLFormElement): Draft["values"] {
  const values: Draft["values"] = {};
  for (const it of controls(form)) {
    if (chosen(it) && !(it as HTMLInputElement).checked) continue;
    (values[it.name] ??= []).push(it.value);
  }
  return values;
}

function restore(form: HTMLFormElement, draft: Draft): boolean {
  let changed = false;
  const taken: Record<string, number> = {};
  for (const it of controls(form)) {
    const values = draft.values[it.name] ?? [];
    if (chosen(it)) {
      const box = it as HTMLInputElement;
      const on = values.includes(box.value);
      changed ||= on !== box.checked;
      box.checked = on;
    } else {
      const value = values[(taken[it.name] = (taken[it.name] ?? -1) + 1)];
      if (value === undefined || value === it.value) continue;
      it.value = value;
      changed = true;
    }
    it.dispatchEvent(new Event("change", { bubbles: true }));
  }
  return changed;
}

export function start(): void {
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(PREFIX)) continue;
    const at = read(name.slice(PREFIX.length))?.at ?? 0;
    if (Date.now() - at > KEEP_DAYS * 86_400_000) localStorage.removeItem(name);
  }
  for (const done of document.querySelectorAll<HTMLElement>("[data-draft-done]")) {
    localStorage.removeItem(PREFIX + done.dataset.draftDone);
  }
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-draft]")) keep(form);
}

function keep(form: HTMLFormElement): void {
  const key = form.dataset.draft!;
  const revision = form.dataset.draftRevision ?? "";
  const draft = read(key);
  const notice = document.querySelector<HTMLElement>(`[data-draft-notice="${CSS.escape(key)}"]`);
  // A form that comes back with its errors holds what was typed last: the server's word stands.
  if (draft && draft.revision === revision && !form.querySelector("[aria-invalid=true],.govuk-error-message")) {
    const before = collect(form);
    if (restore(form, draft) && notice) {
      notice.hidden = false;
      notice.querySelector("[data-draft-drop]")?.addEventListener("click", () => {
        localStorage.removeItem(PREFIX + key);
        restore(form, { at: 0, revision, values: before });
        notice.hidden = true;
      });
    }
  }
  let timer = 0;
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      const now = form.dataset.draftRevision ?? ""; // an island may have kept the form on the server meanwhile
      const text = JSON.stringify({ at: Date.now(), revision: now, values: collect(form) } satisfies Draft);
      try {
        localStorage.setItem(PREFIX + key, text);
      } catch {
        // A full or forbidden storage costs the draft, never the form.
      }
    }, WAIT);
  });
}
