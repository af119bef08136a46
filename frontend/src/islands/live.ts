// htmx, and fragments that fetch themselves again when their topic moves (portals/live.py).
import htmx from "htmx.org";

const DEBOUNCE = 250;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

export function start(enhance: (scope: Element) => void): void {
  document.body.addEventListener("htmx:configRequest", (event) => {
    const { headers, verb } = (event as CustomEvent).detail;
    const token = document.querySelector<HTMLMetaElement>('meta[name="csrf"]')?.content;
    if (verb !== "get" && token) headers["X-CSRFToken"] = token;
  });
  document.body.addEventListener("htmx:load", (event) => enhance((event as CustomEvent).detail.elt));
  // A refused form (422) and a problem come back as pages to be shown, not swallowed.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event as CustomEvent;
    if (detail.xhr.status >= 400 && detail.xhr.status < 500 && detail.xhr.getResponseHeader("X-Fragment")) {
      detail.shouldSwap = true;
      detail.isError = false;
    }
  });
  htmx.process(document.body);
  if (document.querySelector("[data-live]")) listen();
}

const timers = new WeakMap<Element, number>();

function refresh(element: HTMLElement): void {
  if (timers.has(element)) return;
  timers.set(
    element,
    window.setTimeout(() => {
      timers.delete(element);
      const url = element.dataset.liveGet;
      if (!url || !element.isConnected) return;
      void htmx.ajax("get", url, { target: element, swap: "innerHTML", source: element });
    }, DEBOUNCE + Math.random() * DEBOUNCE),
  );
}

function show(on: boolean): void {
  for (const mark of document.querySelectorAll<HTMLElement>(".ts-connection")) {
    mark.hidden = false;
    mark.dataset.state = on ? "on" : "off";
    mark.querySelector("[data-on]")!.toggleAttribute("hidden", !on);
    mark.querySelector("[data-off]")!.toggleAttribute("hidden", on);
  }
}

function listen(): void {
  let wait = FIRST_WAIT;
  let last = "";
  let source: EventSource | undefined;
  const elements = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-live]")];
  const topicsOf = (element: HTMLElement): string[] => (element.dataset.live ?? "").split(/[\s,]+/).filter(Boolean);

  const connect = (): void => {
    const topics = [...new Set(elements().flatMap(topicsOf))];
    const query = new URLSearchParams({ topics: topics.join(",") });
    if (last) query.set("after", last);
    source = new EventSource(`/live?${query}`);
    source.onopen = () => {
      show(true);
      // What happened while nobody listened is fetched once.
      if (wait > FIRST_WAIT) elements().forEach(refresh);
      wait = FIRST_WAIT;
    };
    source.onmessage = (event) => {
      last = event.lastEventId;
      const { topics: moved } = JSON.parse(event.data) as { topics: string[] };
      for (const element of elements()) {
        if (topicsOf(element).some((topic) => moved.includes(topic))) refresh(element);
      }
    };
    source.onerror = () => {
      show(false);
      source?.close();
      window.setTimeout(connect, wait + Math.random() * 500);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
  };

  connect();
  // A page put away by the browser must not hold its connection.
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => (event as PageTransitionEvent).persisted && connect());
}
