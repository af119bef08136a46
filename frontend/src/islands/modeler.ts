// The process editor: <div data-modeler data-file="…bpmn" data-check="…" data-elements="…json"> within <form data-modeler-form>.
// What may be drawn comes from the server, as do the faults: the form is sent to be checked as it would be saved.
import Modeler from "bpmn-js/lib/Modeler";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";
import "./modeler.scss";

/* eslint-disable @typescript-eslint/no-explicit-any -- bpmn-js tells no types of its services */
type Shape = any;
interface Kind {
  key: string;
  name: string;
  means: string;
}
interface Vocabulary {
  elements: Kind[];
  roles: { code: string; name: string }[];
}
interface Checked {
  faults: { element: string; what: string }[];
  steps?: Record<string, string>;
  list?: string;
}

const box = document.querySelector<HTMLElement>("[data-modeler]")!;
const form = box.closest("form")!;
const part = <T extends HTMLElement>(name: string): T => form.querySelector<T>(`[data-modeler-${name}]`)!;
const section = (name: string): HTMLElement => box.querySelector<HTMLElement>(`[data-modeler-part="${name}"]`)!;
const wide = matchMedia("(min-width: 900px)");

const READABLE = 0.75;

/** A key of the vocabulary ("boundaryEvent: timer") as bpmn-js makes it. */
function made(key: string): { type: string; eventDefinitionType?: string; isExpanded?: boolean } {
  const [tag = "", event] = key.split(": ");
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  return {
    type: `bpmn:${capital(tag)}`,
    ...(event ? { eventDefinitionType: `bpmn:${capital(event)}EventDefinition` } : {}),
    ...(tag === "subProcess" ? { isExpanded: true } : {}),
  };
}

/** The key of the vocabulary that an element has. */
function keyOf(element: Shape): string {
  const object = element.businessObject;
  const tag = object.$type.slice(5, 6).toLowerCase() + object.$type.slice(6);
  const event = object.eventDefinitions?.[0]?.$type.replace("bpmn:", "").replace("EventDefinition", "").toLowerCase();
  return event ? `${tag}: ${event}` : tag;
}

async function start(): Promise<void> {
  const [file, words] = await Promise.all([
    fetch(box.dataset.file!).then((answer) => answer.text()),
    fetch(box.dataset.elements!).then((answer) => answer.json() as Promise<Vocabulary>),
  ]);
  box.hidden = false;
  const names = new Map(words.elements.map((kind) => [kind.key, kind.name]));
  const nothing = ["value", null];
  (Pad as any).$inject = ["contextPad"];
  const modeler = new Modeler({
    container: part("canvas"),
    additionalModules: [
      { paletteProvider: nothing, replaceMenuProvider: nothing, contextPadProvider: ["type", Pad] },
      ...(wide.matches ? [] : [{ contextPadProvider: nothing }]),
    ] as never,
  });
  const get = (name: string): any => modeler.get(name);
  const registry = get("elementRegistry");
  const modeling = get("modeling");
  const selection = get("selection");
  const canvas = get("canvas");
  const factory = get("elementFactory");

  /** The short menu of an element: what may follow it, joining, removing. */
  function Pad(this: any, contextPad: any): void {
    contextPad.registerProvider({ getContextPadEntries: entries });
  }

  function entries(element: Shape): Record<string, unknown> {
    if (element.type === "label" || Array.isArray(element)) return {};
    const found: Record<string, unknown> = {};
    if (follows(element)) {
      for (const [key, icon] of Object.entries({ userTask: "user-task", exclusiveGateway: "gateway-xor", endEvent: "end-event-none" })) {
        found[`append.${key}`] = {
          group: "model",
          className: `bpmn-icon-${icon}`,
          title: names.get(key),
          action: { click: () => append(key, element) },
        };
      }
      found.connect = {
        group: "connect",
        className: "bpmn-icon-connection-multi",
        title: names.get("sequenceFlow"),
        action: { click: (event: Event) => get("connect").start(event, element) },
      };
    }
    found.remove = {
      group: "edit",
      className: "bpmn-icon-trash",
      title: part("remove").textContent,
      action: { click: () => modeling.removeElements([element]) },
    };
    return found;
  }

  const is = (element: Shape, type: string): boolean => Boolean(element?.businessObject?.$instanceOf?.(type));
  const follows = (element: Shape): boolean => is(element, "bpmn:FlowNode") && !is(element, "bpmn:EndEvent");
  const chosen = (): Shape => selection.get()[0];

  function append(key: string, after: Shape): void {
    const shape = get("autoPlace").append(after, factory.createShape(made(key)));
    selection.select(shape);
  }

  /** Draw an element: behind the one that is chosen, on it (a boundary event), or where one points. */
  function draw(key: string, event: Event): void {
    const at = chosen();
    if (key === "sequenceFlow") return part<HTMLSelectElement>("to").focus();
    if (key === "lane") {
      const pool = at && (is(at, "bpmn:Lane") || is(at, "bpmn:Participant")) ? at : registry.find((one: Shape) => is(one, "bpmn:Participant"));
      if (pool) selection.select(modeling.addLane(pool, "bottom"));
      return;
    }
    if (key.startsWith("boundaryEvent")) {
      if (!is(at, "bpmn:Activity")) return;
      const place = { x: at.x + at.width - 20, y: at.y + at.height };
      selection.select(modeling.createShape(factory.createShape(made(key)), place, at, { attach: true }));
    } else if (at && follows(at) && !key.startsWith("startEvent")) append(key, at);
    else get("create").start(event, factory.createShape(made(key)));
  }

  const palette = part("palette");
  for (const kind of words.elements) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = kind.name;
    button.title = kind.means;
    button.dataset.draw = kind.key;
    button.addEventListener("click", (event) => draw(kind.key, event));
    palette.append(button);
  }

  // The panel of the chosen element.
  const name = part<HTMLInputElement>("name");
  const pick = part<HTMLSelectElement>("pick");
  const none = pick.options[0]?.text ?? "";
  const role = part<HTMLSelectElement>("role");
  role.append(...words.roles.map(({ code, name: said }) => new Option(said, code)));
  const left = part<HTMLSelectElement>("left");
  const sign = part<HTMLSelectElement>("sign");
  const right = part<HTMLInputElement>("right");
  const told = (element: Shape): string => `${names.get(keyOf(element)) ?? keyOf(element)}: ${element.businessObject.name || element.id}`;
  const drawn = (): Shape[] => registry.filter((one: Shape) => one.type !== "label" && names.has(keyOf(one)));

  function listed(): void {
    const here = chosen()?.id ?? "";
    pick.replaceChildren(new Option(none, ""), ...drawn().map((one) => new Option(told(one), one.id)));
    pick.value = here;
    const to = drawn().filter((one) => is(one, "bpmn:FlowNode") && !is(one, "bpmn:StartEvent") && !is(one, "bpmn:BoundaryEvent") && one.id !== here);
    part<HTMLSelectElement>("to").replaceChildren(...to.map((one) => new Option(told(one), one.id)));
  }

  const timerOf = (element: Shape): any => element?.businessObject.eventDefinitions?.find((one: any) => one.$type === "bpmn:TimerEventDefinition");

  function show(): void {
    const element = chosen()?.labelTarget ?? chosen();
    const object = element?.businessObject;
    section("any").hidden = !object;
    for (const one of form.querySelectorAll<HTMLElement>("[data-step]")) one.classList.toggle("is-chosen", one.dataset.step === element?.id);
    listed();
    if (!object) return;
    const lane = is(element, "bpmn:Lane");
    section("name").hidden = lane;
    name.value = object.name ?? "";
    section("lane").hidden = !lane;
    if (lane) {
      const here = words.roles.find((one) => one.code === object.name || one.name === object.name);
      role.value = here?.code ?? "";
    }
    const timer = timerOf(element);
    section("timer").hidden = !timer;
    if (timer) {
      const found = /^PT?(\d+)([HDW])$/.exec(timer.timeDuration?.body ?? "");
      part<HTMLInputElement>("time").value = found?.[1] ?? "";
      if (found) part<HTMLSelectElement>("unit").value = found[2] === "H" ? "PT#H" : `P#${found[2]}`;
    }
    section("decision").hidden = !is(element, "bpmn:BusinessRuleTask");
    part<HTMLSelectElement>("decision").value = (object.implementation ?? "").replace(/^dmn:/, "");
    section("connect").hidden = !follows(element);
    section("flow").hidden = !is(element, "bpmn:SequenceFlow");
    if (is(element, "bpmn:SequenceFlow")) condition(element);
  }

  /** A flow's condition as choices; one that says more than a comparison is shown as it is written. */
  function condition(flow: Shape): void {
    const text: string = flow.businessObject.conditionExpression?.body ?? "";
    const found = /^\s*(outcome|form\.\w+)\s*(==|!=|>=|<=|>|<)\s*(?:(["'])([^"']*)\3|([\w.-]+))\s*$/.exec(text);
    const known = found && [...left.options].some((option) => option.value === found[1]);
    left.value = text === "" ? (flow.businessObject.sourceRef?.default === flow.businessObject ? "default" : "") : known ? found[1]! : "other";
    if (known) {
      sign.value = found[2]!;
      right.value = found[4] ?? found[5] ?? "";
    } else right.value = "";
    offer(flow);
  }

  /** The values that the chosen thing can have. */
  function offer(flow: Shape): void {
    section("right").hidden = !(left.value === "outcome" || left.value.startsWith("form."));
    const text = flow.businessObject.conditionExpression?.body ?? "";
    part("condition").textContent = text;
    const values: [string, string][] = left.value === "outcome" ? outcomes(flow) : (left.selectedOptions[0]?.dataset.choices ?? "").split("|").filter(Boolean).map((one) => one.split("=", 2) as [string, string]);
    document.getElementById("modeler-values")!.replaceChildren(
      ...values.map(([value, said]) => {
        const option = new Option(said, value);
        return option;
      }),
    );
  }

  /** What the step before a flow may answer, by its form. */
  function outcomes(flow: Shape): [string, string][] {
    let at = flow.source;
    for (let far = 0; far < 20 && at && !is(at, "bpmn:UserTask"); far++) at = at.incoming[0]?.source;
    const fields = at ? form.querySelector<HTMLElement>(`[data-step="${CSS.escape(String(at.id))}"]`) : null;
    if (!fields) return [];
    const ticked = (key: string): boolean => fields.querySelector<HTMLInputElement>(`[name$=".${key}"]`)!.checked;
    const own = fields.querySelector<HTMLTextAreaElement>("textarea")!.value.split("\n").map((line) => line.split("=", 2).map((word) => word.trim()) as [string, string]).filter(([value]) => value);
    const found: [string, string][] = own.length ? own : [[ticked("signs") ? "approve" : "done", ""]];
    for (const key of ["ask-supplement", "refuse"]) if (ticked(key)) found.push([key, ""]);
    return found;
  }

  function setCondition(): void {
    const flow = chosen();
    if (!is(flow, "bpmn:SequenceFlow") || left.value === "other") return;
    const isDefault = flow.businessObject.sourceRef?.default === flow.businessObject;
    if (left.value === "default") {
      if (flow.businessObject.conditionExpression) modeling.updateProperties(flow, { conditionExpression: undefined });
      modeling.updateProperties(flow.source, { default: flow.businessObject });
    } else {
      if (isDefault) modeling.updateProperties(flow.source, { default: undefined });
      const value = right.value.trim();
      const plain = /^(true|false|null|-?\d+(\.\d+)?)$/.test(value) && left.value !== "outcome";
      const body = left.value ? `${left.value} ${sign.value} ${plain ? value : `"${value.replace(/["\\]/g, "")}"`}` : "";
      const expression = body && value ? get("moddle").create("bpmn:FormalExpression", { body }) : undefined;
      modeling.updateProperties(flow, { conditionExpression: expression });
    }
    offer(flow);
  }
  for (const control of [left, sign, right]) control.addEventListener("change", setCondition);

  name.addEventListener("change", () => chosen() && modeling.updateLabel(chosen(), name.value));
  role.addEventListener("change", () => chosen() && modeling.updateProperties(chosen(), { name: role.selectedOptions[0]?.text ?? "" }));
  part("decision").addEventListener("change", (event) =>
    modeling.updateProperties(chosen(), { implementation: `dmn:${(event.target as HTMLSelectElement).value}` }));
  const timed = (): void => {
    const time = part<HTMLInputElement>("time").value.trim();
    if (!/^\d{1,5}$/.test(time)) return;
    const expression = get("moddle").create("bpmn:FormalExpression", { body: part<HTMLSelectElement>("unit").value.replace("#", time) });
    modeling.updateModdleProperties(chosen(), timerOf(chosen()), { timeDuration: expression, timeDate: undefined, timeCycle: undefined });
  };
  part("time").addEventListener("change", timed);
  part("unit").addEventListener("change", timed);
  pick.addEventListener("change", () => choose(pick.value));
  part("remove").addEventListener("click", () => modeling.removeElements([chosen()]));
  part("undo").addEventListener("click", () => get("commandStack").undo());
  part("redo").addEventListener("click", () => get("commandStack").redo());
  part("connect").addEventListener("click", () => {
    const to = registry.get(part<HTMLSelectElement>("to").value);
    if (chosen() && to) selection.select(modeling.connect(chosen(), to, { type: "bpmn:SequenceFlow" }));
  });

  function choose(id: string): void {
    const element = registry.get(id);
    selection.select(element ?? []);
    if (element) canvas.scrollToElement(element, 60);
  }

  // A fault of the list leads to its element in the drawing.
  part("faults").addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLElement>("[data-element]");
    if (!link || !registry.get(link.dataset.element!)) return;
    event.preventDefault();
    choose(link.dataset.element!);
    box.scrollIntoView({ block: "nearest" });
    part("canvas").focus({ preventScroll: true });
  });

  let marked: string[] = [];
  function mark(faults: Checked["faults"]): void {
    for (const id of marked) if (registry.get(id)) canvas.removeMarker(id, "ts-fault");
    get("overlays").remove({ type: "fault" });
    marked = [];
    for (const { element, what } of faults) {
      const shape = registry.get(element);
      if (!shape) continue;
      canvas.addMarker(element, "ts-fault");
      if (!marked.includes(element) && !shape.waypoints) {
        const note = document.createElement("div");
        note.className = "ts-modeler__fault";
        note.textContent = what;
        get("overlays").add(element, "fault", { position: { bottom: -4, left: 0 }, html: note });
      }
      marked.push(element);
    }
  }

  /** The drawing as it is kept: lanes by the codes of their roles, which are shown by their words. */
  async function saved(): Promise<string> {
    const lanes: [any, string][] = [];
    for (const one of registry.filter((found: Shape) => is(found, "bpmn:Lane"))) {
      const object = one.businessObject;
      const here = words.roles.find((found) => found.name === object.name);
      lanes.push([object, object.name]);
      if (here) object.name = here.code;
    }
    try {
      return (await modeler.saveXML({ format: true })).xml ?? "";
    } finally {
      for (const [object, said] of lanes) object.name = said;
    }
  }

  let asked = 0;
  async function check(): Promise<void> {
    const turn = ++asked;
    const data = new FormData(form);
    data.set("xml", await saved());
    data.delete("file");
    const answer = await fetch(box.dataset.check!, { method: "POST", body: data });
    if (turn !== asked || !answer.headers.get("Content-Type")?.includes("json")) return;
    const found = (await answer.json()) as Checked;
    mark(found.faults);
    if (found.list === undefined) part("faults").replaceChildren(...found.faults.map((fault) => Object.assign(document.createElement("p"), { textContent: fault.what })));
    else part("faults").innerHTML = found.list;
    if (found.steps) stepsShown(found.steps);
    box.dataset.checked = String(turn);
  }

  /** A step that was drawn gets its form; the form of one that is gone goes. What is being written stays. */
  function stepsShown(steps: Record<string, string>): void {
    const holder = part("steps");
    for (const one of holder.querySelectorAll<HTMLElement>("[data-step]")) if (!(one.dataset.step! in steps)) one.remove();
    for (const [id, html] of Object.entries(steps)) {
      if (holder.querySelector(`[data-step="${CSS.escape(id)}"]`)) continue;
      const made = document.createElement("template");
      made.innerHTML = html;
      holder.append(made.content);
    }
    show();
  }

  let waiting = 0;
  const soon = (): void => {
    clearTimeout(waiting);
    waiting = window.setTimeout(() => void check(), 400);
  };

  await modeler.importXML(file);
  for (const one of registry.filter((found: Shape) => is(found, "bpmn:Lane"))) {
    // Lanes are kept by the code of their role and read by its words.
    const here = words.roles.find(({ code }) => code === one.businessObject.name);
    if (here) one.businessObject.name = here.name;
    if (here) get("eventBus").fire("element.changed", { element: one });
  }
  canvas.zoom("fit-viewport");
  if (wide.matches && canvas.zoom() < READABLE) {
    // Words that cannot be read help nobody: the beginning is shown, and the rest is scrolled to.
    const { inner, outer } = canvas.viewbox();
    canvas.viewbox({ x: inner.x - 20, y: inner.y - 20, width: outer.width / READABLE, height: outer.height / READABLE });
  }
  get("eventBus").on("selection.changed", show);
  get("eventBus").on("commandStack.changed", () => {
    listed();
    soon();
  });
  form.addEventListener("input", soon);
  show();
  await check();

  // The form is sent with the drawing as it is.
  let ready = false;
  form.addEventListener("submit", (event) => {
    if (ready || form.querySelector<HTMLInputElement>("#id_file")!.files?.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = (event as SubmitEvent).submitter;
    void saved().then((xml) => {
      part<HTMLTextAreaElement>("xml").value = xml;
      ready = true;
      setTimeout(() => form.requestSubmit(button)); // not before this submit is over: the browser would let it fall
    });
  }, { capture: true });
}

void start();
