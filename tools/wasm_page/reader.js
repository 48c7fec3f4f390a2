// The C++ reader inside the page. MODULE and WEIGHTS are gzip in base64.

const FIELD = 28, DIGITS = 10;

const stop = () => { throw new Error("the reader stopped"); };
const IMPORTS = {
  env: { emscripten_notify_memory_growth: () => {} },
  wasi_snapshot_preview1: { clock_time_get: stop, proc_exit: stop },
};

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

// Returns read(grey, height, width): {probabilities, box: [x, y, width, height], picture}, or null
// for a blank picture. `grey` holds bytes, row after row.
async function openReader() {
  const [module, weights] = await Promise.all([unpacked(MODULE), unpacked(WEIGHTS)]);
  const { instance } = await WebAssembly.instantiate(module, IMPORTS);
  const { memory, _initialize, digitcli_input, digitcli_load, digitcli_read } = instance.exports;
  const give = (bytes) => {
    const at = digitcli_input(bytes.length);  // may grow the memory, which replaces its buffer
    new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
  };
  _initialize();
  give(weights);
  digitcli_load();
  return (grey, height, width) => {
    give(grey);
    const at = digitcli_read(height, width);
    return at === 0 ? null : answerAt(memory.buffer, at);
  };
}

// The struct Answer of cpp/wasm/reader.cpp.
function answerAt(buffer, at) {
  const box = at + 4 * DIGITS;
  return {
    probabilities: new Float32Array(buffer.slice(at, box)),
    box: [...new Int32Array(buffer, box, 4)],
    picture: new Uint8Array(buffer.slice(box + 16, box + 16 + FIELD * FIELD)),
  };
}
