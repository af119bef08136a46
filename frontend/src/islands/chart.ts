// A chart: <figure data-chart='{"type": "line", "unit": "%", "x": […], "series": [{"name": "…", "values": […]}]}'>.
// The table beside it says the same for those who do not see it; the chart itself is hidden from screen readers.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

type Chart = {
  type: "line" | "bar";
  unit?: string;
  target?: number;
  x: string[];
  series: { name: string; values: (number | null)[] }[];
};

const language = document.documentElement.lang;
const numbers = new Intl.NumberFormat(language === "vi" ? "vi-VN" : "en-GB", { maximumFractionDigits: 1 });

function draw(figure: HTMLElement): void {
  const data = JSON.parse(figure.dataset.chart!) as Chart;
  const tokens = getComputedStyle(figure);
  const token = (name: string): string => tokens.getPropertyValue(name).trim();
  const box = document.createElement("div");
  box.className = "ts-chart";
  box.setAttribute("aria-hidden", "true");
  figure.append(box);
  const chart = init(box, undefined, { renderer: "svg" });
  const words = { color: token("--ink-soft"), fontFamily: token("--font-figures"), fontSize: 13 };
  const shown = (value: unknown): string =>
    typeof value === "number" ? numbers.format(value) + (data.unit ? ` ${data.unit}` : "") : "–";
  chart.setOption({
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    color: [token("--act"), token("--accent-ink"), token("--done"), token("--late")],
    grid: { left: 8, right: 16, top: data.series.length > 1 ? 36 : 16, bottom: 8, containLabel: true },
    legend: data.series.length > 1 ? { top: 0, left: 0, textStyle: words } : undefined,
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      valueFormatter: shown,
      backgroundColor: token("--paper"),
      borderColor: token("--line-strong"),
      textStyle: { ...words, color: token("--ink") },
    },
    xAxis: {
      type: "category",
      data: data.x,
      axisLabel: words,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: token("--line-strong") } },
    },
    yAxis: {
      type: "value",
      axisLabel: { ...words, formatter: (value: number) => numbers.format(value) },
      splitLine: { lineStyle: { color: token("--line") } },
    },
    series: data.series.map((series, at) => ({
      name: series.name,
      type: data.type,
      data: series.values,
      symbolSize: 6,
      barMaxWidth: 32,
      lineStyle: { width: 2, type: at ? "dashed" : "solid" },
      markLine:
        at === 0 && data.target !== undefined
          ? {
              silent: true,
              symbol: "none",
              lineStyle: { color: token("--late"), type: "dashed" },
              label: { ...words, formatter: shown(data.target), position: "insideEndTop" },
              data: [{ yAxis: data.target }],
            }
          : undefined,
    })),
  });
  new ResizeObserver(() => chart.resize()).observe(box);
}

document.querySelectorAll<HTMLElement>("[data-chart]").forEach(draw);
document.body.addEventListener("htmx:load", (event) => {
  (event as CustomEvent).detail.elt.querySelectorAll("[data-chart]:not(:has(.ts-chart))").forEach(draw);
});
