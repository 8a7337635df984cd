// What a search looks in: of each row its texts in one, in small letters, their white space folded as rows are
// drawn. Rows do not share a text: one letter that takes two bytes would double all of it.
const ALIKE = { "ς": "σ", "ſ": "s" };

function folded(text) {
  return text.toLowerCase().replace(/[ςſ]/g, (sign) => ALIKE[sign]).replace(/\s\s+|[^\S ]/g, " ");
}

class Haystack {
  constructor(rows) {
    this.rows = rows;
    this.texts = new Array(rows.total);
  }

  // Of a row whose block is there.
  text(row) { return (this.texts[row] ??= folded(this.rows.cells(row).join("\0"))); }

  // Of all rows of a block, before anybody searches.
  prepare(index) {
    const { rows } = this;
    const owner = rows.evaluations.findLastIndex(({ block }) => block !== undefined && block <= index);
    const { block, block_rows: size, n } = rows.evaluations[owner];
    const start = (index - block) * size;
    for (let i = start; i < Math.min(start + size, n); i++) this.text(rows.start[owner] + i);
  }
}

// Whether a row is found, as a function of it; null where nothing is searched, an Error for no pattern.
function searchOf({ query, isPattern }, haystack) {
  if (!query) return null;
  if (!isPattern) {
    const needle = folded(query);
    return (row) => haystack.text(row).includes(needle);
  }
  let pattern;
  try { pattern = new RegExp(query, "iu"); } catch (error) { return error; }
  const needles = literalsOf(query).map(folded);
  // The pattern itself reads the texts as they are, of the rows that hold what it cannot do without.
  return (row) => needles.every((needle) => haystack.text(row).includes(needle)) && haystack.rows.cells(row).some((text) => pattern.test(text));
}

// Texts that all that meets a pattern holds, the most telling first; none where that is not plain. Letters beyond
// ASCII have other ways to be alike, so they end a text.
function literalsOf(source) {
  const found = [];
  let run = "";
  const end = () => { if (run.trim().length > 1) found.push(run); run = ""; };
  for (let i = 0; i < source.length; i++) {
    if (source[i] === "|" || /^\\[cukpPx]/.test(source.slice(i, i + 2))) return [];
    const isEscaped = source[i] === "\\";
    const sign = isEscaped ? source[++i] : source[i];
    if (!isEscaped && (sign === "(" || sign === "[")) {
      end();
      i = closing(source, i);
    } else if (!isEscaped && "*?{".includes(sign)) {
      run = run.slice(0, -1);
      end();
      if (sign === "{") i = source.indexOf("}", i);
    } else if (isEscaped ? /\w/.test(sign) : "^$.+".includes(sign) || sign > "~") {
      end();
      while (isEscaped && /\d/.test(sign) && /\d/.test(source[i + 1] ?? "")) i++;
    } else run += sign;
  }
  end();
  return found.sort((a, b) => b.trim().length - a.trim().length);
}

// The place of the bracket that ends the group or the class that begins at a place.
function closing(source, start) {
  const isClass = source[start] === "[";
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === (isClass ? "]" : ")")) return i;
    else if (!isClass && (source[i] === "(" || source[i] === "[")) i = closing(source, i);
  }
  return source.length;
}
