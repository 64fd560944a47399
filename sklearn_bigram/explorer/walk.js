// A walk that draws a name letter by letter, and the row of the map that it has come to.

const walk = {
  ids: [0], // from the boundary, or from the symbol that was chosen on the map
  thrown: null, // { row, u }: the last die, and the symbol that it was thrown after
  timer: 0,
};
const maxWalk = 60; // symbols
const fewBars = 10;
let showsAllBars = false;

function buildWalk() {
  byId("throw").addEventListener("click", () => {
    stopWalk();
    throwDie();
  });
  byId("finish").addEventListener("click", finishWalk);
  byId("restart").addEventListener("click", () => startWalk(0));
  byId("all-bars").addEventListener("click", () => {
    showsAllBars = !showsAllBars;
    drawWalk();
  });
}

function isOver() {
  return walk.ids.length > 1 && walk.ids.at(-1) === 0;
}
function stopWalk() {
  clearTimeout(walk.timer);
}

function startWalk(id) {
  stopWalk();
  Object.assign(walk, { ids: [id], thrown: null });
  chooseTab("walk");
  byId("walk-status").textContent = `The walk starts ${afterText(id)}.`;
}

// Sorted by probability: the symbols, and the place of each on the bar.
function layOut(row) {
  const ids = [...data.symbols.keys()].sort(
    (a, b) => state.P[row * V + b] - state.P[row * V + a] || a - b,
  );
  let end = 0;
  return ids.map((id) => {
    const p = state.P[row * V + id];
    const start = end;
    end += p;
    return { id, p, start };
  });
}

function fallsOn(row, u) {
  const places = layOut(row).filter(({ p }) => p > 0);
  return (places.find(({ p, start }) => u < start + p) ?? places.at(-1)).id;
}

function throwDie() {
  if (isOver()) Object.assign(walk, { ids: [0], thrown: null });
  const row = walk.ids.at(-1);
  const u = random();
  const id = fallsOn(row, u);
  walk.thrown = { row, u };
  goOn(id, `The die shows ${fixed(u, 4)} and falls on ${followText(id)}.`);
}

function goOn(id, message) {
  walk.ids.push(id);
  const name = walk.ids
    .filter((other) => other > 0)
    .map(label)
    .join(joined);
  byId("walk-status").textContent =
    `${message} ${isOver() ? "The name is" : "So far:"} ${name || "empty"}.`;
  drawWalk();
}

function finishWalk() {
  stopWalk();
  throwDie();
  if (isOver() || walk.ids.length > maxWalk) return;
  if (calm.matches) finishWalk();
  else walk.timer = setTimeout(finishWalk, 650);
}

function drawWalk() {
  if (state.tab !== "walk") return;
  const row = walk.ids.at(-1);
  const symbols = walk.ids.map((id, k) =>
    make("span", { class: k === walk.ids.length - 1 ? "last" : "" }, label(id)),
  );
  byId("so-far").replaceChildren(
    ...symbols,
    isOver() ? "" : make("span", { class: "next", "aria-hidden": "true" }, "?"),
  );
  byId("so-far").setAttribute("aria-label", `So far: ${walk.ids.map(label).join(" ")}`);
  byId("throw").textContent = isOver() ? "Throw for a new name" : "Throw the die";
  drawDie();
  drawBars(isOver() ? 0 : row);
  state.path = walk.ids;
  state.odd = walk.ids.length - 2;
  drawPath();
}

function drawDie() {
  const row = walk.thrown?.row ?? walk.ids.at(-1);
  const caption = byId("die-caption");
  const places = layOut(row).filter(({ p }) => p > 0);
  const fallen = walk.thrown && fallsOn(row, walk.thrown.u);
  const bar = byId("die-bar");
  bar.replaceChildren(
    ...places.map(({ id, p, start }) => {
      const segment = make(
        "span",
        { class: id === fallen ? "fallen" : "" },
        p > 0.025 ? label(id) : "",
      );
      segment.style.left = `${100 * start}%`;
      segment.style.width = `${100 * p}%`;
      return segment;
    }),
  );
  if (walk.thrown === null) {
    caption.replaceChildren("All that can come ", afterText(row), ":");
    return;
  }
  const marker = make("i", { class: "marker" });
  marker.style.left = `${100 * walk.thrown.u}%`;
  bar.append(marker);
  const drawn = walk.ids.at(-1);
  caption.replaceChildren(
    "Thrown ",
    afterText(row),
    ": ",
    make("b", {}, fixed(walk.thrown.u, 4)),
    " falls on ",
    fallen === 0 ? make("b", {}, "the end") : symbolMark(fallen),
    fallen === drawn ? "." : ` now; before, it fell on ${followText(drawn)}.`,
  );
}

function drawBars(row) {
  byId("bars-title").replaceChildren("What comes ", afterText(row));
  const places = layOut(row);
  const visible = showsAllBars ? places : places.slice(0, fewBars);
  const top = places[0].p;
  const focused = byId("bars").contains(document.activeElement);
  const buttons = visible.map(({ id, p }) => {
    const fill = make("span", { class: "fill" });
    fill.style.width = `${(100 * p) / top}%`;
    const button = make(
      "button",
      { class: "bar" },
      make("span", { class: "symbol" }, label(id)),
      id === 0 ? make("span", { class: "visually-hidden" }, " (the end)") : "",
      make("span", { class: "track" }, fill),
      make("span", { class: "number" }, percent(p)),
    );
    button.addEventListener("click", () => chooseBar(id));
    return button;
  });
  byId("bars").replaceChildren(...buttons);
  const move = rove(buttons, 0, {
    ArrowDown: 1,
    ArrowRight: 1,
    ArrowUp: -1,
    ArrowLeft: -1,
    Home: -V,
    End: V,
  });
  byId("bars").onkeydown = (event) => move(event);
  if (focused) buttons[0].focus();
  show("all-bars", places.length > fewBars);
  byId("all-bars").textContent = showsAllBars
    ? `Show the ${fewBars} likeliest`
    : `Show all ${places.length}`;
}

function chooseBar(id) {
  stopWalk();
  if (isOver()) walk.ids = [0];
  walk.thrown = null;
  goOn(id, `You chose ${followText(id)}.`);
}
