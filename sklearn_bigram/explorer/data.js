// The data of the page: JSON, compressed, in base64.

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

// Text and labels of symbols; ids[i] is a position in data.symbols, and 0 is the boundary.
const data = await unpack(document.getElementById("data").textContent.trim()).catch(() => null);
if (data === null) {
  const problem = document.getElementById("problem");
  problem.textContent = "This page needs a browser of 2023 or later.";
  problem.hidden = false;
  throw new Error(problem.textContent);
}
const V = data.symbols.length; // symbols that are shown
for (const model of data.models) {
  // JSON has no Infinity
  model.train = model.train.map((nll) => nll ?? Infinity);
  model.held_out = model.held_out?.map((nll) => nll ?? Infinity);
}
const idOf = new Map(data.symbols.map((symbol, id) => [symbol, id]));
const joined = data.labels.every((label) => [...label].length === 1) ? "" : " ";
const counts = new Float64Array(V * V);
data.rows.forEach((row, k) => {
  counts[row * V + data.columns[k]] = data.counts[k];
});

function label(id) {
  return data.labels[id];
}
function bigramLabel(first, second) {
  return label(first) + joined + label(second);
}
function spell(ids) {
  return ids.map((id) => data.symbols[id]).join("");
}

// A name in lower case and without accents, as far as the model's tokenizer says so.
function normalize(text) {
  if (data.lowercase) text = text.toLowerCase();
  if (data.strip_accents === "ascii")
    return [...text.normalize("NFKD")].filter((c) => c < "\x80").join("");
  if (data.strip_accents === "unicode")
    return [...text.normalize("NFKD")].filter((c) => !combines(c)).join("");
  return text;
}

// Whether the combining class of a character is not 0: then normalization moves it past another.
function combines(char) {
  const before = char + "\u0334";
  const after = "\u0345" + char;
  return before.normalize("NFD") !== before || after.normalize("NFD") !== after;
}

// The symbols of a text as ids, the longest known symbol first. An unknown one is a string,
// unless there is an id for it. If some symbols are hidden, one of them could look unknown.
const unknownId = data.unknown && data.n_symbols === V ? 1 : undefined;
const longest = Math.max(...data.symbols.map((symbol) => [...symbol].length));
function split(text) {
  const chars = [...text];
  const found = [];
  for (let start = 0; start < chars.length;) {
    let size = Math.min(longest, chars.length - start);
    while (size > 1 && !idOf.has(chars.slice(start, start + size).join(""))) size -= 1;
    const symbol = chars.slice(start, start + size).join("");
    found.push(idOf.get(symbol) ?? unknownId ?? symbol);
    start += size;
  }
  return found;
}

// The training names at hand, and examples of each bigram, looked for when first asked for.
const names = data.names === null ? [] : data.names.list;
const nameSet = new Set(names);
const holdsAllNames = data.names !== null && names.length === data.names.n_distinct;
function isListed(ids) {
  return nameSet.has(spell(ids));
}

const maxExamples = 6;
let examplesOf = null;

function examples(first, second) {
  if (examplesOf === null) {
    examplesOf = new Map();
    const step = 7919; // a prime, so that the examples are spread over the sorted names
    for (let k = 0, at = 0; k < names.length; k += 1, at = (at + step) % names.length) {
      const ids = [0, ...split(names[at]), 0];
      for (let i = 1; i < ids.length; i += 1) {
        const key = ids[i - 1] * V + ids[i];
        const found = examplesOf.get(key);
        if (found === undefined) examplesOf.set(key, [names[at]]);
        else if (found.length < maxExamples && found[found.length - 1] !== names[at])
          found.push(names[at]);
      }
    }
  }
  return examplesOf.get(first * V + second) ?? [];
}
