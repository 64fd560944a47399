// What the page shows at the moment. Parts of it are drawn again when something changes.

const state = {
  model: 0, // a position in data.models
  steps: data.models.map((model) => model.start), // of the slider of each model
  P: null,
  cell: null, // [first, second] that the caption describes
  tab: "walk",
  path: [], // ids of the name whose path is drawn on the map, with the boundaries
  odd: -1, // the step of this path that is marked
};
const views = []; // functions that draw

function draw() {
  for (const view of views) view();
}

let isScheduled = false;
function scheduleDraw() {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    draw();
  });
}

function updateP() {
  state.P = probabilities(data.models[state.model], state.steps[state.model]);
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");
