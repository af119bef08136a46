// A map beside a table: <div data-map data-beside data-geojson="/…" data-said="id of the line that says what is drawn">.
// A row <tr data-feature="id"> and the feature with that id point at each other, by mouse, by focus, and by the link
// <a data-map-show="id"> of the row; data-show="id" says which one is pointed out from the beginning.
import maplibregl, { type FilterSpecification, type GeoJSONSource } from "maplibre-gl/dist/maplibre-gl-csp";

type Position = [number, number];
interface Feature {
  id: string;
  geometry: { type: string; coordinates: unknown };
  properties: { id: string; name: string; href: string };
}
interface Answer {
  features: Feature[];
  more: boolean;
}

/** What a feature says when it is tapped: its name, which leads to its page, and the way to its row in the table. */
export function popup(element: HTMLElement, properties: Record<string, string>): maplibregl.Popup {
  const box = document.createElement("div");
  const title = document.createElement(properties.href ? "a" : "strong");
  title.textContent = properties.name ?? "";
  if (properties.href) title.setAttribute("href", properties.href);
  box.append(title);
  if (properties.text) box.append(document.createElement("br"), properties.text);
  const row = properties.id ? document.getElementById(`dong-${properties.id}`) : null;
  if (row?.offsetParent && element.dataset.rowWords) {
    const link = document.createElement("a");
    link.href = `#${row.id}`;
    link.textContent = element.dataset.rowWords;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      row.scrollIntoView({ block: "center" });
      row.querySelector<HTMLElement>("a")?.focus();
    });
    box.append(document.createElement("br"), link);
  }
  return new maplibregl.Popup({ maxWidth: "280px", focusAfterOpen: true }).setDOMContent(box);
}

function* corners(part: unknown): Generator<Position> {
  if (!Array.isArray(part)) return;
  if (typeof part[0] === "number") yield part as Position;
  else for (const one of part) yield* corners(one);
}

function frame(features: Feature[]): maplibregl.LngLatBounds {
  const bounds = new maplibregl.LngLatBounds();
  for (const feature of features) for (const corner of corners(feature.geometry.coordinates)) bounds.extend(corner);
  return bounds;
}

function say(element: HTMLElement, what: "all" | "more" | "none" | "failed", n = 0): void {
  const line = document.getElementById(element.dataset.said ?? "");
  if (line) line.textContent = (line.dataset[what] ?? "").replace("{n}", n.toLocaleString("vi-VN"));
}

export async function beside(element: HTMLElement, map: maplibregl.Map, url: string): Promise<void> {
  let answer: Answer;
  try {
    const got = await fetch(url, { headers: { Accept: "application/geo+json" } });
    if (!got.ok) throw new Error(String(got.status));
    answer = (await got.json()) as Answer;
  } catch {
    return say(element, "failed");
  }
  const features = new Map(answer.features.map((one) => [one.properties.id, one]));
  const source = map.getSource("rows") as GeoJSONSource;
  source.setData({ type: "FeatureCollection", features: answer.features } as never);
  say(element, !features.size ? "none" : answer.more ? "more" : "all", features.size);
  if (features.size) map.fitBounds(frame(answer.features), { padding: 48, maxZoom: 14, animate: false });

  // An area or a line is a speck on the map of a province: until one is near, a point stands in its middle.
  const marks = answer.features
    .filter((one) => !one.geometry.type.endsWith("Point"))
    .map(({ properties, ...one }) => ({
      type: "Feature",
      properties,
      geometry: { type: "Point", coordinates: frame([{ properties, ...one }]).getCenter().toArray() },
    }));
  map.addSource("marks", { type: "geojson", data: { type: "FeatureCollection", features: marks } as never });
  map.addLayer({
    id: "marks",
    type: "circle",
    source: "marks",
    maxzoom: 13,
    paint: {
      "circle-color": getComputedStyle(element).getPropertyValue("--act").trim(),
      "circle-radius": 5,
      "circle-stroke-color": getComputedStyle(element).getPropertyValue("--paper").trim(),
      "circle-stroke-width": 1.5,
    },
  });
  map.on("click", "marks", (event) => show(String(event.features?.[0]?.properties.id ?? "")));

  // The one pointed at, drawn again on top: as a ring around a point, as the edge of a line or an area.
  const colour = getComputedStyle(element).getPropertyValue("--late").trim() || "#b3261e";
  const nobody: FilterSpecification = ["==", ["get", "id"], ""];
  map.addLayer({
    id: "pointed-edge",
    type: "line",
    source: "rows",
    filter: nobody,
    paint: { "line-color": colour, "line-width": 4 },
  });
  for (const [id, from] of [
    ["pointed-point", "rows"],
    ["pointed-mark", "marks"],
  ] as const) {
    map.addLayer({
      id,
      type: "circle",
      source: from,
      filter: nobody,
      ...(from === "marks" && { maxzoom: 13 }),
      paint: {
        "circle-radius": 11,
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-color": colour,
        "circle-stroke-width": 4,
      },
    });
  }

  const rowOf = (id: string): HTMLElement | null => document.querySelector(`tr[data-feature="${CSS.escape(id)}"]`);
  let pointed = "";
  const point = (id: string): void => {
    if (id === pointed) return;
    if (pointed) rowOf(pointed)?.classList.remove("pointed");
    pointed = id;
    element.dataset.pointed = id;
    if (id) rowOf(id)?.classList.add("pointed");
    const is: FilterSpecification = ["==", ["get", "id"], id];
    map.setFilter("pointed-edge", is);
    map.setFilter("pointed-point", ["all", is, ["==", ["geometry-type"], "Point"]]);
    map.setFilter("pointed-mark", is);
  };
  let shown: maplibregl.Popup | undefined;
  const show = (id: string): void => {
    const feature = features.get(id);
    if (!feature) return;
    point(id);
    const bounds = frame([feature]);
    map.fitBounds(bounds, { padding: 60, maxZoom: Math.max(map.getZoom(), 13), animate: false });
    shown?.remove();
    shown = popup(element, feature.properties).setLngLat(bounds.getCenter()).addTo(map);
  };

  for (const layer of ["areas", "edges", "points", "marks"]) {
    map.on("mousemove", layer, (event) => point(String(event.features?.[0]?.properties.id ?? "")));
    map.on("mouseleave", layer, () => point(""));
  }
  const rows = document.querySelectorAll<HTMLElement>("tr[data-feature]");
  for (const row of rows) {
    const id = row.dataset.feature!;
    for (const begin of ["mouseenter", "focusin"]) row.addEventListener(begin, () => point(id));
    row.addEventListener("mouseleave", () => point(""));
  }
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest<HTMLElement>("a[data-map-show]");
    if (!link || !features.has(link.dataset.mapShow!) || !element.offsetParent) return;
    event.preventDefault();
    element.scrollIntoView({ block: "nearest" });
    show(link.dataset.mapShow!);
  });
  if (element.dataset.show) show(element.dataset.show);
  element.dataset.drawn = String(features.size);
}
