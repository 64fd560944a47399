// Glob patterns: from text to elements, and to a deterministic automaton.

const regexSigns = "^$.|+(){}\\";

// For each element the set of ids that it matches; null for `*`. Throws an Error to be shown.
function parsePattern(pattern) {
  const elements = [];
  for (const [token, negated, content, closed] of pattern.matchAll(
    /\?|\*|\[(!?)([^\]]*)(\]?)|[^?*[]+/gu,
  )) {
    if (token === "*") elements.push(null);
    else if (token === "?") elements.push(anySymbol());
    else if (token.startsWith("[")) elements.push(parseSet(token, negated, content, closed));
    else elements.push(...findSymbols(split(normalize(token))).map((id) => new Set([id])));
  }
  return elements;
}

function anySymbol() {
  return new Set([...data.symbols.keys()].slice(1));
}

function parseSet(token, negated, content, closed) {
  if (!closed) throw new Error("A [ is not closed: add the ], or write [[] for the symbol itself.");
  const symbols = split(normalize(content));
  const set = new Set();
  const text = (symbol) => (typeof symbol === "number" ? data.symbols[symbol] : symbol);
  while (symbols.length > 0) {
    if (symbols.length >= 3 && text(symbols[1]) === "-") {
      const [first, , last] = symbols.splice(0, 3).map(text);
      data.symbols.forEach((symbol, id) => {
        if (compare(first, symbol) <= 0 && compare(symbol, last) <= 0) set.add(id);
      });
    } else {
      set.add(findSymbols(symbols.splice(0, 1))[0]);
    }
  }
  const result = negated && content ? new Set([...anySymbol()].filter((id) => !set.has(id))) : set;
  result.delete(0);
  if (result.size === 0) throw new Error(`${token} matches no symbol.`);
  return result;
}

// Compare texts by code points, as Python does.
function compare(a, b) {
  const left = [...a].map((c) => c.codePointAt(0));
  const right = [...b].map((c) => c.codePointAt(0));
  const k = left.findIndex((point, i) => point !== right[i]);
  if (k < 0) return left.length - right.length;
  return k < right.length ? left[k] - right[k] : 1;
}

function findSymbols(symbols) {
  for (const symbol of symbols) {
    if (typeof symbol === "number" && symbol > 0) continue;
    const hint = regexSigns.includes(symbol || label(0))
      ? " A pattern is not a regular expression: ? stands for any symbol."
      : "";
    throw new Error(describeUnknown(symbol) + hint);
  }
  return symbols;
}

// Why a symbol, a string or the boundary 0, can be in no name.
function describeUnknown(symbol) {
  if (symbol === 0) return `${label(0)} marks the start and the end, and is in no name.`;
  const where = data.n_symbols > V ? "is none of the symbols shown" : "is in no training name";
  const hint = data.symbols.includes(symbol.toLowerCase()) ? " Try lower case." : "";
  return `“${symbol}” ${where}.${hint}`;
}

// The automaton of these elements: next[state * V + id] is the next state, or -1. A state stands
// for the set of positions in the pattern where a match can be.
const maxStates = 2000;

function buildAutomaton(elements) {
  const passStars = (position) => {
    const reached = [position];
    while (elements[position] === null) reached.push((position += 1));
    return reached;
  };
  const states = [];
  const numberOf = new Map();
  const add = (positions) => {
    const sorted = [...new Set(positions)].sort((a, b) => a - b);
    const key = sorted.join();
    if (!numberOf.has(key)) {
      if (states.length === maxStates)
        throw new Error("This pattern is too long or has too many *.");
      numberOf.set(key, states.length);
      states.push(sorted);
    }
    return numberOf.get(key);
  };
  add(passStars(0));
  const next = [];
  for (let state = 0; state < states.length; state += 1) {
    next.push(-1);
    for (let id = 1; id < V; id += 1) {
      const positions = states[state].flatMap((position) => {
        if (elements[position] === null) return passStars(position);
        return elements[position]?.has(id) ? passStars(position + 1) : [];
      });
      next.push(positions.length > 0 ? add(positions) : -1);
    }
  }
  return { next, accepting: states.map((positions) => positions.includes(elements.length)) };
}
