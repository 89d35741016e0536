// Sorts long lists in slices: a hundred thousand at once would hold the page up for a third of a second.

/** The list in order, as a new one; `breathe` lets the page live in between. */
export async function sorted(list, compare, breathe) {
  let runs = [];
  for (let from = 0; from < list.length; from += RUN) {
    runs.push(list.slice(from, from + RUN).sort(compare));
    await breathe();
  }
  while (runs.length > 1) {
    const merged = [];
    for (let place = 0; place < runs.length; place += 2) {
      merged.push(place + 1 < runs.length ? await merge(runs[place], runs[place + 1], compare, breathe) : runs[place]);
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge(one, other, compare, breathe) {
  const merged = new Array(one.length + other.length);
  for (let i = 0, j = 0; i + j < merged.length;) {
    if ((i + j) % RUN === 0) await breathe();
    const isFirst = j === other.length || (i < one.length && compare(one[i], other[j]) <= 0);
    merged[i + j] = isFirst ? one[i] : other[j];
    if (isFirst) i += 1;
    else j += 1;
  }
  return merged;
}

const RUN = 2_048;
