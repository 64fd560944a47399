// How likely a typed name is, step by step.

function buildJudge() {
  byId("name").value = data.names ? names[Math.floor(names.length / 2)] : "";
  byId("name").addEventListener("input", drawJudge);
  if (data.strip_accents === "other") {
    byId("typing-hint").textContent = "The model's own function strips accents: type the name without them.";
  }
}

function judgeName(text) {
  byId("name").value = text;
  chooseTab("judge");
  byId("name").focus();
}

function drawJudge() {
  if (state.tab !== "judge") return;
  const ids = split(normalize(byId("name").value));
  const unknown = ids.find((id) => typeof id === "string" || id === 0);
  byId("name").setAttribute("aria-invalid", String(unknown !== undefined));
  show("name-problem", unknown !== undefined);
  show("judgement", unknown === undefined && ids.length > 0);
  if (unknown !== undefined) byId("name-problem").textContent = describeUnknown(unknown);
  if (unknown !== undefined || ids.length === 0) {
    state.path = [];
    drawPath();
    return;
  }
  const result = explain(state.P, ids);
  state.path = [0, ...ids, 0];
  state.odd = isOdd(result) ? result.odd : -1;
  drawSteps(result);
  fillReadouts(byId("name-numbers"), [
    ["mean NLL per bigram", fixed(result.nll, 4)],
    ["a blind guess", fixed(Math.log(data.n_symbols), 4)],
    ["standard score", fixed(result.score, 2)],
  ]);
  byId("verdict").replaceChildren(make("p", {}, verdict(result, ids.length)), make("p", {}, ...oddWords(result)), ...listWords(ids));
  drawPath();
}

function isOdd({ steps, odd }) { return steps[odd].nll > Math.log(data.n_symbols); }

function drawSteps({ steps, odd }) {
  const blind = Math.log(data.n_symbols), finite = steps.map(({ nll }) => nll).filter(Number.isFinite);
  const top = Math.max(1.15 * blind, ...finite) * 1.05;
  const items = steps.map(({ first, second, best, nll, bestNll }, k) => {
    const bar = make("span", { class: nll === Infinity ? "fill impossible" : "fill" }), tick = make("span", { class: "tick" });
    bar.style.height = `${(100 * Math.min(nll, top)) / top}%`;
    tick.style.bottom = `${(100 * bestNll) / top}%`;
    const text = `${bigramLabel(first, second)}: ${fixed(nll, 2)} nats; the likeliest is ${bigramLabel(first, best)}, ${fixed(bestNll, 2)}`;
    return make("div", { role: "listitem", class: k === odd && nll > blind ? "step odd" : "step", "aria-label": text, title: text },
      make("span", { class: "value" }, fixed(nll, 1)), make("span", { class: "column" }, bar, tick), make("span", { class: "symbol" }, bigramLabel(first, second)));
  });
  byId("steps").replaceChildren(...items);
  byId("steps").style.setProperty("--blind", `${(100 * blind) / top}%`);
}

function verdict({ score, nll }, length) {
  const peers = length === 1 ? "names of one symbol" : `names of ${length} symbols`;
  if (score === -Infinity) return "Impossible: one of its bigrams was never seen, and without smoothing has probability 0.";
  const size = fixed(Math.abs(score), 1);
  if (score < -3) return `Very unusual: ${size} standard deviations less likely than the average of the ${peers} that the model draws. Most strings like this are no names.`;
  if (score < -1) return `Unusual: ${size} standard deviations less likely than the average of the ${peers} that the model draws.`;
  if (score <= 1) return `A typical name: about as likely as the ${peers} that the model draws.`;
  return `A very typical name: ${size} standard deviations likelier than the average of the ${peers} that the model draws.`;
}

function oddWords({ steps, odd }) {
  const { first, second, best, p, nll, bestNll } = steps[odd];
  if (!isOdd({ steps, odd })) return ["No bigram is odd: each is likelier than a blind guess."];
  const words = ["The odd one is ", bigramMark(first, second), `: ${afterText(first)}, ${followText(second)} has probability ${percent(p)}`];
  return best === second ? [...words, "."] : [...words, "; ", best === 0 ? "the end" : symbolMark(best), ` has ${percent(Math.exp(-bestNll))}.`];
}

function listWords(ids) {
  if (data.names === null) return [];
  if (nameSet.has(spell(ids))) return [make("p", {}, "It is in the training list.")];
  return [make("p", {}, holdsAllNames ? "It is not in the training list." : "It is not in the part of the training list that this page holds.")];
}
