"use strict";

// Draws each figure of the page for what its reader has chosen.
const figures = JSON.parse(document.getElementById("figures").textContent);
const settings = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["lasso2d", "select2d"] };

function chosen(element) {
  return Array.from(element.querySelectorAll("select"), (select) => select.value).join("|");
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
  plot.style.minHeight = `${layout.height}px`;
  return Plotly.react(plot, figure.base.concat(variant.data), layout, settings);
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

// What is folded on the screen is told on paper.
window.addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});
