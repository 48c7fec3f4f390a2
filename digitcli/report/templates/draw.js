// ---- Drawing has three parts: the paper (a drawing, or a picture), the answer to it, corrections. --

const area = $("area");
const shadeOf = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// ---- Paper: {strokes, picture}. It is replaced, never changed, so that undo can go back. ----------

const BLANK = { strokes: [], picture: null };
let paper = BLANK;
let earlier = [];
let stroke = null; // the one being drawn: {pointer, kind, width, points}, in CSS pixels
let version = 0; // of what is on the paper, counted

const strokes = () => (stroke ? [...paper.strokes, stroke] : paper.strokes);
const isBlank = () => !paper.picture && strokes().length === 0;

function replacePaper(next) {
  if (next.picture !== paper.picture) asking?.abort();
  earlier.push(paper);
  paper = next;
  stroke = null;
  changed();
}

function undo() {
  if (stroke) stroke = null;
  else if (earlier.length) paper = earlier.pop();
  else return;
  asking?.abort();
  changed();
}

function clear() {
  if (!isBlank()) replacePaper(BLANK);
}

function changed() {
  version += 1;
  $("work").classList.toggle("picture", paper.picture !== null);
  $("hint").hidden = !isBlank() && (!paper.picture || paper.picture.bitmap !== null);
  $("hint").textContent = isBlank() ? "Draw here" : "This browser cannot show this picture.";
  $("undo").disabled = !stroke && earlier.length === 0;
  $("clear").disabled = isBlank();
  fitArea();
  if (isBlank()) asking?.abort();
  else askSoon();
  if (isBlank() || shown?.picture !== paper.picture) show(null);
}

/** Give the area as many pixels as the screen has there; strokes that stand out of it shrink. */
function fitArea() {
  const bitmap = paper.picture?.bitmap;
  area.style.aspectRatio = bitmap ? `${bitmap.width} / ${bitmap.height}` : "";
  area.style.width = bitmap
    ? `min(100%, ${Math.max(bitmap.width, 640)}px, ${(75 * bitmap.width) / bitmap.height}vh)`
    : "";
  const { width, height } = area.getBoundingClientRect();
  const [w, h] = [width, height].map((side) => Math.round(side * devicePixelRatio));
  if (area.width === w && area.height === h) return paint();
  [area.width, area.height] = [w, h]; // which clears it
  let [right, bottom] = [1, 1];
  for (const { points } of new Set([paper, ...earlier].flatMap((one) => one.strokes)))
    for (const [x, y] of points) [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
  const scale = Math.min(1, width / right, height / bottom);
  if (!bitmap && scale < 1) {
    const scaled = (old) => ({ ...old, strokes: old.strokes.map((one) => resized(one, scale)) });
    paper = scaled(paper);
    earlier = earlier.map(scaled);
  }
  paintNow();
}

const resized = (one, scale) => ({
  ...one,
  width: one.width * scale,
  points: one.points.map(([x, y]) => [x * scale, y * scale]),
});

function paint() {
  paint.frame ??= requestAnimationFrame(paintNow);
}

function paintNow() {
  paint.frame = null;
  const context = area.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, area.width, area.height);
  context.scale(devicePixelRatio, devicePixelRatio);
  if (paper.picture) paintPicture(context);
  else paintStrokes(context, strokes(), shadeOf("--ink"));
}

/** Each stroke as a smooth curve: its points steer it, it passes between them. */
function paintStrokes(context, all, shade) {
  Object.assign(context, { lineCap: "round", lineJoin: "round", strokeStyle: shade });
  for (const { width, points } of all) {
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(...points[0]);
    points.slice(1).forEach(([x, y], n) => {
      const [nextX, nextY] = points[n + 2] ?? [x, y];
      context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    });
    const [x, y] = points.at(-1);
    context.lineTo(x + 0.01, y); // a tap is a dot
    context.stroke();
  }
}

function paintPicture(context) {
  const { bitmap } = paper.picture;
  if (!bitmap) return;
  const scale = area.getBoundingClientRect().width / bitmap.width;
  context.imageSmoothingEnabled = scale < 3; // tiny pictures show their pixels
  context.drawImage(bitmap, 0, 0, bitmap.width * scale, bitmap.height * scale);
  if (shown?.about !== version) return;
  const outline = (box, shade, width) => {
    Object.assign(context, { strokeStyle: shade, lineWidth: width });
    context.strokeRect(...box.map((side) => side * scale));
  };
  for (const { box } of shown.result.marks) outline(box, "#8a949e", 1);
  for (const { box } of shown.lines.flatMap((line) => line.digits)) outline(box, "#0b6bcb", 1.5);
  const chosen = digitNow();
  if (!chosen) return;
  context.fillStyle = "#0b6bcb33";
  context.fillRect(...chosen.box.map((side) => side * scale));
  outline(chosen.box, "#0b6bcb", 3);
}

/** The strokes in black on white, with a margin, at most 600 pixels wide and high: a PNG file. */
function fileOf(all) {
  const points = all.flatMap((one) => one.points);
  const pen = Math.max(...all.map((one) => one.width));
  const [left, top] = [0, 1].map((axis) => Math.min(...points.map((one) => one[axis])) - pen / 2);
  const [right, bottom] = [0, 1].map((axis) => Math.max(...points.map((one) => one[axis])) + pen / 2);
  const margin = Math.max(0.4 * (bottom - top), 3 * pen);
  const [width, height] = [right - left + 2 * margin, bottom - top + 2 * margin];
  const scale = Math.min(1, 600 / width, 600 / height);
  return pngOf(Math.ceil(width * scale), Math.ceil(height * scale), (context) => {
    context.scale(scale, scale);
    context.translate(margin - left, margin - top);
    paintStrokes(context, all, "#000");
  });
}

function pngOf(width, height, draw) {
  const sheet = Object.assign(document.createElement("canvas"), { width, height });
  const context = sheet.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  draw(context);
  return new Promise((done) => sheet.toBlob(done, "image/png"));
}

const pointOf = (event) => {
  const { left, top } = area.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
};

area.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || paper.picture) return;
  if (stroke && !(event.pointerType === "pen" && stroke.kind === "touch")) return; // a palm
  area.setPointerCapture(event.pointerId);
  const share = Number(document.querySelector("[name=pen]:checked").value);
  const width = share * area.getBoundingClientRect().height;
  stroke = { pointer: event.pointerId, kind: event.pointerType, width, points: [pointOf(event)] };
  changed();
});

area.addEventListener("pointermove", (event) => {
  if (event.pointerId !== stroke?.pointer) return;
  const between = event.getCoalescedEvents?.() ?? [];
  stroke.points.push(...(between.length ? between : [event]).map(pointOf));
  version += 1;
  paint();
  askSoon();
});

area.addEventListener("pointerup", (event) => {
  if (event.pointerId !== stroke?.pointer) return;
  replacePaper({ ...paper, strokes: strokes() });
});

area.addEventListener("pointercancel", (event) => {
  if (event.pointerId !== stroke?.pointer) return;
  stroke = null;
  changed();
});

area.addEventListener("click", (event) => {
  if (paper.picture?.bitmap) chooseAt(pointOf(event));
});

async function openPicture(file) {
  if (!file || $("work").hidden) return;
  const bitmap = await createImageBitmap(file).catch(() => null); // a format only the server reads
  replacePaper({ strokes: [], picture: { file, bitmap } });
}

for (const input of [$("file"), $("camera")])
  input.addEventListener("change", () => {
    openPicture(input.files[0]);
    input.value = ""; // the same file may be chosen again
  });
addEventListener("paste", (event) => openPicture(event.clipboardData.files[0]));
for (const name of ["dragover", "dragleave", "drop"])
  addEventListener(name, (event) => {
    event.preventDefault();
    $("paper").classList.toggle("drop", name === "dragover");
    if (name === "drop") openPicture(event.dataTransfer.files[0]);
  });

$("undo").addEventListener("click", undo);
$("clear").addEventListener("click", clear);
addEventListener("keydown", (event) => {
  if ($("work").hidden || event.target.matches("#label, #token")) return;
  const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
  if (!isUndo && event.key !== "Escape") return;
  event.preventDefault();
  if (isUndo) undo();
  else clear();
});
new ResizeObserver(fitArea).observe($("paper"));
for (const query of ["(prefers-color-scheme: dark)", `(resolution: ${devicePixelRatio}dppx)`])
  matchMedia(query).addEventListener("change", () => {
    fitArea();
    showDigit();
  });

// ---- Requests: one picture at a time is read, and always the latest. ------------------------------

let asking = null; // the AbortController of the request that reads
let timer = null;

function askSoon(wait = 0.12) {
  timer ??= setTimeout(ask, 1000 * wait);
}

async function ask() {
  timer = null;
  if (asking || isBlank()) return;
  const about = version;
  const { signal } = (asking = new AbortController());
  let wait;
  try {
    const { picture } = paper;
    const body = picture?.file ?? (await fileOf(strokes()));
    const headers = { "Content-Type": body.type || "application/octet-stream" };
    const options = { method: "POST", body, headers, signal };
    const found = await request("read?seen=true", options);
    if (signal.aborted) return;
    failures = 0;
    tell("");
    show(answerOf(found.results[0], body, picture, about));
  } catch (error) {
    if (error.name !== "AbortError") wait = tell(error);
  } finally {
    asking = null;
    if (wait) askSoon(wait);
    else if (version !== about) askSoon();
  }
}

// ---- Answer: its lines, the digits of one line, the ten bars of one digit. ------------------------

let shown = null; // {result, file, picture, about, lines, line, digit}: an answer, what is chosen of it

/** What the server found in `file`, as lines of digits. `about` is the version it answers. */
function answerOf(result, file, picture, about) {
  let digits = result.digits.map((digit, n) => ({ ...digit, seen: result.seen?.[n] }));
  if (result.text) {
    const left = [...result.text.replaceAll("\n", "")]; // without what is more likely no digit
    digits = digits.filter(({ digit }) => left[0] === String(digit) && left.shift());
  }
  const numbers = [...new Set(digits.map((digit) => digit.line))];
  const lines = numbers.map((number) => {
    const some = digits.filter((digit) => digit.line === number);
    const field = result.text ? result.fields?.[number] : undefined;
    const text = result.text ? some.map((digit) => digit.digit).join("") : "";
    const written = field?.written ?? (numbers.length > 1 ? text : result.written);
    const box = field?.box ?? null;
    return { digits: some, written, box, label: written, confidence: field?.confidence };
  });
  if (lines.length === 1) lines[0].confidence = result.confidence;
  return { result, file, picture, about, lines, line: 0, digit: 0 };
}

const lineNow = () => shown?.lines[shown.line];
const digitNow = () => lineNow()?.digits[shown.digit];

function sentence() {
  if (!shown) return isBlank() ? "Nothing is drawn yet." : "Reading\u2026";
  const { answer, error } = shown.result;
  const sure = lineNow()?.confidence;
  const share = sure == null ? "" : percent(sure);
  if (answer === "error") return `This picture cannot be read: ${error}`;
  if (answer === "blank") return "No digit is found.";
  if (answer === "not a digit") return "This is not a digit.";
  if (answer === "not valid") return "This is no valid number.";
  return isUnsure() ? `Unsure, ${share}` : `${share} sure`;
}

/** Whether the chosen line is unsure: of several, the least certain one, and all below 50 %. */
function isUnsure() {
  const { answer, confidence } = shown.result;
  return answer === "unsure" && lineNow().confidence <= Math.max(confidence, 0.5);
}

function show(next) {
  shown = next;
  const lines = shown?.lines ?? [];
  $("lines").hidden = lines.length < 2;
  choices($("lines"), lines.length, (label, n) => {
    const { written, confidence } = lines[n];
    const share = confidence == null ? "" : percent(confidence);
    label.replaceChildren(label.firstChild, written, " ", element("small", share));
    label.firstChild.checked = n === shown.line;
  });
  showLine();
}

function showLine() {
  const line = lineNow();
  const text = line?.written ?? "";
  $("answer").textContent = text || "\u2013";
  $("answer").className = !text ? "nothing" : isUnsure() ? "unsure" : "";
  $("answer").classList.toggle("long", text.length > 7);
  $("sure").textContent = sentence();
  if (!stroke && shown?.about === version) {
    $("said").textContent = `${text || "No answer"}. ${sentence()}`;
  } else if (isBlank()) $("said").textContent = "";
  $("tiles").hidden = (line?.digits.length ?? 0) < 2;
  $("label").value = line?.label ?? "";
  showDigit();
}

function showDigit() {
  const line = lineNow();
  const digit = digitNow();
  const corrected = labelDigits(line);
  choices($("tiles"), line?.digits.length ?? 0, (label, n) => {
    const { digit: name, seen } = line.digits[n];
    const now = corrected?.[n] ?? String(name);
    const sheet = label.querySelector("canvas") ?? element("canvas");
    label.replaceChildren(label.firstChild, sheet, now);
    label.firstChild.checked = n === shown.digit;
    label.classList.toggle("changed", now !== String(name));
    paintSeen(sheet, seen);
  });
  paintSeen($("seen"), digit?.seen);
  const count = line?.digits.length ?? 0;
  $("which").textContent = count > 1
    ? `Probabilities of digit ${shown.digit + 1} of ${count}`
    : "Probability of each digit";
  const now = corrected?.[shown.digit];
  bars.forEach(({ label, input, bar, text }, n) => {
    const share = digit?.probabilities[n] ?? 0;
    bar.style.transform = `scaleX(${share})`;
    text.textContent = digit ? percent(share) : "";
    label.classList.toggle("best", n === digit?.digit);
    label.classList.toggle("changed", now === String(n) && n !== digit?.digit);
    input.checked = now === String(n);
    input.disabled = !digit || $("correction").hidden;
  });
  $("label").disabled = !shown || shown.result.answer === "error" || !isOneLine();
  const { value, validity } = $("label");
  $("keep").disabled = $("label").disabled || !validity.valid || shown.kept === lineKey(value);
  paint();
}

/** Make `parent` hold `count` radio buttons in labels, each written by `fill`. */
function choices(parent, count, fill) {
  const list = parent.querySelector(".choices");
  while (list.children.length > count) list.lastChild.remove();
  while (list.children.length < count) {
    const input = Object.assign(element("input"), { type: "radio", name: parent.id });
    input.value = list.children.length;
    list.append(element("label", input));
  }
  [...list.children].forEach(fill);
}

/** A digit as the network saw it, in the page's ink; `seen` may be missing. */
function paintSeen(sheet, seen) {
  const { width, height } = seen ?? { width: 28, height: 28 };
  Object.assign(sheet, { width, height });
  if (!seen) return;
  const context = sheet.getContext("2d");
  context.fillStyle = shadeOf("--ink");
  context.fillRect(0, 0, width, height);
  const found = context.getImageData(0, 0, width, height);
  [...atob(seen.pixels)].forEach((byte, n) => (found.data[4 * n + 3] = byte.charCodeAt(0)));
  context.putImageData(found, 0, 0);
}

const bars = Array.from({ length: 10 }, (_, n) => {
  const input = Object.assign(element("input"), { type: "radio", name: "bar", value: n });
  const [bar, text] = [element("i"), element("span")];
  const label = element("label", input, element("b", String(n)), element("div", bar), text);
  $("bars").lastElementChild.append(label);
  input.addEventListener("change", () => correct(String(n)));
  return { label, input, bar, text };
});

$("lines").addEventListener("change", (event) => {
  Object.assign(shown, { line: Number(event.target.value), digit: 0 });
  showLine();
});
$("tiles").addEventListener("change", (event) => {
  shown.digit = Number(event.target.value);
  showDigit();
});

/** Choose the digit of a picture that stands at a point of the area. */
function chooseAt([x, y]) {
  const scale = area.getBoundingClientRect().width / paper.picture.bitmap.width;
  shown?.lines.forEach(({ digits }, line) =>
    digits.forEach(({ box: [left, top, width, height] }, digit) => {
      const [right, down] = [x / scale - left, y / scale - top];
      if (right < 0 || down < 0 || right > width || down > height) return;
      show({ ...shown, line, digit });
    }),
  );
}

// ---- Corrections: the right number of one line, kept with its picture. ----------------------------

let kept = []; // names of the files that this page added

/** The chosen line with its label, so that none is kept twice in a row. */
const lineKey = (label) => `${shown.line}: ${label}`;

const isOneLine = () => shown?.lines.length < 2 || Boolean(paper.picture?.bitmap && lineNow()?.box);

/** The digits of the label, one for each digit of the line, or null where it has others. */
function labelDigits(line) {
  const digits = line?.label.match(/[0-9]/g);
  return digits?.length === line?.digits.length ? digits : null;
}

/** Make `name` the right answer of the chosen digit. */
function correct(name) {
  const line = lineNow();
  if (!labelDigits(line)) line.label = line.digits.map((digit) => digit.digit).join("");
  let place = 0;
  line.label = line.label.replace(/[0-9]/g, (old) => (place++ === shown.digit ? name : old));
  $("label").value = line.label;
  showDigit();
}

/** The picture of the chosen line: all of it, or cut out where there are others. */
function pictureNow() {
  if (shown.lines.length < 2) return shown.file;
  const [left, top, width, height] = lineNow().box;
  const margin = Math.round(0.2 * height); // other lines are near
  return pngOf(width + 2 * margin, height + 2 * margin, (context) =>
    context.drawImage(paper.picture.bitmap, margin - left, margin - top),
  );
}

async function keep(event) {
  event.preventDefault();
  const label = $("label").value;
  const [answer, key] = [shown, lineKey(label)];
  $("keep").disabled = true;
  try {
    const body = await pictureNow();
    const headers = { "Content-Type": body.type || "application/octet-stream" };
    const path = `corrections?label=${encodeURIComponent(label)}`;
    const { file, count } = await request(path, { method: "POST", body, headers });
    kept = [...kept.filter((name) => name !== file), file]; // one file for each picture
    answer.kept = key;
    showDigit();
    sayKept(`Kept as ${label || "no number"}. `, count);
  } catch (error) {
    tellFailed(error);
    showDigit();
  }
}

async function takeBack() {
  try {
    const path = `corrections/${encodeURIComponent(kept.at(-1))}`;
    const { count } = await request(path, { method: "DELETE" });
    kept.pop();
    if (shown) shown.kept = null;
    sayKept("Taken back. ", count);
    showDigit();
  } catch (error) {
    tellFailed(error);
    showDigit();
  }
}

function sayKept(what, count) {
  tell("");
  $("kept").textContent = `${what}${count} correction${count === 1 ? " is" : "s are"} kept.`;
  $("back").hidden = kept.length === 0;
}

$("label").addEventListener("input", () => {
  if (lineNow()) lineNow().label = $("label").value;
  showDigit();
});
$("correction").addEventListener("submit", keep);
$("back").addEventListener("click", takeBack);

changed();
