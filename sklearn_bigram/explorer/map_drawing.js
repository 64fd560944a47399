// What the map shows: its colors, the order of its rows, the cell at hand, and the path of a name.

function drawCell() {
  const [first, second] = state.cell;
  const n = counts[first * V + second];
  const p = state.P[first * V + second];
  const times = n === 1 ? "once" : `${whole(n)} times`;
  const found = examples(first, second);
  const children = [
    make(
      "p",
      { class: "cell-line" },
      bigramMark(first, second),
      ` ${followText(second)} ${afterText(first)}`,
    ),
    make(
      "p",
      {},
      `Counted ${times} among the ${whole(data.totals[first])} bigrams of this row. Probability `,
      make("b", {}, fixed(p, 4)),
      `: ${percent(p)}.`,
    ),
  ];
  if (found.length > 0) {
    children.push(make("p", { class: "examples" }, "As in ", found.join(", "), "."));
  } else if (n > 0 && names.length > 0) {
    children.push(make("p", { class: "examples" }, "No name in this page holds it."));
  }
  byId("cell").replaceChildren(...children);
}

function drawMap() {
  const byCount = byId("shade").value === "count";
  byId("legend-top").textContent = byCount
    ? `${whole(largestCount)} times`
    : `${100 * fullShade}% or more`;
  orderRows();
  paint((k) => Math.sqrt(byCount ? counts[k] / largestCount : Math.min(1, state.P[k] / fullShade)));
  drawCell();
  drawPath();
}

// Give each cell the color between two colors of the theme that its shade, from 0 to 1, stands for.
function paint(shadeOf) {
  const style = getComputedStyle(document.documentElement);
  const canvas = byId("shades");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const [low, high] = ["--map-low", "--map-high"].map((name) =>
    style
      .getPropertyValue(name)
      .trim()
      .match(/[0-9a-f]{2}/gi)
      .map((hex) => parseInt(hex, 16)),
  );
  const image = context.createImageData(V, V);
  map.order.forEach((row, at) => {
    for (let column = 0; column < V; column += 1) {
      const shade = shadeOf(row * V + column);
      const color = low.map((from, k) => Math.round(from + shade * (high[k] - from)));
      image.data.set([...color, 255], 4 * (at * V + column));
    }
  });
  context.putImageData(image, 0, 0);
}

function orderRows() {
  const column = map.sortedBy.startsWith("column ") ? Number(map.sortedBy.slice(7)) : null;
  const keys = { alphabet: () => 0, frequency: (i) => data.totals[i] };
  const key = column === null ? keys[map.sortedBy] : (i) => state.P[i * V + column];
  const order = [...data.symbols.keys()].sort((a, b) => key(b) - key(a) || a - b);
  map.heads.forEach((head, j) =>
    head.setAttribute("aria-sort", j === column ? "descending" : "none"),
  );
  const select = byId("row-order");
  for (const option of [...select.options].slice(2)) option.remove();
  if (column !== null) {
    select.append(
      make(
        "option",
        { value: map.sortedBy },
        column === 0 ? "likeliest ends first" : `likeliest before ${label(column)} first`,
      ),
    );
  }
  select.value = map.sortedBy;
  if (order.every((i, k) => i === map.order[k])) return;
  const focused = document.activeElement;
  map.order = order;
  byId("map").tBodies[0].replaceChildren(...order.map((i) => map.rows[i]));
  if (byId("map").contains(focused)) focused.focus();
}

// The name at hand as a line from cell to cell.
function drawPath() {
  const rank = [];
  map.order.forEach((i, k) => {
    rank[i] = k;
  });
  const points = state.path.slice(1).map((id, k) => [id + 1.5, rank[state.path[k]] + 1.5]);
  const svg = byId("path");
  svg.setAttribute("viewBox", `0 0 ${V + 1} ${V + 1}`);
  const line = points.map((point) => point.join()).join(" ");
  svg.replaceChildren(
    make("polyline", { class: "halo", points: line }),
    make("polyline", { class: "line", points: line }),
    ...points.map(([x, y], k) =>
      make("circle", {
        cx: x,
        cy: y,
        r: k === state.odd ? 0.42 : 0.26,
        class: k === state.odd ? "odd" : k === 0 ? "first" : "",
      }),
    ),
  );
}
