"use strict";

// Draws each figure of the page for what its reader has chosen.
const figures = JSON.parse(document.getElementById("figures").textContent);
const narrow = window.matchMedia("(max-width: 40rem)").matches;
const settings = {
  responsive: true,
  displaylogo: false,
  displayModeBar: narrow ? false : "hover",
  modeBarButtonsToRemove: ["lasso2d", "select2d"],
  // The page stays where it is: without these, a button uploads its figures.
  showSendToCloud: false,
  plotlyServerURL: "",
};

function chosen(element) {
  return Array.from(element.querySelectorAll("select"), (select) => select.value).join("|");
}

// Heights are made for a wide page: what keeps its proportions needs less on a narrow one.
const LEAST_HEIGHT = 200;

function heightOf(layout, width) {
  const { xaxis, yaxis, margin, height } = layout;
  if (yaxis.scaleanchor === undefined) return height;
  const ratio = (yaxis.range[1] - yaxis.range[0]) / (xaxis.range[1] - xaxis.range[0]);
  const drawn = Math.max(LEAST_HEIGHT, (width - margin.l - margin.r) * ratio);
  return Math.min(height, Math.round(drawn) + margin.t + margin.b);
}

function draw(element, figure) {
  const variant = figure.variants[chosen(element)];
  const layout = structuredClone(variant.layout);
  const button = element.querySelector("button.log");
  if (button !== null && button.getAttribute("aria-pressed") === "true") {
    layout[figure.log_axis].type = "log";
  }
  element.querySelector(".says").innerHTML = variant.says;
  const plot = element.querySelector(".plot");
  layout.height = heightOf(layout, plot.clientWidth);
  plot.style.minHeight = `${layout.height}px`;
  const traces = variant.traces.map((number) => figure.traces[number]);
  return Plotly.react(plot, traces, layout, settings);
}

function prepare(element, figure) {
  for (const select of element.querySelectorAll("select")) {
    select.addEventListener("change", () => draw(element, figure));
  }
  const button = element.querySelector("button.log");
  if (button !== null) {
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") === "true";
      button.setAttribute("aria-pressed", String(!pressed));
      draw(element, figure);
    });
  }
  return draw(element, figure);
}

const drawn = Array.from(document.querySelectorAll("figure[data-figure]"), (element) =>
  prepare(element, figures[element.dataset.figure]),
);
Promise.all(drawn).then(() => document.documentElement.setAttribute("data-drawn", "yes"));

// Paper is narrower than most screens, and nothing on it can be unfolded.
const PAPER_WIDTH = 700;

function resize(width) {
  for (const plot of document.querySelectorAll(".plot")) Plotly.relayout(plot, { width, autosize: width === null });
}

window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  resize(PAPER_WIDTH);
});
window.addEventListener("afterprint", () => resize(null));
