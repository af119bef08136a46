// Officers' portals: density, and everything by keyboard.
import "./office.scss";
import { start as chosen } from "./islands/chosen";

// An element with data-key="j" is clicked by that key, one with data-key-focus="x" has the focus by it; what stands in
// a row of a list answers for the row that has the focus. `?` lists the keys; Escape closes the list.
const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches("input:not([type=radio]):not([type=checkbox]),select,textarea");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const panel = document.querySelector<HTMLDialogElement>("dialog.ts-keys-panel");
  if (event.key === "?" && panel) {
    event.preventDefault();
    panel.open ? panel.close() : panel.showModal();
    return;
  }
  const row = document.activeElement?.closest("[data-row]");
  const keyed = [...document.querySelectorAll<HTMLElement>("[data-key],[data-key-focus]")].filter(
    (it) => (it.dataset.key ?? it.dataset.keyFocus) === event.key,
  );
  const target = keyed.find((it) => row?.contains(it)) ?? keyed.find((it) => !it.closest("[data-row]"));
  if (!target || panel?.open) return;
  event.preventDefault();
  if (target.dataset.keyFocus || target.matches("input:not([type=checkbox]),select,textarea")) target.focus();
  else target.click();
  // A fold that a key opens is there to be typed in.
  if (target.matches("summary")) target.closest("details[open]")?.querySelector<HTMLElement>("textarea,input:not([type=hidden])")?.focus();
});

// j and k walk the rows of a queue (data-walk on the list, data-row on each row).
document.addEventListener("keydown", (event) => {
  if ((event.key !== "j" && event.key !== "k") || typing(event.target)) return;
  const rows = [...document.querySelectorAll<HTMLElement>("[data-walk] [data-row]")];
  if (!rows.length) return;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(Math.max(here + (event.key === "j" ? 1 : -1), 0), rows.length - 1)];
  (next?.querySelector<HTMLElement>("a,button") ?? next)?.focus();
});

if (document.querySelector("[data-reorder]")) void import("./islands/reorder").then(({ start }) => start());
if (document.querySelector("form[data-chosen]")) chosen();
