// A list whose items are put in order: dragged by pointer, moved by two buttons, or by the numbers that are there without
// any script. The numbers are what is sent.

function renumber(list: Element): void {
  [...list.querySelectorAll<HTMLInputElement>("[data-reorder-number]")].forEach((box, at) => (box.value = String(at + 1)));
}

function arrow(words: string, sign: string, act: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "ts-button ts-button--quiet ts-button--small";
  button.setAttribute("aria-label", words);
  button.textContent = sign;
  button.addEventListener("click", () => {
    act();
    button.focus();
  });
  return button;
}

export function start(): void {
  for (const list of document.querySelectorAll<HTMLElement>("[data-reorder]")) {
    const english = document.documentElement.lang === "en";
    for (const item of list.querySelectorAll<HTMLElement>(":scope > [data-reorder-item]")) {
      const name = item.querySelector("strong")?.textContent ?? "";
      const move = (way: "up" | "down") => () => {
        const other = way === "up" ? item.previousElementSibling : item.nextElementSibling;
        if (!other) return;
        way === "up" ? other.before(item) : other.after(item);
        renumber(list);
      };
      const head = item.querySelector(".ts-builder__order");
      head?.append(
        arrow(`${english ? "Move up" : "Đưa lên"}: ${name}`, "↑", move("up")),
        arrow(`${english ? "Move down" : "Đưa xuống"}: ${name}`, "↓", move("down")),
      );
      const handle = item.querySelector<HTMLElement>("strong");
      if (!handle) continue;
      handle.style.cursor = "grab";
      handle.style.touchAction = "none";
      handle.addEventListener("pointerdown", (down) => {
        handle.setPointerCapture(down.pointerId);
        item.dataset.dragged = "";
        const moved = (event: PointerEvent): void => {
          const under = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-reorder-item]");
          if (!under || under === item || under.parentElement !== list) return;
          const box = under.getBoundingClientRect();
          event.clientY < box.top + box.height / 2 ? under.before(item) : under.after(item);
        };
        handle.addEventListener("pointermove", moved);
        handle.addEventListener(
          "lostpointercapture",
          () => {
            handle.removeEventListener("pointermove", moved);
            delete item.dataset.dragged;
            renumber(list);
          },
          { once: true },
        );
      });
    }
  }
}
