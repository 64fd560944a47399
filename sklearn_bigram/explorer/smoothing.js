// The switch of the model, the slider of its parameter, and the NLL as a function of it.

const modelTexts = {
  alpha: {
    name: "Counting",
    label: "Fake count α",
    hint:
      "α is added to every count, so that no bigram is impossible. The larger it is, the more " +
      "equal all symbols become.",
  },
  reg: {
    name: "Network",
    label: "Penalty reg",
    hint:
      "A network of one layer learns the same table. The penalty pulls its weights to 0: the " +
      "larger it is, the more equal all symbols become.",
  },
};

function currentModel() {
  return data.models[state.model];
}
function currentStep() {
  return state.steps[state.model];
}

function buildSmoothing() {
  const buttons = data.models.map(({ parameter, name }, k) =>
    make(
      "button",
      { role: "radio", type: "button" },
      parameter === null ? name : modelTexts[parameter].name,
    ),
  );
  buttons.forEach((button, k) => button.addEventListener("click", () => chooseModel(k)));
  byId("models").append(...buttons);
  byId("models").addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    chooseModel((state.model + step + buttons.length) % buttons.length);
    buttons[state.model].focus();
  });
  byId("slider").addEventListener("input", (event) => {
    state.steps[state.model] = Number(event.target.value);
    updateP();
    scheduleDraw();
  });
  new ResizeObserver(drawCurve).observe(byId("curve"));
}

function chooseModel(k) {
  state.model = k;
  updateP();
  draw();
}

function drawSmoothing() {
  const { parameter, name, values, train, held_out: heldOut } = currentModel();
  const step = currentStep();
  [...byId("models").children].forEach((button, k) => {
    button.setAttribute("aria-checked", String(k === state.model));
    button.tabIndex = k === state.model ? 0 : -1;
  });
  const texts = modelTexts[parameter];
  byId("smoothing-hint").textContent =
    texts?.hint ?? `The model as it was fitted, by ${name}. Switch to the others to move a slider.`;
  show("slider-box", parameter !== null);
  if (parameter !== null) {
    const text = parameterText(values[step]);
    byId("slider-label").textContent = texts.label;
    byId("slider-value").textContent = values[step] === null ? "∞ (uniform)" : text;
    Object.assign(byId("slider"), { max: values.length - 1, value: step });
    byId("slider").setAttribute(
      "aria-valuetext",
      `${parameter} ${values[step] === null ? "infinite" : text}`,
    );
    drawCurve();
  }
  const rows = [[mark("train"), "training NLL", train[step]]];
  if (heldOut) rows.push([mark("held-out"), "held-out NLL", heldOut[step]]);
  rows.push(["", "NLL of a blind guess", Math.log(data.n_symbols)]);
  const readouts = rows.map(([key, text, nll]) => [make("span", {}, key, text), fixed(nll, 4)]);
  if (heldOut) {
    readouts.push([`best held-out ${parameter}`, parameterText(values[bestStep(heldOut)])]);
  }
  fillReadouts(byId("losses"), readouts);
  byId("held-out-hint").textContent = heldOut
    ? "For the held-out NLL, each fifth of the names is judged by a model of the other four."
    : "";
}

function mark(name) {
  return make("i", { class: `key ${name}` });
}
