// Officers' portals: density, and everything by keyboard.
import "./office.scss";

// An element with data-key="j" is reached by that key; `?` lists them all; Escape closes the list.
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
  const target = [...document.querySelectorAll<HTMLElement>("[data-key]")].find((it) => it.dataset.key === event.key);
  if (!target || panel?.open) return;
  event.preventDefault();
  target.matches("input,select,textarea") ? target.focus() : target.click();
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
