// Numbers and elements for the page.

const percentFormats = {
  many: new Intl.NumberFormat("en", {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }),
  few: new Intl.NumberFormat("en", { style: "percent", maximumSignificantDigits: 2 }),
};

function percent(p) {
  if (p === 0) return "0%";
  return (p >= 0.01 ? percentFormats.many : percentFormats.few).format(p);
}

function whole(n) {
  return n.toLocaleString("en", { maximumFractionDigits: 2 });
}

function fixed(x, digits) {
  if (x === Infinity) return "∞";
  if (x === -Infinity) return "−∞";
  return x.toFixed(digits).replace("-", "−");
}

// A parameter of a model, such as 0.001 or 20,000.
function parameterText(value) {
  if (value === null) return "∞";
  return value !== 0 && (value < 1e-6 || value > 1e6)
    ? value.toExponential()
    : value.toLocaleString("en", { maximumSignificantDigits: 6 });
}

function plural(n, noun) {
  return `${whole(n)} ${noun}${n === 1 ? "" : "s"}`;
}

// "after a", or "at the start of a name".
function afterText(id) {
  return id === 0 ? "at the start of a name" : `after ${label(id)}`;
}
function followText(id) {
  return id === 0 ? "the end of the name" : label(id);
}

// Make an element; children are elements or text, which is never HTML.
function make(tag, properties = {}, ...children) {
  const svg = ["svg", "path", "polyline", "line", "circle", "text", "g", "rect"].includes(tag);
  const element = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && !svg) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function byId(id) {
  return document.getElementById(id);
}
function symbolMark(id) {
  return make("b", { class: "symbol" }, label(id));
}
function bigramMark(first, second) {
  return make("b", { class: "symbol" }, bigramLabel(first, second));
}
function show(id, visible) {
  byId(id).hidden = !visible;
}

function fillReadouts(list, rows) {
  list.replaceChildren(
    ...rows.map(([term, value]) => make("div", {}, make("dt", {}, term), make("dd", {}, value))),
  );
}

// Let the arrow keys move among elements of which one is in the order of Tab.
function rove(elements, current, keys) {
  elements.forEach((element, k) => {
    element.tabIndex = k === current ? 0 : -1;
  });
  return (event) => {
    const at = elements.indexOf(document.activeElement);
    const step = keys[event.key];
    if (at < 0 || step === undefined) return null;
    event.preventDefault();
    const to = Math.min(Math.max(at + step, 0), elements.length - 1);
    elements.forEach((element, k) => {
      element.tabIndex = k === to ? 0 : -1;
    });
    elements[to].focus();
    return to;
  };
}
