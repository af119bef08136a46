// A process diagram: <div data-diagram="/…/process.bpmn" data-diagram-at="task_verify">; the step where the case
// stands is marked. The list of steps beside it says the same in words.
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
  if (element.dataset.diagramAt) canvas.addMarker(element.dataset.diagramAt, "ts-here");
}

for (const element of document.querySelectorAll<HTMLElement>("[data-diagram]")) void draw(element);
