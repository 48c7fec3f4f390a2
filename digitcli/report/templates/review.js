// ---- Review: numbers of a list, one after the other. The server keeps each answer at once. --------

const SIGNS = "0123456789.,:-/";

let items = []; // as the server lists them; `draft` is what was typed and not kept
let place = 0; // of the item that is shown; items.length is the end
let pictures = new Map(); // place: promise of an item with its picture
let said = []; // places, in the order in which this page kept them
let around = null; // the box of the number inside the picture that is shown
let ready = false; // whether the picture of the item is shown
let writing = false; // whether the server keeps something just now
let ahead = ""; // what was typed meanwhile: it is for the next item
let edited = false; // whether the field was changed since the item is shown

const nameOf = (label) => label || "no number";
const isOpen = (item) => item.label === null;

async function startReview() {
  document.body.classList.add("reviewing");
  $("work").hidden = true;
  $("review").hidden = false;
  $("lead").textContent = "Say what each number really is. The least sure come first.";
  ({ items } = await request("queue"));
  pictures.clear();
  goTo(nextOpen(0));
}

/** The first item from `from` on that nobody has said anything of; the end if there is none. */
function nextOpen(from) {
  const found = items.findIndex((item, n) => n >= from && isOpen(item));
  return found < 0 ? items.length : found;
}

/** The item with its picture. Items that come soon are asked for before they are shown. */
function load(number) {
  if (!pictures.has(number)) {
    const found = request(`queue/${number}`).then(({ label, picture, box }) => {
      items[number].label = label;
      failures = 0;
      return { picture, box };
    });
    found.catch(() => pictures.delete(number)); // it may be there the next time
    pictures.set(number, found);
  }
  return pictures.get(number);
}

function loadAhead() {
  const soon = [place, nextOpen(place + 1), place + 1].filter((number) => number < items.length);
  soon.forEach(load);
  for (const number of pictures.keys())
    if (!soon.includes(number) && number !== place - 1) pictures.delete(number);
}

function goTo(number, words = "") {
  place = Math.max(0, Math.min(number, items.length));
  tell("");
  showItem(words);
}

async function showItem(words = "") {
  const [number, item] = [place, items[place]];
  ready = edited = false;
  showProgress();
  $("one").hidden = !item;
  $("end").hidden = Boolean(item);
  if (!item) return showEnd();
  $("frame").hidden = true;
  $("gone").textContent = "";
  $("source").textContent = item.file.split(/[\\/]/).at(-1);
  $("source").title = item.file;
  $("previous").disabled = number === 0;
  showNumber(item, words);
  try {
    const { picture, box } = await load(number);
    if (number !== place) return;
    $("picture").src = picture;
    around = box;
    await $("picture").decode().catch(() => {});
    if (number !== place) return;
    showPicture();
    ready = true;
    if (!edited) fill(item); // it may have been said meanwhile
    loadAhead();
  } catch (error) {
    if (number !== place) return;
    if (error.wait) return seconds(tell(error)).then(() => number === place && showItem(words));
    if (error.status === 401) return tell(error);
    $("gone").textContent = `${error.message}. Skip it.`;
    $("really").value = "";
    $("skip").focus({ preventScroll: true });
    loadAhead();
  } finally {
    if (number === place) showButtons();
  }
}

/** What was read, how sure that is, and the field. */
function showNumber(item, words) {
  const { text, confidence, reason, file } = item;
  const sure = confidence === null ? "" : `${percent(confidence)} sure`;
  const doubt = [sure, ["digits", "unsure"].includes(reason) ? "" : reason].filter(Boolean);
  const sentence = doubt.join(" \u00b7 ");
  $("guess").textContent = text || "\u2013";
  $("guess").className = !text ? "nothing" : text.length > 7 ? "long" : "";
  $("doubt").textContent = sentence.charAt(0).toUpperCase() + sentence.slice(1);
  $("done").textContent = words || (isOpen(item) ? "" : `This is kept as ${nameOf(item.label)}.`);
  $("picture").alt = `${file}, number ${text || "not read"}`;
  $("spoken").textContent = `${place + 1} of ${items.length}. Read as ${nameOf(text)}. ${doubt.join(", ")}`;
  fill(item);
  showButtons();
}

/** Put what is known into the field, or what was typed before the item was there. */
function fill(item) {
  const field = $("really");
  const known = [...item.text].every((sign) => SIGNS.includes(sign)) ? item.text : "";
  field.disabled = false;
  field.value = ahead || (item.draft ?? item.label ?? known);
  edited = ahead !== "";
  ahead = "";
  field.focus({ preventScroll: true });
  if (!edited) field.select();
}

/** The picture as large as there is room for, and where in it the number is. */
function showPicture() {
  const [frame, picture, outline] = [$("frame"), $("picture"), $("outline")];
  const { naturalWidth: width, naturalHeight: height } = picture;
  const style = getComputedStyle($("crop"));
  const room = [style.width, style.height].map((side) => parseFloat(side) - 2 * parseFloat(style.padding) - 2);
  const scale = Math.min(room[0] / width, room[1] / height, 14);
  frame.style.width = `${width * scale}px`;
  picture.classList.toggle("pixels", scale >= 3); // tiny pictures show their pixels
  frame.hidden = false;
  outline.hidden = around === null;
  const sides = ["left", "top", "width", "height"];
  around?.forEach((side, n) => (outline.style[sides[n]] = `${(100 * side) / (n % 2 ? height : width)}%`));
}

function showProgress() {
  const count = items.filter((item) => !isOpen(item)).length;
  const all = items.length;
  const words = `${place + 1} of ${all}, ${count} said`;
  $("place").textContent = place < all ? words : `${count} of ${all} said`;
  $("share").style.transform = `scaleX(${count / all})`;
}

function showButtons() {
  const gone = $("gone").textContent !== "";
  const bad = !ready || !$("really").validity.valid;
  $("really").disabled = gone;
  $("accept").disabled = bad;
  $("nothing").disabled = !ready;
  for (const key of $("keypad").querySelectorAll("button"))
    key.disabled = gone || (key.value === "Enter" && bad);
  $("retract").hidden = lastSaid() === undefined;
}

function showEnd() {
  const left = items.filter(isOpen).length;
  const count = items.length - left;
  const all = count === 1 ? "The number is said." : `All ${count} numbers are said.`;
  $("sum").textContent = left ? `${count} of ${items.length} numbers are said.` : all;
  $("others").textContent = left === 1 ? "Look at the other one" : `Look at the ${left} others`;
  $("others").hidden = left === 0;
  ahead = "";
  $("spoken").textContent = $("sum").textContent;
  $("end").focus({ preventScroll: true });
}

// What a person does: keep, skip, go back, take back.

/** Ask the server to write, one thing at a time. Returns the item, or nothing where it failed. */
async function write(number, method, query) {
  if (writing) return;
  writing = true;
  const item = items[number];
  const was = isOpen(item) ? {} : { was: item.label };
  try {
    const found = await request(`queue/${number}?${new URLSearchParams({ ...query, ...was })}`, { method });
    failures = 0;
    return Object.assign(item, { label: found.label, draft: undefined });
  } catch (error) {
    ahead = "";
    if (error.status !== 409) {
      if (place !== number) goTo(number);
      return tellFailed(error);
    }
    pictures.delete(number);
    await load(number).catch(() => {});
    if (item.label === (query.label ?? null)) return item; // an answer of the server was lost
    return showOther(number);
  } finally {
    writing = false;
  }
}

/** Somebody else was faster: show what they said. */
function showOther(number) {
  const item = items[number];
  item.draft = undefined;
  goTo(number);
  const words = `Somebody else said ${nameOf(item.label)} meanwhile. Keep something else, or skip it.`;
  tell(new Problem(isOpen(item) ? "Somebody else took this back meanwhile." : words));
}

async function keepItem(label = $("really").value) {
  const number = place;
  if (!ready || writing || (label && !$("really").validity.valid)) return;
  if (items[number].label === label) return goTo(nextOpen(number + 1)); // it is kept already
  if (!(await write(number, "POST", { label }))) return;
  said = [...said.filter((one) => one !== number), number];
  goTo(nextOpen(number + 1), `${number + 1} is kept as ${nameOf(label)}.`);
}

/** The item to take back: the one that is shown, else the last one that was kept. */
function lastSaid() {
  if (items[place]?.label != null) return place;
  const before = said.filter((number) => !isOpen(items[number])).at(-1);
  return before ?? items.findLast((item) => item.item < place && !isOpen(item))?.item;
}

async function takeItemBack() {
  const number = lastSaid();
  if (number === undefined || writing) return;
  const { label } = items[number];
  if (!(await write(number, "DELETE", {}))) return;
  said = said.filter((one) => one !== number);
  items[number].draft = label;
  goTo(number, `${nameOf(label).replace("no", "No")} is taken back.`);
}

function step(by) {
  if (!writing) goTo(place + by);
}

/** Write a sign into the field, from wherever it was typed. */
function type(sign) {
  const field = $("really");
  if (writing) ahead += sign;
  else if (!field.disabled) {
    const { selectionStart, selectionEnd } = field;
    if (!edited) field.value = sign;
    else if (field !== document.activeElement) field.value += sign; // browsers differ in its caret
    else field.setRangeText(sign, selectionStart, selectionEnd, "end");
    changeField();
  }
}

function deleteSign() {
  const field = $("really");
  if (writing || field.disabled) return;
  field.value = field.value.slice(0, -1);
  changeField();
}

function changeField() {
  edited = true;
  items[place].draft = $("really").value;
  showButtons();
}

/** Whether a key moves through the list, rather than inside the field. */
const isFree = () => !edited || $("really").value === "" || place === items.length;

addEventListener("keydown", (event) => {
  const { key, target } = event;
  if ($("review").hidden || event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.matches("#token") || (key === "Enter" && target.matches("button"))) return;
  const inField = target.matches("#really");
  let action = null;
  if (SIGNS.includes(key) && place < items.length) {
    if (inField && !writing) return; // the field does it
    action = () => type(key);
  } else if (key === "Enter" && place < items.length) action = () => event.repeat || keepItem();
  else if (key === "n" || key === "N") action = () => step(1);
  else if (key === "ArrowRight" && isFree() && !event.shiftKey) action = () => step(1);
  else if (key === "ArrowLeft" && isFree() && !event.shiftKey) action = () => step(-1);
  else if (key === "Backspace" && isFree()) action = () => event.repeat || takeItemBack();
  else if (key === "Backspace" && !inField) action = deleteSign;
  else if (key === "Escape" && place < items.length) {
    action = () => {
      items[place].draft = undefined;
      fill(items[place]);
      showButtons();
    };
  } else if (inField && [...key].length === 1) action = () => {}; // no sign of a number
  if (!action) return;
  event.preventDefault();
  action();
});

$("really").addEventListener("input", changeField);
$("really").addEventListener("pointerdown", () => (edited = true)); // the caret is set: arrows move it
$("saying").addEventListener("submit", (event) => {
  event.preventDefault();
  keepItem();
});
$("keypad").addEventListener("click", ({ target: { value } }) => {
  if (value === "Enter") keepItem();
  else if (value === "Delete") deleteSign();
  else if (value) type(value);
});
$("skip").addEventListener("click", () => step(1));
for (const id of ["previous", "last"]) $(id).addEventListener("click", () => step(-1));
$("nothing").addEventListener("click", () => keepItem(""));
$("retract").addEventListener("click", takeItemBack);
$("others").addEventListener("click", () => goTo(nextOpen(0)));
if (matchMedia("(pointer: coarse)").matches) $("really").inputMode = "none"; // the keypad is there
new ResizeObserver(() => ready && showPicture()).observe($("crop"));
