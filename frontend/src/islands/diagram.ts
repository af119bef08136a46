// A process diagram: <div data-diagram="/…/process.bpmn" data-diagram-at="task_verify">; the steps where the
// case stands are marked, and those that it passed (data-diagram-done), ids with spaces between. The list of steps beside it says the same in words.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "./diagram.scss";

async function draw(element: HTMLElement): Promise<void> {
  const viewer = new NavigatedViewer({ container: element });
  const answer = await fetch(element.dataset.diagram!);
  if (!answer.ok) return;
  await viewer.importXML(await answer.text());
  const canvas = viewer.get("canvas") as {
    zoom(how: string): void;
    addMarker(id: string, name: string): void;
  };
  canvas.zoom("fit-viewport");
  const elements = viewer.get("elementRegistry") as { get(id: string): unknown };
  const mark = (ids: string | undefined, name: string): void => {
    for (const id of (ids ?? "").split(/\s+/)) if (id && elements.get(id)) canvas.addMarker(id, name);
  };
  mark(element.dataset.diagramDone, "ts-passed");
  mark(element.dataset.diagramAt, "ts-here");
}

// A diagram in a closed fold has no size yet: it is drawn when the fold opens.
for (const element of document.querySelectorAll<HTMLElement>("[data-diagram]")) {
  const fold = element.closest<HTMLDetailsElement>("details:not([open])");
  if (fold) fold.addEventListener("toggle", () => void draw(element), { once: true });
  else void draw(element);
}
