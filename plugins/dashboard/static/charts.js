// Draws the charts of a page from the data attributes beside them; the table below holds the same numbers.
// `data-solid` and `data-dashed` say what the two kinds of days are called, `data-marked` what marked days are; a mark that is a
// text is shown when its day is pointed at. `data-marks-on` names the one chart that has marks, `data-mark-ink` their colour.
(function () {
  "use strict";
  const box = document.getElementById("charts");
  if (!box || !window.uPlot) {
    return;
  }
  const columns = JSON.parse(box.dataset.columns);
  const days = columns.days.map((day) => Date.parse(day + "T00:00:00Z") / 1000);
  const numbers = new Intl.NumberFormat("en-US");
  const words = { solid: box.dataset.solid || "observed", dashed: box.dataset.dashed || "estimated" };
  const isBars = (place) => place.dataset.chart === "growth";
  let drawn = [];

  function observed(values) {
    return values.map((value, at) => (columns.estimated[at] ? null : value));
  }
  // An estimated stretch begins and ends at the observed days beside it.
  function estimated(values) {
    const near = (at) => columns.estimated[at] || columns.estimated[at - 1] || columns.estimated[at + 1];
    return values.map((value, at) => (near(at) ? value : null));
  }
  // Days whose neighbours are not of their kind: a line through one of them has no length, and would not be seen.
  function lonely(values) {
    const has = (at) => values[at] !== null && values[at] !== undefined;
    return values.map((_, at) => at).filter((at) => has(at) && !has(at - 1) && !has(at + 1));
  }
  function dots(values, isEach) {
    const shown = isEach ? values.map((_, at) => at).filter((at) => values[at] !== null) : lonely(values);
    return { show: shown.length > 0, size: 5, filter: () => shown };
  }
  function dayOf(seconds) {
    return new Date(seconds * 1000).toISOString().slice(0, 10);
  }
  // Of few days there are ticks within a day as well.
  const named = (tick) => (tick % 86400 ? "" : dayOf(tick).slice(5));
  function text(value) {
    return value === null || value === undefined ? "–" : numbers.format(value).replace("-", "−");
  }
  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }
  function axes() {
    const line = { stroke: colour("--chart-grid"), width: 1 };
    const common = { stroke: colour("--chart-text"), font: "12px system-ui, sans-serif", grid: line, ticks: { show: false } };
    return [
      { ...common, grid: { show: false }, size: 26, space: 70, values: (_, ticks) => ticks.map(named) },
      { ...common, size: 66, space: 36, values: (_, ticks) => labels(ticks) },
    ];
  }
  // As many digits as keep any two labels of an axis apart.
  function labels(ticks) {
    for (let digits = 2; ; digits += 1) {
      const style = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: digits });
      const texts = ticks.map((tick) => style.format(tick).replace("-", "−"));
      if (new Set(texts).size === texts.length || digits === 8) {
        return texts;
      }
    }
  }
  function series(label, stroke, more) {
    return { label: label, stroke: stroke, value: (_, value) => text(value), ...more };
  }
  function lines(name) {
    const values = columns[name];
    const seen = observed(values);
    const between = estimated(values);
    return {
      data: [days, between, seen],
      series: [
        series(words.dashed, colour("--estimated"), { width: 2, dash: [4, 4], points: dots(between, false) }),
        series(words.solid, colour("--line"), { width: 2, points: dots(seen, days.length <= 31) }),
      ],
    };
  }
  // Points on the line: days that something is to be said of.
  function withMarks(name, content) {
    const isOther = box.dataset.marksOn && box.dataset.marksOn !== name;
    if (!box.dataset.marked || isOther || !columns.marked.some(Boolean)) {
      return content;
    }
    const marked = columns[name].map((value, at) => (columns.marked[at] ? value : null));
    const places = marked.map((_, at) => at).filter((at) => marked[at] !== null && marked[at] !== undefined);
    const said = (_, value, __, at) => (typeof columns.marked[at] === "string" ? columns.marked[at] : text(value));
    const look = { width: 0, paths: () => null, points: { show: true, size: 9, width: 2, filter: () => places }, value: said };
    return {
      data: [...content.data, marked],
      series: [...content.series, series(box.dataset.marked, colour(box.dataset.markInk || "--bad"), look)],
    };
  }
  function bars() {
    if (!columns.against) {
      const look = { paths: window.uPlot.paths.bars({ size: [0.7, 14], align: 0 }), width: 1, points: { show: false } };
      return {
        data: [days, columns.growth],
        series: [series("a day", colour("--line"), { ...look, fill: colour("--line") + "99" })],
      };
    }
    const values = columns.growth;
    const paths = window.uPlot.paths.bars({ size: [0.7, 14], align: 0 });
    const whole = (keep) => values.map((value, at) => (Boolean(columns.against[at]) === keep ? value : null));
    const look = (name) => ({ paths: paths, width: 1, points: { show: false }, fill: colour(name) + "99" });
    return {
      data: [days, whole(true), whole(false)],
      series: [
        series("to or from an estimate", colour("--estimated"), look("--estimated")),
        series("between observed days", colour("--line"), look("--line")),
      ],
    };
  }
  // The line of numbers lies over the chart, and only while a day is pointed at.
  function pointed(chart) {
    const at = chart.cursor.idx;
    chart.root.querySelector(".u-legend").hidden = at === null || at === undefined;
  }
  function draw() {
    drawn.forEach((chart) => chart.destroy());
    drawn = [];
    box.querySelectorAll("[data-chart]").forEach((place) => {
      const name = place.dataset.chart;
      const content = isBars(place) ? bars() : withMarks(name, lines(name));
      const options = {
        width: place.clientWidth,
        height: 200,
        tzDate: (seconds) => window.uPlot.tzDate(new Date(seconds * 1000), "UTC"),
        cursor: { sync: { key: "days" }, drag: { x: false, y: false } },
        scales: {
          // The chart's own ends of a single day would be a thousand days apart.
          x: { time: true, range: () => [days[0] - 43200, days[days.length - 1] + 43200] },
          y: { range: isBars(place) ? aroundZero : roomy },
        },
        axes: axes(),
        hooks: { ready: [pointed], setCursor: [pointed] },
        series: [{ label: "day", value: (_, seconds) => (seconds ? dayOf(seconds) : "–") }, ...content.series],
      };
      drawn.push(new window.uPlot(options, content.data, place));
    });
  }
  function aroundZero(_, least, most) {
    const low = Math.min(0, least || 0);
    const high = Math.max(0, most || 0);
    const room = (high - low || 1) * 0.08;
    return [low < 0 ? low - room : 0, high > 0 ? high + room : 0];
  }
  function roomy(_, least, most) {
    const room = Math.max(1, (most - least) * 0.08);
    return [Math.max(0, least - room), most + room];
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
