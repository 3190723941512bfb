// Charts of the report, drawn by uPlot in the colours of the page.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const faint = (hex) => `${hex}33`;

  const shown = (value) => (value == null ? "–" : Math.abs(value) >= 1e5 || (value && Math.abs(value) < 1e-3)
    ? value.toExponential(3).replace(/\.?0+e/, "e") : String(+value.toPrecision(5)));

  function seriesOf(line, read) {
    const stroke = colour(line.role);
    return {
      label: line.label,
      class: line.form,
      stroke: line.form === "bound" ? "transparent" : stroke,
      width: 1.5,
      dash: line.form === "dashed" ? [6, 4] : undefined,
      points: { show: line.form === "marked", size: 6 },
      spanGaps: false,
      value: (_, value) => shown(read(value)),
    };
  }

  // Lines at studies, remeshings, stages and restarts, named at their top; a name that would stand on another goes below it.
  function drawMarks(plot, marks) {
    const context = plot.ctx;
    context.save();
    context.strokeStyle = context.fillStyle = colour("quiet");
    context.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    context.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    const { left, top, width, height } = plot.bbox;
    const ends = [];
    marks.forEach((mark) => {
      const x = plot.valToPos(mark.place, "x", true);
      context.beginPath();
      context.moveTo(x, top);
      context.lineTo(x, top + height);
      context.stroke();
      const room = context.measureText(mark.label).width + 8;
      context.textAlign = x + room > left + width ? "right" : "left";
      const start = context.textAlign === "left" ? x : x - room;
      const row = [...ends, -Infinity].findIndex((end) => end <= start);
      ends[row] = start + room;
      context.fillText(mark.label, x + (context.textAlign === "left" ? 4 : -4), top + (12 + 14 * row) * devicePixelRatio);
    });
    context.restore();
  }

  function make(figure) {
    const chart = data[figure.dataset.group][Number(figure.dataset.chart)];
    const bounds = chart.series.map((line, index) => (line.form === "bound" ? index + 1 : 0)).filter(Boolean);
    const axis = { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 } };
    // The axis of uPlot itself ends at 1e-16, where a loss need not.
    const read = chart.logarithmic ? (value) => (value == null ? value : 10 ** value) : (value) => value;
    const named = (tick) => (tick == null ? "" : shown(chart.logarithmic ? +read(tick).toPrecision(2) : tick));
    const options = {
      width: figure.clientWidth,
      height: 280,
      scales: { x: { time: false } },
      axes: [
        { ...axis, label: chart.horizontal, labelSize: 22, values: (_, ticks) => ticks.map((tick) => shown(tick)) },
        { ...axis, label: chart.vertical, labelSize: 22, size: 62, values: (_, ticks) => ticks.map(named) },
      ],
      series: [{ label: chart.horizontal, value: (_, value) => shown(value) }, ...chart.series.map((line) => seriesOf(line, read))],
      bands: bounds.length === 2 ? [{ series: [bounds[1], bounds[0]], fill: faint(colour("target")) }] : [],
      hooks: { draw: [(plot) => drawMarks(plot, chart.marks)] },
      cursor: { points: { size: 6 } },
    };
    // uPlot leaves a gap at null, and goes on over undefined, which JSON does not have.
    const drawn = chart.logarithmic ? (value) => (value == null ? value : Math.log10(value)) : (value) => value;
    const values = chart.series.map((line) => line.values.map((value) => (value === "" ? undefined : drawn(value))));
    const plot = new uPlot(options, [chart.abscissa, ...values], figure);
    figure.plot = plot;
    return plot;
  }

  const figures = [...document.querySelectorAll("figure.chart")];
  const remake = () => figures.forEach((figure) => { if (figure.plot) figure.plot.destroy(); make(figure); });
  remake();
  document.addEventListener("progress", (event) => {
    data.progress = event.detail;
    remake();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", remake);
  new ResizeObserver(() => figures.forEach((figure) => {
    if (figure.plot && figure.plot.width !== figure.clientWidth) figure.plot.setSize({ width: figure.clientWidth, height: 280 });
  })).observe(document.querySelector("main"));
})();
