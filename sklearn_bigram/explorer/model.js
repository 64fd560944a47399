// The numbers: P, the log-likelihood of a name, and its standard score.

// P of one step of a slider, row by row; `data.models` describes the models.
function probabilities(model, step) {
  const value = model.values[step];
  const P = new Float64Array(V * V);
  if (model.parameter !== null && value === null) return P.fill(1 / data.n_symbols);
  if (model.tables === null) return addPseudocounts(P, value);
  const table = model.tables[step];
  if (Array.isArray(table)) return Float64Array.from(table);
  for (let i = 0; i < V; i += 1) P.fill(table.others[i], i * V, (i + 1) * V);
  table.stored.forEach((p, k) => {
    P[data.rows[k] * V + data.columns[k]] = p;
  });
  return P;
}

function addPseudocounts(P, alpha) {
  for (let i = 0; i < V; i += 1) {
    const total = data.totals[i] + alpha * data.n_symbols;
    for (let j = 0; j < V; j += 1) {
      P[i * V + j] = total > 0 ? (counts[i * V + j] + alpha) / total : 1 / data.n_symbols;
    }
  }
  return P;
}

// The mean and the standard deviation of the log-likelihood of names with 0, 1, ... n bigrams.
// The end of a name is one bigram and a shorter end; its moments are mixed with the weights of
// the next symbol, given that the end has this length. NaN where there are no names.
function lengthMoments(P, n) {
  const logP = P.map(Math.log);
  let mass = Float64Array.from({ length: V }, (_, i) => logP[i * V]); // logarithms
  let mean = mass.map((value) => (value > -Infinity ? value : 0));
  let variance = new Float64Array(V);
  const moments = [[NaN, NaN], describeMoments(mass, mean, variance)];
  while (moments.length <= n) {
    const next = [new Float64Array(V).fill(-Infinity), new Float64Array(V), new Float64Array(V)];
    for (let i = 0; i < V; i += 1) {
      let top = -Infinity;
      for (let j = 1; j < V; j += 1) top = Math.max(top, logP[i * V + j] + mass[j]);
      if (top === -Infinity) continue;
      let sum = 0;
      let sumOfMeans = 0;
      let sumOfSquares = 0;
      const weights = new Float64Array(V);
      for (let j = 1; j < V; j += 1) {
        const weight = Math.exp(logP[i * V + j] + mass[j] - top);
        if (weight === 0) continue;
        weights[j] = weight;
        sum += weight;
        sumOfMeans += weight * (logP[i * V + j] + mean[j]);
      }
      const center = sumOfMeans / sum;
      for (let j = 1; j < V; j += 1) {
        if (weights[j] === 0) continue;
        sumOfSquares += weights[j] * (variance[j] + (logP[i * V + j] + mean[j] - center) ** 2);
      }
      next[0][i] = top + Math.log(sum);
      next[1][i] = center;
      next[2][i] = sumOfSquares / sum;
    }
    [mass, mean, variance] = next;
    moments.push(describeMoments(mass, mean, variance));
  }
  return moments;
}

function describeMoments(mass, mean, variance) {
  if (mass[0] === -Infinity) return [NaN, NaN];
  const deviation = Math.sqrt(variance[0]);
  return [mean[0], deviation <= 1e-12 * Math.abs(mean[0]) ? 0 : deviation];
}

// All that the page says of a name, given as ids without the boundary.
function explain(P, ids) {
  const path = [0, ...ids, 0];
  const steps = [];
  for (let k = 1; k < path.length; k += 1) {
    const first = path[k - 1];
    const second = path[k];
    const row = P.subarray(first * V, (first + 1) * V);
    const best = row.indexOf(Math.max(...row));
    steps.push({
      first,
      second,
      best,
      p: row[second],
      nll: -Math.log(row[second]),
      bestNll: -Math.log(row[best]),
    });
  }
  const logLikelihood = -steps.reduce((sum, step) => sum + step.nll, 0);
  const [mean, deviation] = lengthMoments(P, steps.length)[steps.length];
  let score = (logLikelihood - mean) / deviation;
  if (!Number.isFinite(logLikelihood - mean)) score = -Infinity;
  else if (deviation === 0) score = 0;
  const odd = steps.reduce((odd, step, k) => (step.nll > steps[odd].nll ? k : odd), 0);
  return { steps, logLikelihood, nll: -logLikelihood / steps.length, score, odd };
}
