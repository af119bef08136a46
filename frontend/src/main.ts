// Every page. Small: what only some pages use is loaded when they use it.
import "./main.scss";
import { createAll, CharacterCount, Checkboxes, ErrorSummary, NotificationBanner, Radios, SkipLink } from "govuk-frontend";

document.body.classList.add("js-enabled", "govuk-frontend-supported");

function enhance(scope: Element | Document = document): void {
  for (const component of [CharacterCount, Checkboxes, ErrorSummary, NotificationBanner, Radios]) {
    createAll(component, undefined, scope);
  }
}

enhance();

// A refused form: the first field to be mended has the focus, the summary above it is announced.
(
  document.querySelector<HTMLElement>('.govuk-form-group--error :is(input:not([type="hidden"]), select, textarea)') ??
  document.querySelector<HTMLElement>(".govuk-error-summary")
)?.focus();
createAll(SkipLink);

// The language switch and its like send their form when chosen; a form marked so is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (!form.hasAttribute("data-once")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

document.addEventListener("click", (event) => {
  const target = event.target as Element;
  if (target.closest("[data-print]")) print();
  const copied = target.closest<HTMLElement>("[data-copy]");
  if (copied) void copy(copied);
  const source = target.closest("[data-camera],[data-choose]");
  const input = source?.closest("[data-file]")?.querySelector<HTMLInputElement>("input[type=file]");
  if (!source || !input) return;
  // The same field takes a photograph or a file: `capture` says which of the phone's two ways opens.
  input.toggleAttribute("capture", source.hasAttribute("data-camera"));
  input.click();
});

// A button that copies shows that it did; without leave to copy it was never shown.
async function copy(button: HTMLElement): Promise<void> {
  await navigator.clipboard.writeText(button.dataset.copy ?? "");
  button.classList.add("ts-copied");
  setTimeout(() => button.classList.remove("ts-copied"), 2000);
}
const showCopying = (): void => {
  for (const button of document.querySelectorAll<HTMLElement>("[data-copy][hidden]")) {
    button.hidden = !("clipboard" in navigator);
  }
};
showCopying();
document.addEventListener("htmx:afterSwap", showCopying);

// What was chosen is named, and a photograph is shown, before it is sent.
document.addEventListener("change", (event) => {
  const input = event.target as HTMLInputElement;
  const box = input.closest("[data-file]");
  if (!box || input.type !== "file") return;
  box.querySelectorAll(":scope > img").forEach((it) => it.remove());
  const files = [...(input.files ?? [])];
  box.querySelector("[data-chosen]")!.textContent = files.map((file) => file.name).join(", ");
  for (const file of files.filter((it) => it.type.startsWith("image/"))) {
    const picture = document.createElement("img");
    picture.alt = file.name;
    picture.src = URL.createObjectURL(file);
    picture.onload = () => URL.revokeObjectURL(picture.src);
    box.append(picture);
  }
});

// On paper every fold is open.
let folded: HTMLDetailsElement[] = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll<HTMLDetailsElement>("details:not([open])")];
  for (const details of folded) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of folded) details.open = false;
});

const has = (selector: string): boolean => document.querySelector(selector) !== null;

if (has("[hx-get],[hx-post],[hx-put],[hx-delete],[data-live]")) {
  void import("./islands/live").then(({ start }) => start(enhance));
}
if (has("form[data-draft],[data-draft-done]")) {
  void import("./islands/draft").then(({ start }) => start());
}
if (has("form[data-asks]")) {
  void import("./islands/asks").then(({ start }) => start());
}
if (has("[data-crop]")) {
  void import("./islands/crop").then(({ start }) => start());
}
if (has("form[data-outbox],[data-draft-done]") || Object.keys(localStorage).some((name) => name.startsWith("outbox:"))) {
  void import("./islands/outbox").then(({ start }) => start());
}
const inspection = document.querySelector<HTMLFormElement>("form[data-inspection]");
if (inspection) {
  void import("./islands/inspection").then(({ start }) => start(inspection));
}
if (has("[data-signed-out]") && "caches" in window) void caches.delete("tinhso-drafts");
const push = document.querySelector<HTMLElement>("[data-push]");
if (push) {
  void import("./islands/push").then(({ start }) => start(push));
}
if (has("[data-rows]")) {
  void import("./islands/rows").then(({ start }) => start());
}
if (has("[data-live^='counter:'],[data-print-now],[data-return]")) {
  void import("./islands/hall").then(({ start }) => start());
}
if ("serviceWorker" in navigator) {
  addEventListener("load", () => void navigator.serviceWorker.register("/sw.js").catch(() => undefined));
}
