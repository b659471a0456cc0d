// Passkeys: asks the browser for one and sends its answer with the form. Loaded only by pages that need it.
import { all, on, one } from "./dom.js";

const READ = { create: "parseCreationOptionsFromJSON", get: "parseRequestOptionsFromJSON" };

function problemShow(form, name) {
  const problems = all("[data-passkey-problem]", form);
  const known = problems.some((text) => text.dataset.passkeyProblem === name);
  for (const text of problems) text.hidden = text.dataset.passkeyProblem !== (known ? name : "other");
}

async function passkeyAsk(button) {
  const { form } = button;
  const { passkey: kind, options } = button.dataset;
  const read = window.PublicKeyCredential?.[READ[kind]];
  if (!read) return problemShow(form, "unsupported");
  button.disabled = true;
  try {
    const publicKey = read.call(window.PublicKeyCredential, JSON.parse(options).publicKey);
    const answer = await navigator.credentials[kind]({ publicKey });
    const field = one("input[type=hidden][disabled]", form);
    field.value = JSON.stringify(answer);
    field.disabled = false;
    form.submit(); // without validation: a password beside it may stay empty
  } catch (error) {
    // SecurityError: an address without a host name.
    problemShow(form, error.name === "SecurityError" ? "unsupported" : error.name);
    button.disabled = false;
  }
}

on("click", (event) => {
  const button = event.target.closest("[data-passkey]");
  if (button) passkeyAsk(button);
});
