// Exact draws of names that match a pattern and whose length is within bounds.

const maxCells = 5e6;
const leastUnit = -600; // so that exp(-unit) is finite

// A random number from 0 to 1, with 53 bits.
function random() {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}

// The chain of names under constraints. mass[n][state * V + last] * exp(scale[n]) is the
// probability that a name of n symbols so far, of which `last` is the last, ends as it must.
function makeChain(P, automaton, least, most) {
  const size = automaton.next.length;
  if (size * (most + 1) > maxCells)
    throw new Error("This pattern is too long: shorten it, or lower the longest length.");
  const chain = { P, automaton, least, most, mass: [], scale: [], unit: [] };
  for (let n = most; n >= 0; n -= 1) {
    const mass = new Float64Array(size);
    const later = n < most ? chain.scale[n + 1] : 0;
    const unit = n < least ? later : Math.max(later, leastUnit);
    chain.unit[n] = unit;
    for (let state = 0; state < automaton.accepting.length; state += 1) {
      const ahead = Float64Array.from({ length: V }, (_, id) => massAhead(chain, n, state, id));
      for (let last = 0; last < V; last += 1) {
        let sum = 0;
        for (let id = 0; id < V; id += 1) sum += P[last * V + id] * ahead[id];
        mass[state * V + last] = sum;
      }
    }
    const top = mass.reduce((a, b) => Math.max(a, b), 0);
    chain.scale[n] = unit + (top > 0 ? Math.log(top) : 0);
    chain.mass[n] = top > 0 ? mass.map((value) => value / top) : mass;
  }
  chain.logMass = Math.log(chain.mass[0][0]) + chain.scale[0];
  return chain;
}

// The probability, in units of exp(unit[n]), that a name ends as it must once `id` follows.
function massAhead({ automaton, least, most, mass, scale, unit }, n, state, id) {
  if (id === 0) return automaton.accepting[state] && n >= least ? Math.exp(-unit[n]) : 0;
  const target = automaton.next[state * V + id];
  return n < most && target >= 0
    ? mass[n + 1][target * V + id] * Math.exp(scale[n + 1] - unit[n])
    : 0;
}

// Draw a name, as ids; `uniform(n)` is the random number for the symbol after n symbols.
function drawName(chain, uniform) {
  const { P, automaton, mass, scale, unit } = chain;
  const ids = [];
  let state = 0;
  let last = 0;
  for (;;) {
    const n = ids.length;
    const total = mass[n][state * V + last] * Math.exp(scale[n] - unit[n]);
    const id = pick((to) => P[last * V + to] * massAhead(chain, n, state, to), uniform(n) * total);
    if (id === 0) return ids;
    ids.push(id);
    state = automaton.next[state * V + id];
    last = id;
  }
}

// The first id at which the sum of the weights exceeds a limit; the last with a weight if none.
function pick(weightOf, limit) {
  let chosen = 0;
  for (let id = 0, sum = 0; id < V && sum <= limit; id += 1) {
    const weight = weightOf(id);
    sum += weight;
    if (weight > 0) chosen = id;
  }
  return chosen;
}
