// Ten new names under constraints. Their random numbers stay, so that the slider shows its effect.

const nSamples = 10;
let dice = []; // for each sample the random numbers drawn so far
const automata = { pattern: null, automaton: null };

function buildSamples() {
  throwAllDice();
  byId("constraints").addEventListener("submit", (event) => {
    event.preventDefault();
    throwAllDice();
    drawSamples();
  });
  for (const id of ["pattern", "min-length", "max-length"])
    byId(id).addEventListener("input", drawSamples);
}

function throwAllDice() {
  dice = Array.from({ length: nSamples }, () => []);
}

function readConstraints() {
  const [least, most] = ["min-length", "max-length"].map((id) => byId(id).valueAsNumber);
  for (const length of [least, most]) {
    if (!(Number.isInteger(length) && length >= 1 && length <= 40))
      throw new Error("Lengths are whole numbers from 1 to 40.");
  }
  if (least > most) throw new Error("The shortest length is more than the longest.");
  const pattern = byId("pattern").value || "*";
  if (automata.pattern !== pattern) {
    const automaton = buildAutomaton(parsePattern(pattern));
    Object.assign(automata, { pattern, automaton });
  }
  return [automata.automaton, least, most];
}

function drawSamples() {
  if (state.tab !== "samples") return;
  state.path = [];
  drawPath();
  let problem = "";
  let chain = null;
  try {
    chain = makeChain(state.P, ...readConstraints());
    if (chain.logMass === -Infinity)
      throw new Error("No name meets this pattern and these lengths with this smoothing.");
  } catch (error) {
    problem = error.message;
  }
  show("samples-problem", problem !== "");
  byId("samples-problem").textContent = problem;
  const drawn = problem
    ? []
    : dice.map((thrown) => drawName(chain, (n) => (thrown[n] ??= random())));
  byId("sample-list").replaceChildren(...drawn.map(sampleItem));
  byId("samples-status").textContent = problem
    ? ""
    : `Of all names that the model draws, ${percent(Math.exp(chain.logMass))} meet these ` +
      `conditions. ${countNew(drawn)}`;
}

function sampleItem(ids) {
  const text = ids.map(label).join(joined);
  const button = make("button", { class: "quiet", title: "Judge this name" }, text);
  button.addEventListener("click", () => judgeName(spell(ids)));
  const badge = isListed(ids) ? "in the training list" : holdsAllNames ? "new" : "";
  return make(
    "li",
    {},
    button,
    badge && make("span", { class: isListed(ids) ? "badge listed" : "badge" }, badge),
  );
}

function countNew(drawn) {
  if (data.names === null)
    return "This page was made from counts alone, so it cannot tell which of them are new.";
  const n = drawn.filter(isListed).length;
  const part = holdsAllNames
    ? "the training list"
    : `the ${whole(names.length)} of ${whole(data.names.n_distinct)} training names ` +
      "that this page holds";
  return `${n} of these ${nSamples} ${n === 1 ? "is" : "are"} in ${part}.`;
}
