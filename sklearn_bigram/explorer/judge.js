// How likely a typed name is, step by step.

function buildJudge() {
  const isShown = (name) => split(name).every((id) => typeof id === "number");
  byId("name").value = names.slice(names.length / 2).find(isShown) ?? "";
  byId("name").addEventListener("input", drawJudge);
  if (data.strip_accents === "other") {
    byId("typing-hint").textContent =
      "The model's own function strips accents: type the name without them.";
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
  byId("verdict").replaceChildren(
    make("p", {}, verdict(result.score, ids.length)),
    make("p", {}, ...oddWords(result)),
    ...listWords(ids),
  );
  drawPath();
}

function isOdd({ steps, odd }) {
  return steps[odd].nll > Math.log(data.n_symbols);
}

function drawSteps({ steps, odd }) {
  const blind = Math.log(data.n_symbols);
  const finite = steps.map(({ nll }) => nll).filter(Number.isFinite);
  const top = Math.max(1.15 * blind, ...finite) * 1.05;
  const items = steps.map(({ first, second, best, nll, bestNll }, k) => {
    const bar = make("span", { class: nll === Infinity ? "fill impossible" : "fill" });
    const tick = make("span", { class: "tick" });
    bar.style.height = `${(100 * Math.min(nll, top)) / top}%`;
    tick.style.bottom = `${(100 * bestNll) / top}%`;
    const text =
      `${bigramLabel(first, second)}: ${fixed(nll, 2)} nats; ` +
      `the likeliest is ${bigramLabel(first, best)}, ${fixed(bestNll, 2)}`;
    return make(
      "div",
      {
        role: "listitem",
        class: k === odd && nll > blind ? "step odd" : "step",
        "aria-label": text,
        title: text,
      },
      make("span", { class: "value" }, fixed(nll, 1)),
      make("span", { class: "column" }, bar, tick),
      make("span", { class: "symbol" }, bigramLabel(first, second)),
    );
  });
  byId("steps").replaceChildren(...items);
  byId("steps").style.setProperty("--blind", `${(100 * blind) / top}%`);
}

function verdict(score, length) {
  if (score === -Infinity) {
    return "Impossible: at least one of its bigrams was never seen, so without smoothing its P is 0.";
  }
  const size = `${fixed(Math.abs(score), 1)} standard deviations`;
  const peers = `the names of ${plural(length, "symbol")} that the model draws`;
  const average = `the average of ${peers}`;
  if (score < -3) {
    return `Very unusual: ${size} less likely than ${average}. Most such strings are no names.`;
  }
  if (score < -1) return `Unusual: ${size} less likely than ${average}.`;
  if (score <= 1) return `A typical name: about as likely as ${peers}.`;
  return `A very typical name: ${size} likelier than ${average}.`;
}

function oddWords({ steps, odd }) {
  const { first, second, best, p, bestNll } = steps[odd];
  if (!isOdd({ steps, odd })) return ["No bigram is odd: each is at least as likely as a blind guess."];
  const words = [
    "The odd one is ",
    bigramMark(first, second),
    `: ${afterText(first)}, ${followText(second)} has probability ${percent(p)}`,
  ];
  if (best === second) return [...words, "."];
  const bestMark = best === 0 ? "the end" : symbolMark(best);
  return [...words, "; ", bestMark, ` has ${percent(Math.exp(-bestNll))}.`];
}

function listWords(ids) {
  if (data.names === null) return [];
  const list = holdsAllNames
    ? "the training list"
    : "the part of the training list that this page holds";
  const text = isListed(ids) ? "It is in the training list." : `It is not in ${list}.`;
  return [make("p", {}, text)];
}
