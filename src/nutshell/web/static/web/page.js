// What every page gets: sheets, toasts, warnings about unsaved text, choosing entries.
// Everything here only quickens forms and links that work without it.

const root = document.documentElement;
root.classList.add("ready");

// ---------- toasts: 8 s, held while hovered or focused ----------

const TOAST_MS = 8000;

function holdable(toast) {
  let timer;
  const start = () => { timer = setTimeout(() => toast.remove(), TOAST_MS); };
  const hold = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, hold);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, () => { hold(); start(); });
  start();
}

const seen = new WeakSet();
function readToasts() {
  const toasts = [...document.querySelectorAll("[data-toast]")];
  for (const old of toasts.slice(0, -1)) old.remove();
  const last = toasts.at(-1);
  if (!last || seen.has(last)) return;
  seen.add(last);
  holdable(last);
}

function notSaved() {
  const words = document.getElementById("not-saved");
  const place = document.getElementById("toasts");
  if (words && place) place.replaceChildren(words.content.cloneNode(true));
}

// ---------- sheets: a link with data-sheet opens its page in the dialog ----------

const sheet = document.getElementById("sheet");
let opener = null;

async function fill(url) {
  const answer = await fetch(url, { headers: { "X-Sheet": "1" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) throw new Error(`sheet ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  sheet.replaceChildren(...page.body.childNodes);
  window.htmx?.process(sheet);
  sheet.setAttribute("aria-labelledby", "sheet-title");
}

function focusInSheet() {
  const opened = sheet.querySelector("#opened");
  opened?.scrollIntoView({ block: "nearest" });
  const place = opened?.querySelector("[name=amount]") ?? sheet.querySelector("[autofocus]") ?? sheet;
  place.focus();
  if (place.name === "amount") place.select();
  if (place.type === "search") place.setSelectionRange(place.value.length, place.value.length);
}

async function openSheet(link) {
  opener = link.id ? `#${link.id}` : link;
  try {
    await fill(link.href);
  } catch {
    window.location.assign(link.href);
    return;
  }
  history.pushState({ sheet: true }, "", link.href);
  if (!sheet.open) sheet.showModal();
  focusInSheet();
}

async function turnSheet(url) {
  try {
    await fill(url);
    history.replaceState({ sheet: true }, "", url);
    focusInSheet();
  } catch {
    window.location.assign(url);
  }
}

function shut() {
  if (!sheet?.open) return;
  sheet.close();
  sheet.replaceChildren();
  const back = typeof opener === "string" ? document.querySelector(opener) : opener;
  (back?.isConnected ? back : document.getElementById("main"))?.focus({ preventScroll: true });
}

// going back is not done at once; asking twice would go back twice
let leaving = false;
function leaveSheet() {
  if (leaving) return;
  leaving = Boolean(history.state?.sheet);
  if (leaving) history.back(); else shut();
}

if (sheet) {
  const refuseOrLeave = (event) => {
    event.preventDefault();
    if (mayLeave(sheet)) leaveSheet();
  };
  sheet.addEventListener("cancel", refuseOrLeave);
  // in a search field Escape would first clear the text
  sheet.addEventListener("keydown", (event) => { if (event.key === "Escape") refuseOrLeave(event); });
  sheet.addEventListener("click", (event) => {
    if (event.target === sheet && mayLeave(sheet)) leaveSheet();
  });
  sheet.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-in-sheet]")) return;
    event.preventDefault();
    turnSheet(`${form.action}?${new URLSearchParams(new FormData(form))}`);
  });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-sheet], a[data-in-sheet], a[data-hit], a[data-close], a[data-choose], [data-dismiss]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  const inside = Boolean(sheet?.open && sheet.contains(link));
  if (link.matches("[data-dismiss]")) return link.closest(".toast").remove();
  if (link.matches("[data-choose]")) return choose(event);
  if (link.matches("[data-sheet]") && sheet) { event.preventDefault(); return void openSheet(link); }
  if (!inside) return;
  event.preventDefault();
  if (!mayLeave(sheet)) return;
  if (link.matches("[data-close]")) leaveSheet(); else turnSheet(link.href);
});

// The address follows what #main shows, so that Back and Reload mean what they say.
let shown = location.pathname + location.search;

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "main") return;
  const answer = event.detail.xhr;
  const url = new URL(answer.responseURL || location.href);
  const place = answer.status < 400 ? url.pathname + url.search : location.pathname + location.search;
  if (history.state?.sheet && place === shown) return leaveSheet();
  history.replaceState({}, "", place);
  shown = place;
  shut();
});

// an answer from outside the diary's frame (sign-in, say) is a page of its own
document.addEventListener("htmx:beforeSwap", (event) => {
  const answer = event.detail.xhr;
  if (event.detail.target?.id !== "main" || answer.status >= 400 || answer.responseText.includes('id="toasts"')) return;
  event.detail.shouldSwap = false;
  location.assign(answer.responseURL);
});

window.addEventListener("popstate", () => {
  leaving = false;
  shut();
  if (location.pathname + location.search !== shown) location.reload();
});

// what was open among the amounts stays open when a food is ticked
let amountsOpen = false;
document.addEventListener("htmx:beforeSwap", () => { amountsOpen = Boolean(document.getElementById("amounts")?.open); });
document.addEventListener("htmx:afterSwap", () => {
  const amounts = document.getElementById("amounts");
  if (amounts && amountsOpen) amounts.open = true;
});

document.addEventListener("htmx:afterSettle", readToasts);
for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, notSaved);

// ---------- unsaved text ----------

const state = (form) => new URLSearchParams(new FormData(form)).toString();
const before = new WeakMap();
document.addEventListener("focusin", (event) => {
  const form = event.target.closest?.("form[data-unsaved]");
  if (form && !before.has(form)) before.set(form, state(form));
});
document.addEventListener("submit", (event) => before.delete(event.target));

const changed = (form) => before.has(form) && before.get(form) !== state(form);
const chosen = (within) => Boolean(within.querySelector("#several [name=have]"));
const unsaved = (within) => [...within.querySelectorAll("form[data-unsaved]")].some(changed) || chosen(within);
const mayLeave = (within) => !unsaved(within) || window.confirm(document.body.dataset.leave);

window.addEventListener("beforeunload", (event) => {
  if (unsaved(document)) event.preventDefault();
});

// ---------- choosing entries ----------

function choose(event) {
  const main = document.getElementById("main");
  if (!main?.querySelector(".entry")) return;
  event.preventDefault();
  setChoosing(!main.classList.contains("choosing"));
}

// the boxes are made when they are needed; the last part of an entry's address is its id
function withBox(row) {
  if (row.querySelector(".pick")) return;
  const link = row.querySelector("a.name");
  const box = Object.assign(document.createElement("input"), {
    type: "checkbox", name: "entry", value: new URL(link.href).pathname.split("/").at(-1), ariaLabel: link.textContent,
  });
  box.setAttribute("form", "chosen");
  const label = Object.assign(document.createElement("label"), { className: "pick" });
  label.append(box);
  row.firstElementChild.prepend(label);
}

function setChoosing(on) {
  const main = document.getElementById("main");
  if (on) main.querySelectorAll(".entry").forEach(withBox);
  main.classList.toggle("choosing", on);
  if (!on) for (const box of main.querySelectorAll(".pick input")) box.checked = false;
}

const LONG_PRESS_MS = 500;
let press;
document.addEventListener("pointerdown", (event) => {
  const row = event.target.closest?.(".entry");
  if (!row || event.pointerType === "mouse") return;
  press = setTimeout(() => {
    setChoosing(true);
    row.querySelector(".pick input").checked = true;
    row.addEventListener("click", (click) => click.preventDefault(), { once: true, capture: true });
  }, LONG_PRESS_MS);
});
for (const name of ["pointerup", "pointercancel", "pointermove"]) document.addEventListener(name, () => clearTimeout(press));

// while choosing, a press on a row ticks it
document.addEventListener("click", (event) => {
  const name = event.target.closest?.(".choosing .entry a.name");
  if (!name) return;
  event.preventDefault();
  event.stopPropagation();
  const box = name.closest(".entry").querySelector(".pick input");
  box.checked = !box.checked;
}, { capture: true });

document.addEventListener("nutshell:choose", (event) => setChoosing(event.detail));

// ---------- small things ----------

document.querySelector("[data-focus]")?.focus();
// the zone of the device, where nobody chose one; a device in UTC has that as its zone
const deviceZone = Intl.DateTimeFormat().resolvedOptions().timeZone.replace(/^UTC$/, "Etc/UTC");
for (const field of document.querySelectorAll("select[data-zone]")) {
  if ([...field.options].some((option) => option.value === deviceZone)) field.value = deviceZone;
}
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  const taker = event.target.closest?.("[data-use-phrase]");
  if (!taker) return;
  const field = document.getElementById(taker.dataset.usePhrase);
  field.type = "text";
  field.value = document.querySelector("[data-phrase]").textContent.trim();
  field.focus();
});
readToasts();
