// Fills the form of all fields from files: chosen, dropped or pasted. Of large files only the header is sent.
// Without this script the form sends whole files, which is enough for the small ones.

const form = document.querySelector("[data-files]");
const input = form.querySelector("input[type=file]");
const GGUF_BYTES = 8 * 2 ** 20; // of a GGUF file: enough for its metadata in nearly every model
const HEADER_BYTES = 16 * 2 ** 20; // the longest header of a safetensors file that the console reads

async function header(file) {
  if (file.name.endsWith(".gguf")) return new File([file.slice(0, GGUF_BYTES)], file.name);
  if (!file.name.endsWith(".safetensors")) return file;
  const length = new DataView(await file.slice(0, 8).arrayBuffer());
  const size = length.byteLength === 8 ? Number(length.getBigUint64(0, true)) : 0;
  return new File([file.slice(0, 8 + Math.min(size, HEADER_BYTES))], file.name);
}

async function send(files) {
  const heads = new DataTransfer();
  for (const file of files) heads.items.add(await header(file));
  input.files = heads.files;
  form.submit();
}

function pasted(data) {
  if (data.files.length) return [...data.files];
  const text = data.getData("text");
  const name = text.trimStart().startsWith("---") ? "README.md" : "config.json";
  return text.trim() ? [new File([text], name)] : [];
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send([...input.files]);
});
form.addEventListener("dragover", (event) => event.preventDefault());
form.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) send([...event.dataTransfer.files]);
});
document.addEventListener("paste", (event) => {
  if (event.target.closest?.("input:not([type=file]), textarea, select")) return;
  const files = pasted(event.clipboardData);
  if (files.length) send(files);
});
