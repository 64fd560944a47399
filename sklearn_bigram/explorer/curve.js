// The NLL of training and held-out names at each step of the slider, as two curves.

const thumb = 18; // width of the slider's thumb, whose middle moves as far as the curves reach
const padding = 8;
const leastHeight = 0.12; // nats

function bestStep(losses) {
  return losses.indexOf(Math.min(...losses));
}

// The curves lie under the track of the slider: a step is at the same place in both.
function drawCurve() {
  const { parameter, values, train, held_out: heldOut } = currentModel();
  if (parameter === null) return;
  const svg = byId("curve");
  const [width, height] = [svg.clientWidth, svg.clientHeight];
  const step = currentStep();
  const y = scaleLosses(train, heldOut ?? train, height);
  const x = (k) => thumb / 2 + (k / (values.length - 1)) * (width - thumb);
  const inside = (nll) => Math.min(Math.max(y(nll), 2), height - 2);
  const line = (name, losses) => {
    const points = losses.map((nll, k) => `${x(k)},${Math.max(y(nll), -1e4)}`);
    return make("polyline", { class: name, points: points.join(" ") });
  };
  const dot = (name, k, losses, r) =>
    make("circle", { class: name, cx: x(k), cy: inside(losses[k]), r });

  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren(
    make("line", { class: "now", x1: x(step), x2: x(step), y1: 0, y2: height }),
    line("train", train),
  );
  if (heldOut) {
    svg.append(
      line("held-out", heldOut),
      dot("best", bestStep(heldOut), heldOut, 5),
      dot("held-out", step, heldOut, 4),
    );
  }
  svg.append(dot("train", step, train, 4));
  byId("curve-label").textContent = describeCurve(parameter, values, train, heldOut);
}

// The vertical place of a NLL. What is much larger than the best is above the picture.
function scaleLosses(train, heldOut, height) {
  const floor = Math.min(...train, ...heldOut);
  const best = Math.min(...heldOut);
  const top = best + Math.max(leastHeight, 1.2 * (best - Math.min(...train)));
  const ceiling = Math.min(top, Math.log(data.n_symbols) + 0.02);
  const unit = (height - 2 * padding) / Math.max(ceiling - floor, 1e-9);
  return (nll) => height - padding - (nll - floor) * unit;
}

function describeCurve(parameter, values, train, heldOut) {
  const text =
    `NLL by ${parameter}: training ${fixed(train[0], 4)} at 0, ` +
    `rising to ${fixed(train.at(-1), 4)}.`;
  if (!heldOut) return text;
  const best = bestStep(heldOut);
  const value = parameterText(values[best]);
  return `${text} Held out: least at ${parameter} ${value}, ${fixed(heldOut[best], 4)}.`;
}
