// What is ticked in the queue stays ticked from page to page and while the queue moves, and is sent together.

const MOST = 500;

export function start(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-chosen]")!;
  const key = `desk.chosen.${form.dataset.chosen}`;
  const chosen = new Set<string>(JSON.parse(sessionStorage.getItem(key) ?? "[]") as string[]);
  const count = form.querySelector<HTMLElement>("[data-count]")!;
  const none = form.querySelector<HTMLElement>("[data-none]")!;
  const forget = form.querySelector<HTMLElement>("[data-forget]")!;
  const words = form.querySelector<HTMLElement>("[data-words]")!.dataset.words!;
  const boxes = (): HTMLInputElement[] => [...document.querySelectorAll<HTMLInputElement>('input[form="chosen"][name="viec"]')];

  const show = (): void => {
    for (const box of boxes()) box.checked = chosen.has(box.value);
    const all = document.querySelector<HTMLInputElement>("[data-all]");
    if (all) {
      all.checked = boxes().length > 0 && boxes().every((box) => box.checked);
      all.indeterminate = !all.checked && boxes().some((box) => box.checked);
    }
    count.hidden = forget.hidden = chosen.size === 0;
    none.hidden = chosen.size > 0;
    count.textContent = words.replace("{n}", String(chosen.size));
    form.hidden = boxes().length === 0 && chosen.size === 0;
    form.toggleAttribute("data-some", chosen.size > 0);
    sessionStorage.setItem(key, JSON.stringify([...chosen]));
  };
  const tick = (box: HTMLInputElement, on: boolean): void => {
    if (!on) chosen.delete(box.value);
    else if (chosen.size < MOST) chosen.add(box.value);
  };

  document.addEventListener("change", (event) => {
    const box = event.target as HTMLInputElement;
    if (box.matches("[data-all]")) for (const one of boxes()) tick(one, box.checked);
    else if (box.form === form && box.name === "viec") tick(box, box.checked);
    else return;
    show();
  });
  forget.addEventListener("click", () => {
    chosen.clear();
    show();
  });
  // Those of other pages are sent along; what was sent is no longer chosen.
  form.addEventListener("submit", () => {
    const here = new Set(boxes().map((box) => box.value));
    for (const value of chosen) {
      if (here.has(value)) continue;
      const hidden = document.createElement("input");
      Object.assign(hidden, { type: "hidden", name: "viec", value });
      form.append(hidden);
    }
    sessionStorage.removeItem(key);
  });
  document.body.addEventListener("htmx:afterSwap", show);
  show();
}
