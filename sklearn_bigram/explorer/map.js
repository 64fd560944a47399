// The heat map: one row for each symbol before, one column for each symbol after.

const map = {
  rows: [],
  cells: [],
  heads: [],
  order: [...data.symbols.keys()],
  sortedBy: "alphabet",
};
const fullShade = 0.5; // probabilities from here on have the full color
const largestCount = counts.reduce((a, b) => Math.max(a, b), 1);

function buildMap() {
  const head = make("tr", {}, make("td", { class: "corner" }));
  for (let j = 0; j < V; j += 1) {
    map.heads.push(make("th", { scope: "col", tabIndex: -1 }, label(j)));
  }
  head.append(...map.heads);
  for (let i = 0; i < V; i += 1) {
    const row = make("tr", {}, make("th", { scope: "row", tabIndex: -1 }, label(i)));
    for (let j = 0; j < V; j += 1) {
      const cell = make("td", { role: "gridcell", tabIndex: -1 });
      cell.bigram = [i, j];
      map.cells.push(cell);
      row.append(cell);
    }
    map.rows.push(row);
  }
  const table = byId("map");
  table.append(make("thead", {}, head), make("tbody", {}, ...map.rows));
  const frame = byId("map-frame");
  frame.style.setProperty("--size", V + 1);
  frame.classList.toggle("large", V > 60);
  new ResizeObserver(() => {
    frame.classList.toggle("scrolls", frame.scrollWidth > frame.clientWidth + 1);
  }).observe(frame);
  Object.assign(byId("shades"), { width: V, height: V });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  const [first, second] = mostFrequentBigram();
  map.cells[first * V + second].tabIndex = 0;
  describeCell([first, second]);
  table.addEventListener("pointerover", (event) => describeCell(event.target.bigram));
  table.addEventListener("pointermove", (event) => {
    // a finger holds on to the cell that it touched first
    if (event.pointerType === "touch")
      describeCell(document.elementFromPoint(event.clientX, event.clientY)?.bigram);
  });
  table.addEventListener("focusin", (event) => describeCell(event.target.bigram));
  table.addEventListener("click", (event) => {
    if (event.target.tabIndex === undefined || event.target === table) return;
    focusInMap(event.target);
    activate(event.target);
  });
  table.addEventListener("keydown", moveInMap);

  const orders = [
    ["alphabet", "alphabetical"],
    ["frequency", "most frequent first"],
  ];
  byId("row-order").append(...orders.map(([value, text]) => make("option", { value }, text)));
  byId("row-order").addEventListener("change", (event) => sortRows(event.target.value));
  byId("shade").addEventListener("change", draw);
  if (data.n_symbols > V) {
    byId("hidden-symbols").textContent =
      `Of ${whole(data.n_symbols)} symbols, this page shows the ${V} most ` +
      "frequent. Their probabilities are those of the whole model; samples and standard scores " +
      "are those of names of these symbols.";
  }
}

function sortRows(by) {
  map.sortedBy = by;
  draw();
}

function activate(element) {
  if (element.scope === "row")
    startWalk(element.parentElement === null ? 0 : map.rows.indexOf(element.parentElement));
  if (element.scope === "col") sortRows(`column ${map.heads.indexOf(element)}`);
}

function moveInMap(event) {
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const rows = [...byId("map").rows];
  let row = rows.indexOf(event.target.parentElement);
  let column = [...event.target.parentElement.cells].indexOf(event.target);
  if (event.key === "Enter" || event.key === " ") activate(event.target);
  else if (event.key in steps)
    [row, column] = [row + steps[event.key][0], column + steps[event.key][1]];
  else if (event.key === "Home") [row, column] = [event.ctrlKey ? 1 : row, 1];
  else if (event.key === "End") [row, column] = [event.ctrlKey ? V : row, V];
  else return;
  event.preventDefault();
  const target = rows[row]?.cells[column];
  if (target && (row > 0 || column > 0)) focusInMap(target);
}

function focusInMap(element) {
  describeCell(element.bigram); // before the focus, so that the cell has its label
  byId("map").querySelector("[tabindex='0']").tabIndex = -1;
  element.tabIndex = 0;
  element.focus();
}

function describeCell(bigram) {
  if (bigram === undefined || (state.cell && bigram.every((id, k) => id === state.cell[k]))) return;
  state.cell = bigram;
  drawCell();
  for (const element of byId("map").querySelectorAll(".current"))
    element.classList.remove("current");
  const [i, j] = bigram;
  map.cells[i * V + j].setAttribute("aria-label", bigramLabel(i, j));
  for (const element of [map.cells[i * V + j], map.rows[i].cells[0], map.heads[j]])
    element.classList.add("current");
}

// Of two symbols of a name, if there is one.
function mostFrequentBigram() {
  let best = [0, 0];
  for (let i = 1; i < V; i += 1) {
    for (let j = 1; j < V; j += 1)
      if (counts[i * V + j] > counts[best[0] * V + best[1]]) best = [i, j];
  }
  return best;
}
