// A map: <div data-map data-layers='[{"url": "/tiles/…", …}]' data-center="106.3,20.5" data-zoom="9">, or
// data-geojson="/…" for one layer of points and areas, or an input to choose a place (data-map-for="id of input").
import maplibregl, { type StyleSpecification } from "maplibre-gl/dist/maplibre-gl-csp";
import worker from "maplibre-gl/dist/maplibre-gl-csp-worker?url";
import "maplibre-gl/dist/maplibre-gl.css";
import { beside, popup } from "./beside";

maplibregl.setWorkerUrl(worker);

const token = (element: Element, name: string): string => getComputedStyle(element).getPropertyValue(name).trim();

function style(element: Element): StyleSpecification {
  return {
    version: 8,
    sources: {},
    layers: [{ id: "ground", type: "background", paint: { "background-color": token(element, "--sunk") } }],
  };
}

function draw(element: HTMLElement): void {
  const [lon, lat] = (element.dataset.center ?? "106.34,20.6").split(",").map(Number) as [number, number];
  const map = new maplibregl.Map({
    container: element,
    style: style(element),
    center: [lon, lat],
    zoom: Number(element.dataset.zoom ?? 9),
    attributionControl: false,
    cooperativeGestures: matchMedia("(pointer: coarse)").matches,
  });
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  const act = token(element, "--act");
  const paper = token(element, "--paper");
  map.on("load", () => {
    map.resize(); // the styles may have come after the map was made
    const url = element.dataset.geojson;
    if (url) {
      const listed = element.hasAttribute("data-beside");
      const none = { type: "FeatureCollection" as const, features: [] };
      map.addSource("rows", { type: "geojson", data: listed ? none : url, promoteId: "id" });
      map.addLayer({
        id: "areas",
        type: "fill",
        source: "rows",
        filter: ["==", ["geometry-type"], "Polygon"],
        paint: { "fill-color": ["coalesce", ["get", "colour"], act], "fill-opacity": 0.55 },
      });
      map.addLayer({
        id: "edges",
        type: "line",
        source: "rows",
        paint: {
          "line-color": ["case", ["!=", ["geometry-type"], "LineString"], paper, act],
          "line-width": ["case", ["!=", ["geometry-type"], "LineString"], 1, 3],
        },
      });
      map.addLayer({
        id: "points",
        type: "circle",
        source: "rows",
        filter: ["==", ["geometry-type"], "Point"],
        paint: {
          "circle-color": ["coalesce", ["get", "colour"], act],
          "circle-radius": ["coalesce", ["get", "radius"], 6],
          "circle-stroke-color": paper,
          "circle-stroke-width": 1.5,
        },
      });
      for (const layer of ["areas", "edges", "points"]) {
        map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
        map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
        map.on("click", layer, (event) => {
          const properties = event.features?.[0]?.properties;
          if (properties?.name) popup(element, properties).setLngLat(event.lngLat).addTo(map);
        });
      }
      if (listed) void beside(element, map, url);
    }
    element.dispatchEvent(new CustomEvent("map:ready", { detail: map, bubbles: true }));
  });
  // A live fragment or a slider tells the map to read its layer again: element.dispatchEvent(new Event("map:reload")).
  element.addEventListener("map:reload", () => {
    const source = map.getSource("rows") as maplibregl.GeoJSONSource | undefined;
    if (element.dataset.geojson) source?.setData(element.dataset.geojson);
  });

  const input = element.dataset.mapFor && document.getElementById(element.dataset.mapFor);
  if (input instanceof HTMLInputElement) {
    const marker = new maplibregl.Marker({ color: act, draggable: true });
    const place = (): void => {
      const [at, of] = input.value.split(",").map(Number);
      if (at !== undefined && of !== undefined && !Number.isNaN(at) && !Number.isNaN(of)) {
        marker.setLngLat([of, at]).addTo(map);
      }
    };
    const write = ({ lng, lat }: { lng: number; lat: number }): void => {
      input.value = `${lat.toFixed(6)}, ${lng.toFixed(6)}`;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      place();
    };
    map.on("click", (event) => write(event.lngLat));
    marker.on("dragend", () => write(marker.getLngLat()));
    input.addEventListener("change", place);
    place();
  }
}

// A map that is not shown (beside a table, on a telephone) is drawn when it comes to be.
document.querySelectorAll<HTMLElement>("[data-map]").forEach((element) => {
  if (element.offsetParent) return draw(element);
  const waiting = new ResizeObserver(() => {
    if (!element.offsetParent) return;
    waiting.disconnect();
    draw(element);
  });
  waiting.observe(element);
});
