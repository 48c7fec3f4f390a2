// A sheet to draw one digit on, and what the reader says of it.

const SIDE = 280;            // pixels that are read, whatever the screen has
const PEN = 0.075;           // its width; like all lengths here, in sides of the sheet
const STEP = 0.02;           // of the pen at an arrow key
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const byId = (id) => document.getElementById(id);
const sheet = byId("sheet");
const small = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
const pixels = small.getContext("2d", { willReadFrequently: true });

let read = null;             // once the reader is there
let strokes = [];            // each a list of points [x, y]
let pointer = null;          // the one that draws
let pen = [0.5, 0.5];        // of the arrow keys
let isDown = false;
let found = null;

byId("bars").innerHTML = Array.from({ length: DIGITS }, (_, digit) =>
  `<tr><th scope="row">${digit}</th><td><div><i></i></div></td><td></td></tr>`).join("");
const rows = [...byId("bars").rows];

function paintStrokes(context, side, colour) {
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = PEN * side;
  context.strokeStyle = colour;
  for (const points of strokes) {
    const [first, ...rest] = points.map(([x, y]) => [x * side, y * side]);
    context.beginPath();
    context.moveTo(...first);
    let [x, y] = first;
    for (const [toX, toY] of rest) {  // curves from middle to middle
      context.quadraticCurveTo(x, y, (x + toX) / 2, (y + toY) / 2);
      [x, y] = [toX, toY];
    }
    context.lineTo(x, y);
    context.stroke();
  }
}

function paint() {
  const side = sheet.width, context = sheet.getContext("2d"), style = getComputedStyle(sheet);
  context.clearRect(0, 0, side, side);
  paintStrokes(context, side, style.color);
  context.lineWidth = devicePixelRatio;
  context.strokeStyle = style.getPropertyValue("--accent");
  if (found) context.strokeRect(...found.box.map((value) => (value * side) / SIDE));
  if (sheet.matches(":focus-visible")) {
    context.beginPath();
    context.arc(pen[0] * side, pen[1] * side, (PEN / 2) * side, 0, 2 * Math.PI);
    context.stroke();
  }
}

// Black ink on white, as the reader wants it.
function greyOf() {
  pixels.clearRect(0, 0, SIDE, SIDE);
  paintStrokes(pixels, SIDE, "#000");
  const colours = pixels.getImageData(0, 0, SIDE, SIDE).data;
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) => 255 - colours[4 * i + 3]);
}

function showAnswer() {
  const shares = found ? [...found.probabilities] : Array(DIGITS).fill(0);
  const best = shares.indexOf(Math.max(...shares));
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  byId("answer").innerHTML = found ? `<b>${best}</b> ${percent(shares[best])}` : "Nothing drawn yet";
  rows.forEach((row, digit) => {
    row.className = found && digit === best ? "chosen" : "";
    row.querySelector("i").style.width = `${100 * shares[digit]}%`;
    row.cells[2].textContent = found ? percent(shares[digit]) : "";
  });
  const seen = byId("seen").getContext("2d"), image = seen.createImageData(FIELD, FIELD);
  new Uint32Array(image.data.buffer).set(
    Array.from({ length: FIELD * FIELD }, (_, i) => 0xff000000 + 0x10101 * (found?.picture[i] ?? 0)));
  seen.putImageData(image, 0, 0);
  byId("undo").disabled = byId("clear").disabled = strokes.length === 0;
}

// Once for each picture on the screen, however many events come between.
let isPlanned = false;
function update() {
  if (isPlanned) return;
  isPlanned = true;
  requestAnimationFrame(() => {
    isPlanned = false;
    if (read) found = strokes.length > 0 ? read(greyOf(), SIDE, SIDE) : null;
    if (read) showAnswer();
    paint();
  });
}

function keep(count) {
  strokes = strokes.slice(0, count);
  pointer = null;
  isDown = false;
  update();
}
const undo = () => keep(-1), clear = () => keep(0);

function pointOf(event) {
  const { left, top, width } = sheet.getBoundingClientRect();
  return [(event.clientX - left) / width, (event.clientY - top) / width];
}

sheet.onpointerdown = (event) => {
  if (pointer !== null || event.button !== 0) return;
  pointer = event.pointerId;
  sheet.setPointerCapture(pointer);
  isDown = false;
  strokes.push([pointOf(event)]);
  update();
};
sheet.onpointermove = (event) => {
  if (event.pointerId !== pointer) return;
  const events = event.getCoalescedEvents?.() ?? [];
  strokes.at(-1).push(...(events.length > 0 ? events : [event]).map(pointOf));
  update();
};
sheet.onpointerup = sheet.onpointercancel = (event) => {
  if (event.pointerId === pointer) pointer = null;
};

sheet.onkeydown = (event) => {
  const arrow = ARROWS[event.key];
  if (!arrow && event.key !== " ") return;
  event.preventDefault();
  if (arrow) pen = pen.map((at, axis) => Math.min(1, Math.max(0, at + STEP * arrow[axis])));
  else isDown = !isDown;
  if (isDown && arrow) strokes.at(-1).push(pen);
  else if (isDown) strokes.push([pen]);
  update();
};
sheet.onfocus = sheet.onblur = update;
document.onkeydown = (event) => {
  const isUndo = event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
  if (!isUndo && event.key !== "Escape") return;
  event.preventDefault();
  if (isUndo) undo();
  else clear();
};
byId("undo").onclick = undo;
byId("clear").onclick = clear;

new ResizeObserver(() => {
  sheet.width = sheet.height = Math.round(sheet.clientWidth * devicePixelRatio);
  paint();
}).observe(sheet);
matchMedia("(prefers-color-scheme: dark)").onchange = paint;

openReader().then(
  (opened) => { read = opened; performance.mark("ready"); update(); },
  (error) => { byId("answer").textContent = `This browser cannot run it: ${error.message}`; });
