// What drawing and review share: elements, requests, and the line that says what went wrong.

const $ = (id) => document.getElementById(id);
const seconds = (count) => new Promise((done) => setTimeout(done, 1000 * count));

function element(name, ...children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

const percent = (share) => {
  const number = share < 1 ? Math.min(100 * share, 99.9) : 100;
  return `${number.toFixed(1)}\u00a0%`;
};

class Problem extends Error {
  constructor(message, wait = 0, status = 0) {
    super(message);
    this.wait = wait; // seconds until it is worth another try; 0 for never
    this.status = status; // of HTTP, where the server answered
  }
}

let token = "";
let failures = 0; // since the last answer

async function request(path, options = {}) {
  const headers = token ? { ...options.headers, Authorization: `Bearer ${token}` } : options.headers;
  const response = await fetch(path, { ...options, headers }).catch((error) => {
    if (error.name === "AbortError") throw error;
    failures += 1;
    const wait = Math.min(2 ** (failures - 1), 8);
    throw new Problem("The server does not answer. Trying again.", wait);
  });
  const { status } = response;
  if (response.ok) return response.json();
  if (status === 401) {
    $("unlock").hidden = false;
    throw new Problem("The server asks for its token.", 0, status);
  }
  const wait = response.headers.get("Retry-After"); // without it another try does not help
  if (wait) throw new Problem("The server is busy. Trying again.", Number(wait) || 1, status);
  const said = await response.json().catch(() => ({}));
  if (status === 413) said.error ??= "This picture is too large for the server";
  said.error ??= `The server answered ${status}`;
  throw new Problem([said.error, said.hint].filter(Boolean).join(": "), 0, status);
}

/** Say what went wrong in one line, or nothing; the seconds until another try. */
function tell(problem) {
  const text = problem.message ?? problem;
  const line = $("work").hidden ? $("trouble") : $("problem");
  if (line.textContent !== text) line.textContent = text;
  if (problem && !(problem instanceof Problem)) console.error(problem);
  return problem.wait ?? 0;
}

/** Say that what somebody asked for failed: it is not tried again by itself. */
function tellFailed(error) {
  tell(error.wait ? new Problem(error.message.replace("Trying again", "Try again")) : error);
}
