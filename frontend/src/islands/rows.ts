// Rows that can be added to and taken from a table field: <div data-rows="items"> with a <template> of one row, and
// its rows in a tbody or a [data-row-list]. Where the buttons send the form, they do so only without this.

const list = (box: Element): Element => box.querySelector("[data-row-list],tbody")!;

export function start(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const box = target.closest<HTMLElement>("[data-rows]");
    if (!box) return;
    const rows = list(box);
    if (target.closest("[data-row-add]")) {
      event.preventDefault();
      rows.append(box.querySelector("template")!.content.cloneNode(true));
      number(box);
      rows.lastElementChild?.querySelector<HTMLElement>("input,select,textarea")?.focus();
    } else if (target.closest("[data-row-drop]")) {
      event.preventDefault();
      [...rows.children].find((row) => row.contains(target))?.remove();
      number(box);
      box.querySelector<HTMLElement>("[data-row-add]")?.focus();
      box.dispatchEvent(new Event("input", { bubbles: true }));
      box.dispatchEvent(new Event("rows:changed", { bubbles: true }));
    }
  });
}

function number(box: HTMLElement): void {
  const name = box.dataset.rows!;
  [...list(box).children].forEach((row, at) => {
    for (const control of row.querySelectorAll<HTMLInputElement>("[data-column]")) {
      control.name = `${name}.${at}.${control.dataset.column}`;
      control.id = `id_${control.name}`;
    }
    const drop = row.querySelector<HTMLButtonElement>("button[data-row-drop][name]");
    if (drop) drop.value = `${name}.drop.${at}`;
  });
}
