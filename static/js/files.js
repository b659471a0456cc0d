// Fills the form of all fields from files: chosen, dropped or pasted. Of large files only the header is sent.
// Without this script the form sends whole files, which is enough for the small ones.

const form = document.querySelector("[data-files]");
const input = form.querySelector("input[type=file]");
const fill = form.querySelector("[data-fill]");
const MOST_BYTES = 15 * 2 ** 20; // of all files: the console takes 16 MiB, with the rest of the form
const GGUF_BYTES = 8 * 2 ** 20; // of a GGUF file: enough for its metadata in nearly every model
let ready = false; // the files are cut down to what is sent

async function header(file) {
  const length = new DataView(await file.slice(0, 8).arrayBuffer());
  const size = length.byteLength === 8 ? Number(length.getBigUint64(0, true)) : 0;
  return new File([file.slice(0, 8 + Math.min(size, MOST_BYTES))], file.name);
}

// GGUF files share what the others leave.
async function heads(files) {
  const isGguf = (file) => file.name.toLowerCase().endsWith(".gguf");
  const isTensors = (file) => file.name.toLowerCase().endsWith(".safetensors");
  const others = await Promise.all(files.map((file) => (isTensors(file) ? header(file) : file)));
  const sent = others.reduce((sum, file) => sum + (isGguf(file) ? 0 : file.size), 0);
  const share = Math.floor(Math.max(0, MOST_BYTES - sent) / files.filter(isGguf).length);
  return others.map((file) => (isGguf(file) ? new File([file.slice(0, Math.min(GGUF_BYTES, share))], file.name) : file));
}

async function send(files) {
  const cut = new DataTransfer();
  for (const file of await heads(files)) cut.items.add(file);
  input.files = cut.files;
  ready = true;
  form.requestSubmit(fill);
}

function pasted(data) {
  if (data.files.length) return [...data.files];
  const text = data.getData("text");
  const name = text.trimStart().startsWith("---") ? "README.md" : "config.json";
  return text.trim() ? [new File([text], name)] : [];
}

form.addEventListener("submit", (event) => {
  if (event.submitter !== fill || ready) return;
  event.preventDefault();
  setTimeout(send, 0, [...input.files]); // a form can't be submitted while it is being submitted
});
form.addEventListener("dragover", (event) => {
  if (event.dataTransfer.types.includes("Files")) event.preventDefault();
});
form.addEventListener("drop", (event) => {
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  send([...event.dataTransfer.files]);
});
document.addEventListener("paste", (event) => {
  if (event.target.closest?.("input:not([type=file]), textarea, select")) return;
  const files = pasted(event.clipboardData);
  if (files.length) send(files);
});
// A proposal that is changed by hand is meant to be saved, also if that was before this script arrived.
const isChanged = (control) =>
  control.options ? !control.selectedOptions[0].defaultSelected : control.value !== control.defaultValue;
for (const tick of form.querySelectorAll("[name=take]")) {
  if (isChanged(form.elements[tick.value])) tick.checked = true;
}
form.addEventListener("input", (event) => {
  const tick = event.target.closest("[data-field]")?.querySelector("[name=take]");
  if (tick && event.target !== tick) tick.checked = true;
});
