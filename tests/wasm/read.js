// node read.js PAGE PICTURES ANSWERS: reads pictures with the first script of the page.
//
// PICTURES: of each picture, int32 height and width, and its bytes. ANSWERS: of each, float32
// probabilities, int32 box and 28 x 28 bytes; zeros where it is blank. Prints milliseconds, from
// before the module is unpacked: until the reader is there, and until the first answer.

const fs = require("fs");
const [page, pictures, answers] = process.argv.slice(2);
const [, script] = fs.readFileSync(page, "utf8").match(/<script id="reader">([^]*?)<\/script>/);
const open = new Function(`${script}; return openReader;`)();

function* split(data) {
  for (let at = 0; at < data.length;) {
    const height = data.readInt32LE(at), width = data.readInt32LE(at + 4);
    yield [data.subarray(at + 8, (at += 8 + height * width)), height, width];
  }
}

function bytesOf(answer) {
  if (answer === null) return Buffer.alloc(40 + 16 + 784);
  const { probabilities, box, picture } = answer;
  return Buffer.concat([probabilities, Int32Array.from(box), picture].map(
    (part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength)));
}

(async () => {
  const start = performance.now();
  const read = await open();
  const ready = performance.now() - start;
  const out = fs.openSync(answers, "w");
  let first = null;
  for (const picture of split(fs.readFileSync(pictures))) {
    const answer = read(...picture);
    first ??= performance.now() - start;
    fs.writeSync(out, bytesOf(answer));
  }
  console.log(JSON.stringify({ ready, first, all: performance.now() - start }));
})();
