// Comparing: boxes in the ranking, of which five can be ticked, also by the key c; and the chart of who is compared, with a letter
// at the end of each line, and estimated stretches dashed.
(function () {
  "use strict";
  const form = document.getElementById("compare");
  if (form) {
    const most = Number(form.dataset.most);
    const said = document.getElementById("chosen");
    const boxes = Array.from(document.querySelectorAll("input.choose"));
    const ticked = () => boxes.filter((box) => box.checked);
    const show = () => {
      const count = ticked().length;
      boxes.forEach((box) => (box.disabled = !box.checked && count >= most));
      said.textContent = count === 0 ? "tick two to five creators" : count + " of " + most + " ticked";
    };
    boxes.forEach((box) => box.addEventListener("change", show));
    document.querySelectorAll("table.ranking").forEach((table) =>
      table.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not(.choose), select, textarea")) {
          return;
        }
        const row = event.target.closest("tr");
        const box = row && row.querySelector("input.choose");
        if (event.key === "C" && ticked().length) {
          form.requestSubmit();
        } else if (event.key === "c" && box && !box.disabled) {
          box.checked = !box.checked;
          show();
        } else {
          return;
        }
        event.preventDefault();
      })
    );
    // A browser that goes back ticks the boxes again without a word.
    window.addEventListener("pageshow", show);
    show();
  }

  const box = document.getElementById("compared");
  if (!box || !window.uPlot) {
    return;
  }
  const place = box.querySelector(".chart");
  const columns = JSON.parse(box.dataset.columns);
  const days = columns.days.map((day) => Date.parse(day + "T00:00:00Z") / 1000);
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const dayOf = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
  const text = (value) => (value === null || value === undefined ? "–" : value.toFixed(2));
  // Of few days there are ticks within a day as well.
  const named = (tick) => (tick % 86400 ? "" : dayOf(tick).slice(5));
  let chart = null;

  // An estimated stretch begins and ends at the observed days beside it.
  function estimated(line) {
    const near = (at) => line.estimated[at] || line.estimated[at - 1] || line.estimated[at + 1];
    return line.values.map((value, at) => (near(at) ? value : null));
  }
  function observed(line) {
    return line.values.map((value, at) => (line.estimated[at] ? null : value));
  }
  function lonely(values) {
    const has = (at) => values[at] !== null && values[at] !== undefined;
    return values.map((_, at) => at).filter((at) => has(at) && !has(at - 1) && !has(at + 1));
  }
  function dots(values) {
    const shown = lonely(values);
    return { show: shown.length > 0, size: 5, filter: () => shown };
  }
  function letters(drawn) {
    const context = drawn.ctx;
    const ratio = window.devicePixelRatio || 1;
    context.save();
    context.font = "bold " + 12 * ratio + "px system-ui, sans-serif";
    context.textBaseline = "middle";
    let taken = [];
    columns.lines.forEach((line) => {
      const last = line.values.reduce((found, value, at) => (value === null ? found : at), -1);
      if (last < 0) {
        return;
      }
      let y = drawn.valToPos(line.values[last], "y", true);
      while (taken.some((other) => Math.abs(other - y) < 12 * ratio)) {
        y += 12 * ratio;
      }
      taken.push(y);
      context.fillStyle = colour("--series-" + line.letter);
      context.fillText(line.letter, drawn.valToPos(days[last], "x", true) + 8 * ratio, y);
    });
    context.restore();
  }
  function draw() {
    if (chart) {
      chart.destroy();
    }
    const grid = { stroke: colour("--chart-grid"), width: 1 };
    const axis = { stroke: colour("--chart-text"), font: "12px system-ui, sans-serif", grid: grid, ticks: { show: false } };
    const data = [days];
    const series = [{ label: "day", value: (_, seconds) => (seconds ? dayOf(seconds) : "–") }];
    columns.lines.forEach((line) => {
      const stroke = colour("--series-" + line.letter);
      const [between, seen] = [estimated(line), observed(line)];
      data.push(between, seen);
      series.push(
        { label: line.letter + " estimated", stroke: stroke, width: 2, dash: [4, 4], points: dots(between), value: (_, value) => text(value) },
        { label: line.letter, stroke: stroke, width: 2, points: dots(seen), value: (_, value) => text(value) }
      );
    });
    chart = new window.uPlot(
      {
        width: place.clientWidth,
        height: 280,
        padding: [null, 20, null, null],
        legend: { show: false },
        tzDate: (seconds) => window.uPlot.tzDate(new Date(seconds * 1000), "UTC"),
        cursor: { drag: { x: false, y: false } },
        // The chart's own ends of a single day would be a thousand days apart.
        scales: { x: { time: true, range: () => [days[0] - 43200, days[days.length - 1] + 43200] } },
        axes: [
          { ...axis, grid: { show: false }, space: 70, values: (_, ticks) => ticks.map(named) },
          { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => String(Math.round(tick * 100) / 100)) },
        ],
        series: series,
        hooks: { draw: [letters] },
      },
      data,
      place
    );
  }
  draw();
  let width = box.clientWidth;
  window.addEventListener("resize", () => {
    if (box.clientWidth !== width) {
      width = box.clientWidth;
      draw();
    }
  });
  // The colours are the style sheet's, which knows light from dark.
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
})();
