// Modules that come without types of their own.
declare module "maplibre-gl/dist/maplibre-gl-csp" {
  import maplibregl from "maplibre-gl";
  export * from "maplibre-gl";
  export default maplibregl;
}

declare module "govuk-frontend" {
  type Component = new (root: Element) => object;
  export const CharacterCount: Component;
  export const Checkboxes: Component;
  export const ErrorSummary: Component;
  export const NotificationBanner: Component;
  export const Radios: Component;
  export const SkipLink: Component;
  export function createAll(component: Component, config?: object, scope?: Element | Document): void;
}
