// Rows that can be added to and taken from a table field: <div data-rows="items"> with a <template> of one row.

export function start(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const box = target.closest<HTMLElement>("[data-rows]");
    if (!box) return;
    const body = box.querySelector("tbody")!;
    if (target.closest("[data-row-add]")) {
      const row = box.querySelector("template")!.content.cloneNode(true) as DocumentFragment;
      body.append(row);
      number(box);
      body.querySelector<HTMLElement>("tr:last-child :is(input,select,textarea)")?.focus();
    } else if (target.closest("[data-row-drop]")) {
      target.closest("tr")?.remove();
      number(box);
      box.querySelector<HTMLElement>("[data-row-add]")?.focus();
    }
  });
}

function number(box: HTMLElement): void {
  const name = box.dataset.rows!;
  box.querySelectorAll("tbody tr").forEach((row, at) => {
    for (const control of row.querySelectorAll<HTMLInputElement>("[data-column]")) {
      control.name = `${name}.${at}.${control.dataset.column}`;
      control.id = `id_${control.name}`;
    }
  });
}
