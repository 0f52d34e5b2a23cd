// Another order of a meal: Alt with the arrows moves the entry in focus, a mouse drags it.
// Both send the whole order; without script the entry's own sheet moves it up and down.

const idOf = (row) => new URL(row.querySelector("a.name").href).pathname.split("/").at(-1);
const choosing = () => document.querySelector("#main.choosing");
let moved = "";

function send(row) {
  const form = document.getElementById("order");
  if (!form) return;
  for (const old of form.querySelectorAll("[name=entry]")) old.remove();
  for (const each of row.parentElement.querySelectorAll(".entry")) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "entry", value: idOf(each) }));
  }
  moved = row.querySelector("a.name").getAttribute("href");
  form.requestSubmit();
}

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.(".entry");
  const down = event.key === "ArrowDown";
  if (!row || !event.altKey || choosing() || document.body.dataset.keys === "off") return;
  if (!down && event.key !== "ArrowUp") return;
  event.preventDefault();
  const beside = down ? row.nextElementSibling : row.previousElementSibling;
  if (!beside) return;
  if (down) beside.after(row); else beside.before(row);
  row.querySelector("a.name").focus();
  send(row);
});

// the answer is a new page: the entry keeps the focus
document.addEventListener("htmx:afterSettle", (event) => {
  if (!moved || event.detail.target?.id !== "main") return;
  document.querySelector(`.entry a.name[href="${moved}"]`)?.focus({ preventScroll: true });
  moved = "";
});

let dragged = null;
let before = null;

document.addEventListener("dragstart", (event) => {
  const row = event.target.closest?.(".entry");
  if (!row || choosing() || !matchMedia("(hover: hover) and (pointer: fine)").matches) return;
  [dragged, before] = [row, row.nextElementSibling];
  row.classList.add("dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setDragImage(row, 0, 0);
});

document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.(".entry");
  if (!dragged || over?.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  if (over === dragged) return;
  const { top, height } = over.getBoundingClientRect();
  if (event.clientY > top + height / 2) over.after(dragged); else over.before(dragged);
});

document.addEventListener("drop", (event) => { if (dragged) event.preventDefault(); });

document.addEventListener("dragend", (event) => {
  if (!dragged) return;
  const row = dragged;
  dragged = null;
  row.classList.remove("dragged");
  if (event.dataTransfer.dropEffect === "none") row.parentElement.insertBefore(row, before);
  else if (row.nextElementSibling !== before) send(row);
});
