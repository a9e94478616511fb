// Charts from the numbers in their canvas, busy buttons, and charts again after a part of the page was exchanged.
"use strict";

const INK = "#17212d";
const MUTED = "#566371";
const COLOURS = ["#0a5a78", "#d08a2e", "#2f8a5b", "#8a6bb0", "#b04a4a"];
const SCATTER = ["#d08a2e", "#0a5a78", "#9aa7b4", "#8a6bb0"];
const close = new Intl.NumberFormat("en", { notation: "compact", minimumSignificantDigits: 4, maximumSignificantDigits: 4 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const full = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const share = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

function shown(axis, value, exact) {
  if (axis === "percent") return share.format(value);
  return exact ? full.format(value) : compact.format(value);
}

function band(series) {
  return {
    type: "line",
    label: series.label,
    data: series.values,
    yAxisID: "y",
    backgroundColor: series.colour,
    borderWidth: 0,
    pointRadius: 0,
    pointStyle: "rect",
    fill: series.band === "high" ? "-1" : false,
    tension: 0.15,
    order: 2,
  };
}

function dataset(series, position) {
  if (series.band) return band(series);
  const colour = series.colour || COLOURS[position % COLOURS.length];
  const line = series.type === "line";
  return {
    type: series.type,
    label: series.label,
    data: series.values,
    yAxisID: series.axis === "percent" ? "percent" : "y",
    backgroundColor: series.colours || colour,
    borderColor: colour,
    borderWidth: line ? 2 : 0,
    borderDash: series.dash ? [6, 4] : [],
    pointRadius: line ? 2.5 : 0,
    showLine: series.points ? false : true,
    pointStyle: series.points ? "rectRot" : "circle",
    ...(series.points ? { pointRadius: 6 } : {}),
    tension: 0.15,
    maxBarThickness: 34,
    order: line ? 0 : 1,
    axisKind: series.axis,
  };
}

function lines(text) {
  const found = [""];
  for (const word of text.split(" ")) {
    const last = found[found.length - 1];
    if (last && last.length + word.length > 44) found.push(word);
    else found[found.length - 1] = last ? `${last} ${word}` : word;
  }
  return found;
}

function horizontal(chart) {
  return {
    type: "bar",
    data: {
      labels: chart.labels.map(lines),
      datasets: chart.series.map((series, position) => ({ ...dataset(series, position), yAxisID: undefined, grouped: false, maxBarThickness: 18 })),
    },
    options: {
      indexAxis: "y",
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      scales: {
        x: { grid: { color: "#e8ecf0" }, border: { display: false }, ticks: { color: MUTED, callback: (value) => compact.format(value) } },
        y: { grid: { display: false }, ticks: { color: INK, autoSkip: false } },
      },
      plugins: {
        legend: { position: "bottom", labels: { color: INK, boxWidth: 12 } },
        tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${full.format(item.parsed.x)} ${chart.unit}` } },
      },
    },
  };
}

function scatter(chart) {
  const axis = (text, write) => ({
    grid: { color: "#e8ecf0" },
    border: { display: false },
    title: { display: true, text, color: MUTED },
    ticks: { color: MUTED, callback: write },
    grace: "8%",
  });
  const sets = chart.series.filter((series) => series.points.length);
  return {
    type: "scatter",
    data: {
      datasets: sets.map((series) => ({
        label: series.label,
        data: series.points,
        backgroundColor: SCATTER[chart.series.indexOf(series) % SCATTER.length],
        pointRadius: series.radius || 6,
        pointHoverRadius: (series.radius || 6) + 2,
        clip: false,
      })),
    },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      scales: { x: { ...axis(chart.x, (value) => share.format(value)), max: 1 }, y: axis(chart.unit, (value) => close.format(value)) },
      plugins: {
        legend: { position: "bottom", labels: { color: INK, boxWidth: 12, usePointStyle: true } },
        tooltip: {
          callbacks: { label: ({ raw }) => [...lines(raw.title), `${share.format(raw.x)} · ${full.format(raw.y)}`] },
        },
      },
    },
  };
}

function draw(canvas) {
  const chart = JSON.parse(canvas.dataset.chart);
  const existing = window.Chart.getChart(canvas);
  if (existing) existing.destroy();
  if (chart.scatter) {
    new window.Chart(canvas, scatter(chart));
    return;
  }
  if (chart.horizontal) {
    const rows = chart.labels.reduce((sum, label) => sum + lines(label).length + 0.4, 0);
    canvas.parentElement.style.height = `${Math.max(12, rows + 5)}rem`;
    new window.Chart(canvas, horizontal(chart));
    return;
  }
  const percent = chart.series.some((series) => series.axis === "percent");
  const numbers = chart.series.some((series) => series.axis !== "percent");
  const scale = (axis, position) => ({
    position,
    beginAtZero: axis !== "percent",
    grid: { color: "#e8ecf0", drawOnChartArea: position === "left" },
    border: { display: false },
    title: { display: true, text: axis === "percent" ? chart.percent : chart.unit, color: MUTED },
    ticks: { color: MUTED, callback: (value) => shown(axis, value, false) },
  });
  new window.Chart(canvas, {
    data: { labels: chart.labels, datasets: chart.series.map(dataset) },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { stacked: Boolean(chart.stacked), grid: { display: false }, ticks: { color: MUTED, maxRotation: 45 } },
        ...(numbers ? { y: { ...scale("number", "left"), stacked: Boolean(chart.stacked) } } : {}),
        ...(percent ? { percent: scale("percent", numbers ? "right" : "left") } : {}),
      },
      plugins: {
        legend: { display: !chart.plain, position: "bottom", labels: { color: INK, boxWidth: 12, usePointStyle: true, filter: (item) => item.text !== "" } },
        tooltip: {
          filter: (item) => item.dataset.label !== "",
          callbacks: {
            label: (item) => `${item.dataset.label}: ${shown(item.dataset.axisKind, Array.isArray(item.raw) ? item.raw[1] - item.raw[0] : item.parsed.y, true)}`,
          },
        },
      },
    },
  });
}

function drawAll(within) {
  if (window.Chart) within.querySelectorAll("canvas[data-chart]").forEach(draw);
}

function showCurrent() {
  const here = document.querySelector(".sections [aria-current]");
  const row = here && here.closest("ul");
  if (row) row.scrollLeft = here.offsetLeft + here.offsetWidth / 2 - row.clientWidth / 2;
}

document.addEventListener("DOMContentLoaded", () => drawAll(document));
document.addEventListener("DOMContentLoaded", showCurrent);
document.addEventListener("htmx:afterSettle", (event) => drawAll(event.target));
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button[data-busy]");
  if (!button) return;
  button.textContent = button.dataset.busy;
  window.setTimeout(() => { button.disabled = true; }, 0);
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});
