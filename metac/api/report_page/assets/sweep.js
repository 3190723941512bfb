// The table of a sweep, sorted by a click, and two of its columns against each other.
(() => {
  "use strict";
  const { columns } = JSON.parse(document.getElementById("data").textContent);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const shown = (value) => (value == null ? "–" : String(+value.toPrecision(5)));

  // What is not known comes last, whichever way the rest is sorted.
  function compare(left, right, down) {
    if (left == null || right == null) return (left == null) - (right == null);
    const order = typeof left === "number" ? left - right : left.localeCompare(right, undefined, { numeric: true });
    return down ? -order : order;
  }

  const headings = [...document.querySelectorAll("table.sorted thead th")];
  const body = document.querySelector("table.sorted tbody");
  headings.forEach((heading, number) => heading.querySelector("button").addEventListener("click", () => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    headings.forEach((each) => each.setAttribute("aria-sort", "none"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const { cells } = columns[number];
    const rows = [...body.rows].sort((a, b) => compare(cells[a.dataset.row], cells[b.dataset.row], down));
    body.append(...rows);
  }));

  const figure = document.querySelector("figure.scatter");
  if (!figure) return;
  const pointed = document.querySelector(".pointed");
  const labels = columns.find((column) => column.name === "design").cells;
  const verdicts = columns.find((column) => column.name === "verdict").cells;
  const kinds = { met: "met", missed: "missed" };
  const groups = ["met", "missed", "other"].filter((group) => verdicts.some((word) => (kinds[word] || "other") === group));

  function draw() {
    const [across, up] = ["across", "up"].map((axis) => columns[document.querySelector(`[data-axis=${axis}]`).value]);
    const known = labels.map((_, row) => row).filter((row) => across.cells[row] != null && up.cells[row] != null);
    known.sort((a, b) => across.cells[a] - across.cells[b]);
    const axis = { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 } };
    const named = (_, ticks) => ticks.map(shown);
    const padded = (_, low, high) => {
      const room = 0.06 * (high - low || Math.abs(high) || 1);
      return [low - room, high + room];
    };
    const point = (group) => ({
      label: group === "other" ? "not judged" : group,
      stroke: colour(group === "other" ? "open" : group),
      paths: () => null,
      points: { show: true, size: 8, fill: colour(group === "other" ? "open" : group) },
      value: (_, value) => shown(value),
    });
    const options = {
      width: figure.clientWidth,
      height: 360,
      scales: { x: { time: false, range: padded }, y: { range: padded } },
      axes: [
        { ...axis, label: across.heading, labelSize: 22, values: named },
        { ...axis, label: up.heading, labelSize: 22, size: 62, values: named },
      ],
      series: [{ label: across.heading, value: (_, value) => shown(value) }, ...groups.map(point)],
      cursor: { drag: { x: false, y: false } },
      hooks: { setCursor: [(plot) => {
        const row = plot.cursor.idx == null ? null : known[plot.cursor.idx];
        pointed.textContent = row == null ? "Point at a design to read its name." : `${labels[row]}: ${verdicts[row]}`;
      }] },
    };
    const lines = groups.map((group) => known.map((row) => ((kinds[verdicts[row]] || "other") === group ? up.cells[row] : null)));
    if (figure.plot) figure.plot.destroy();
    figure.plot = new uPlot(options, [known.map((row) => across.cells[row]), ...lines], figure);
  }

  document.querySelectorAll("[data-axis]").forEach((select) => select.addEventListener("change", draw));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => { if (figure.plot && figure.plot.width !== figure.clientWidth) figure.plot.setSize({ width: figure.clientWidth, height: 360 }); })
    .observe(document.querySelector("main"));
  draw();
})();
