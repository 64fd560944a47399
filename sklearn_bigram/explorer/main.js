// The tabs, and the start.

const tabs = { walk: drawWalk, judge: drawJudge, samples: drawSamples };

function chooseTab(tab) {
  if (tab !== "walk") stopWalk();
  state.tab = tab;
  for (const name of Object.keys(tabs)) {
    byId(`tab-${name}`).setAttribute("aria-selected", String(name === tab));
    byId(`tab-${name}`).tabIndex = name === tab ? 0 : -1;
    show(name, name === tab);
  }
  tabs[tab]();
}

function buildTabs() {
  const order = Object.keys(tabs);
  for (const name of order) byId(`tab-${name}`).addEventListener("click", () => chooseTab(name));
  document.querySelector("[role='tablist']").addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    chooseTab(order[(order.indexOf(state.tab) + step + order.length) % order.length]);
    byId(`tab-${state.tab}`).focus();
  });
}

byId("summary").append(
  `This model has counted the ${plural(data.n_bigrams, "bigram")} of ` +
    `${plural(data.n_names, "name")}. It guesses each symbol from the one before, and the map ` +
    "is all that it knows. The symbol ",
  symbolMark(0),
  " stands before and after each name.",
);
show("page", true);
updateP();
buildMap();
buildSmoothing();
buildWalk();
buildJudge();
buildSamples();
buildTabs();
views.push(drawMap, drawSmoothing, drawWalk, drawJudge, drawSamples);
draw();
chooseTab("walk");

// For the console, and for tests.
window.bigramExplorer = {
  data,
  state,
  walk,
  counts,
  probabilities,
  lengthMoments,
  explain,
  split,
  normalize,
  parsePattern,
  buildAutomaton,
  makeChain,
  drawName,
  random,
  fallsOn,
  isOver,
  examples,
  spell,
  chooseTab,
};
