// A photograph of a paper, cut out by its four corners and made straight before it is sent. Without script, or when
// nobody wants it, the photograph is sent as it was taken.
//
// <div data-file data-crop> with <template data-crop-words> holding the words: data-open, data-use, data-keep,
// data-corner ("góc trên trái|góc trên phải|góc dưới phải|góc dưới trái").

type Point = { x: number; y: number };

const LARGEST = 2000;
const STEP = 4;

export function start(): void {
  for (const box of document.querySelectorAll<HTMLElement>("[data-file][data-crop]")) offer(box);
}

function offer(box: HTMLElement): void {
  const input = box.querySelector<HTMLInputElement>("input[type=file]")!;
  const words = box.querySelector<HTMLTemplateElement>("template[data-crop-words]")!.dataset;
  const place = document.createElement("div");
  place.className = "ts-crop";
  box.append(place);
  const list = (): void => {
    place.replaceChildren();
    [...(input.files ?? [])].forEach((file, at) => {
      if (!file.type.startsWith("image/")) return;
      const open = button(`${words.open}: ${file.name}`, "ts-button ts-button--secondary ts-button--small");
      open.addEventListener("click", () => void edit(place, input, at, words, list));
      place.append(open);
    });
  };
  input.addEventListener("change", (event) => {
    if (event.isTrusted || !(event as CustomEvent).detail) list();
  });
}

function button(text: string, classes: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = classes;
  made.textContent = text;
  return made;
}

async function edit(
  place: HTMLElement,
  input: HTMLInputElement,
  at: number,
  words: DOMStringMap,
  done: () => void,
): Promise<void> {
  const file = input.files![at]!;
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const canvas = document.createElement("canvas");
  canvas.className = "ts-crop__canvas";
  const scale = Math.min(1, LARGEST / Math.max(picture.width, picture.height));
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d", { willReadFrequently: true })!.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const frame = document.createElement("div");
  frame.className = "ts-crop__frame";
  frame.append(canvas);
  const lines = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  lines.setAttribute("viewBox", `0 0 ${canvas.width} ${canvas.height}`);
  lines.setAttribute("aria-hidden", "true");
  const outline = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
  lines.append(outline);
  frame.append(lines);
  const [w, h] = [canvas.width, canvas.height];
  const corners: Point[] = [
    { x: 0.06 * w, y: 0.06 * h },
    { x: 0.94 * w, y: 0.06 * h },
    { x: 0.94 * w, y: 0.94 * h },
    { x: 0.06 * w, y: 0.94 * h },
  ];
  const names = (words.corner ?? "").split("|");
  const handles = corners.map((corner, number) => handle(frame, canvas, corner, names[number] ?? "", draw));
  function draw(): void {
    outline.setAttribute("points", corners.map((it) => `${it.x},${it.y}`).join(" "));
    corners.forEach((corner, number) => {
      handles[number]!.style.left = `${(100 * corner.x) / w}%`;
      handles[number]!.style.top = `${(100 * corner.y) / h}%`;
    });
  }
  draw();
  const use = button(words.use ?? "", "ts-button");
  const keep = button(words.keep ?? "", "ts-button ts-button--secondary");
  use.addEventListener("click", async () => {
    const cut = straighten(canvas, corners);
    const blob = await new Promise<Blob | null>((resolve) => cut.toBlob(resolve, "image/jpeg", 0.9));
    if (blob) {
      const files = new DataTransfer();
      [...input.files!].forEach((one, number) => {
        const name = `${file.name.replace(/\.[^.]*$/, "")}.jpg`;
        files.items.add(number === at ? new File([blob], name, { type: "image/jpeg" }) : one);
      });
      input.files = files.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
    done();
    input.focus();
  });
  keep.addEventListener("click", done);
  const actions = document.createElement("p");
  actions.className = "ts-actions";
  actions.append(use, keep);
  place.replaceChildren(frame, actions);
  handles[0]!.focus();
}

function handle(
  frame: HTMLElement,
  canvas: HTMLCanvasElement,
  corner: Point,
  name: string,
  moved: () => void,
): HTMLButtonElement {
  const made = button("", "ts-crop__handle");
  made.setAttribute("aria-label", name);
  const to = (x: number, y: number): void => {
    corner.x = Math.max(0, Math.min(canvas.width, x));
    corner.y = Math.max(0, Math.min(canvas.height, y));
    moved();
  };
  made.addEventListener("pointerdown", (event) => {
    made.setPointerCapture(event.pointerId);
    event.preventDefault();
    made.focus();
  });
  made.addEventListener("pointermove", (event) => {
    if (!made.hasPointerCapture(event.pointerId)) return;
    const box = canvas.getBoundingClientRect();
    to(((event.clientX - box.left) / box.width) * canvas.width, ((event.clientY - box.top) / box.height) * canvas.height);
  });
  made.addEventListener("keydown", (event) => {
    const by: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const way = by[event.key];
    if (!way) return;
    event.preventDefault();
    const step = event.shiftKey ? 1 : STEP * Math.max(1, canvas.width / 400);
    to(corner.x + way[0] * step, corner.y + way[1] * step);
  });
  frame.append(made);
  return made;
}

/** The quadrilateral of the four corners as a rectangle, each point taken from where the projection puts it. */
export function straighten(canvas: HTMLCanvasElement, corners: Point[]): HTMLCanvasElement {
  const [a, b, c, d] = corners as [Point, Point, Point, Point];
  const length = (p: Point, q: Point): number => Math.hypot(p.x - q.x, p.y - q.y);
  const width = Math.max(1, Math.round((length(a, b) + length(d, c)) / 2));
  const height = Math.max(1, Math.round((length(a, d) + length(b, c)) / 2));
  const m = projection(width, height, [a, b, c, d]);
  const from = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
  const made = document.createElement("canvas");
  made.width = width;
  made.height = height;
  const context = made.getContext("2d")!;
  const out = context.createImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const z = m[6]! * x + m[7]! * y + 1;
      const u = (m[0]! * x + m[1]! * y + m[2]!) / z;
      const v = (m[3]! * x + m[4]! * y + m[5]!) / z;
      const [u0, v0] = [Math.max(0, Math.min(from.width - 2, Math.floor(u))), Math.max(0, Math.min(from.height - 2, Math.floor(v)))];
      const [fu, fv] = [Math.max(0, Math.min(1, u - u0)), Math.max(0, Math.min(1, v - v0))];
      const at = 4 * (v0 * from.width + u0);
      const below = at + 4 * from.width;
      for (let k = 0; k < 3; k++) {
        const top = from.data[at + k]! * (1 - fu) + from.data[at + 4 + k]! * fu;
        const bottom = from.data[below + k]! * (1 - fu) + from.data[below + 4 + k]! * fu;
        out.data[4 * (y * width + x) + k] = top * (1 - fv) + bottom * fv;
      }
      out.data[4 * (y * width + x) + 3] = 255;
    }
  }
  context.putImageData(out, 0, 0);
  return made;
}

/** The eight numbers of the projection that takes the rectangle to the four points (Gauss, with pivots). */
function projection(width: number, height: number, to: Point[]): number[] {
  const rectangle = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ] as const;
  const rows = rectangle.flatMap(([x, y], at) => {
    const { x: u, y: v } = to[at]!;
    return [
      [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
      [0, 0, 0, x, y, 1, -v * x, -v * y, v],
    ];
  });
  for (let i = 0; i < 8; i++) {
    let best = i;
    for (let r = i + 1; r < 8; r++) if (Math.abs(rows[r]![i]!) > Math.abs(rows[best]![i]!)) best = r;
    [rows[i], rows[best]] = [rows[best]!, rows[i]!];
    for (let r = 0; r < 8; r++) {
      if (r === i) continue;
      const factor = rows[r]![i]! / rows[i]![i]!;
      for (let k = i; k < 9; k++) rows[r]![k]! -= factor * rows[i]![k]!;
    }
  }
  return rows.map((row, i) => row[8]! / row[i]!);
}
