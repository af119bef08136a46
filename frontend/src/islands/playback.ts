// The map of a day, one hour a step: <svg data-played='{"steps":[…],"units":{"13141":[24 counts]}}'>, started by
// [data-playback]. Shades follow ioc/drawing.py.
const STEP = 500;
const SHADES = 5;

const map = document.querySelector<SVGElement>("[data-played]");
const button = document.querySelector<HTMLButtonElement>("[data-playback]");
const says = document.querySelector<HTMLElement>("#map-says");

if (map && button && says) {
  const { steps, units } = JSON.parse(map.dataset.played!) as { steps: number[]; units: Record<string, number[]> };
  const whole = says.textContent!;
  let timer = 0;

  const shade = (value: number): number =>
    value ? SHADES - steps.slice(0, -1).filter((step) => value <= step).length : 0;

  const draw = (hour: number): void => {
    for (const place of map.querySelectorAll<SVGElement>("[data-unit]")) {
      const counts = units[place.dataset.unit!] ?? [];
      const value = counts.slice(0, hour + 1).reduce((sum, count) => sum + count, 0);
      place.querySelector("path")!.setAttribute("class", `shade-${shade(value)}`);
    }
    document.querySelectorAll<SVGElement>("[data-hour]").forEach((bar) => {
      bar.toggleAttribute("aria-current", Number(bar.dataset.hour) === hour);
    });
    says.textContent = `${hour}:59`;
  };

  button.hidden = false;
  button.addEventListener("click", () => {
    clearInterval(timer);
    let hour = 0;
    draw(hour);
    timer = window.setInterval(() => {
      hour += 1;
      if (hour < 24) {
        draw(hour);
      } else {
        clearInterval(timer);
        draw(23);
        says.textContent = whole;
      }
    }, STEP);
  });
}
