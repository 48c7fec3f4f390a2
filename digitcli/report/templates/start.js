// ---- Start: the token, and whether there is a list to review. -------------------------------------

async function start() {
  try {
    const { version: number, corrections, count, review } = await request("settings");
    $("version").textContent = ` digitcli ${number}`;
    failures = 0;
    if (review) return await startReview();
    $("correction").hidden = !corrections;
    if (count) sayKept("", count);
    else tell("");
    show(shown);
  } catch (error) {
    const wait = tell(error);
    if (wait) seconds(wait).then(start);
  }
}

/** Take the token out of the address; it lasts as long as the tab. */
function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) history.replaceState(null, "", location.pathname + location.search);
  try {
    if (given) sessionStorage.setItem("digitcli token", given);
    token = given ?? sessionStorage.getItem("digitcli token") ?? "";
  } catch {
    token = given ?? token; // a browser that stores nothing
  }
}

function open() {
  takeToken();
  $("unlock").hidden = true;
  start();
  if (!isBlank()) askSoon();
}

addEventListener("hashchange", open);
$("unlock").addEventListener("submit", (event) => {
  event.preventDefault();
  location.hash = new URLSearchParams({ token: $("token").value.trim() });
  $("token").value = "";
});
open();
