// Passkeys. A form says what it needs: data-passkey="create" or "get", and where its options are:
// data-options (id of a JSON block in the page) or data-options-url (asked when pressed).
// The answer goes into the form's hidden field "credential" as JSON, binary parts as base64url.
// A field "prf" takes the passkey's own key for a sealed account: what its PRF gives for this site. With
// data-passkey="prf" that is all that is asked.

const PRF_INPUT = new TextEncoder().encode("nutshell/v1/passkey-prf");

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function withBytes(options) {
  const ready = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) ready.user = { ...options.user, id: toBytes(options.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) ready[list] = options[list].map((c) => ({ ...c, id: toBytes(c.id) }));
  }
  return ready;
}

const withPrf = (publicKey, prf) => ({ ...publicKey, extensions: { ...publicKey.extensions, prf } });

function withoutPrf(results) {
  const { prf, ...others } = results;
  return others;
}

function keepPrf(form, credential) {
  const first = credential.getClientExtensionResults().prf?.results?.first;
  if (form.elements.prf && first) form.elements.prf.value = toText(first);
  if (form.dataset.passkey === "prf" && !first) throw new DOMException("no PRF", "NotSupportedError");
}

function asJson(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  const transports = credential.response.getTransports?.();
  if (transports) response.transports = transports;
  return {
    type: credential.type,
    id: credential.id,
    rawId: toText(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: withoutPrf(credential.getClientExtensionResults()),
    response,
  };
}

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(document.getElementById(form.dataset.options).textContent);
  const answer = await fetch(form.dataset.optionsUrl, {
    headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
  });
  if (!answer.ok) throw new Error(`options ${answer.status}`);
  return answer.json();
}

// a key that is to open the account alone must be stored on the device and check the person
function asPasskey(publicKey, form) {
  const choice = form.elements.passwordless;
  if (!choice) return publicKey;
  const selection = { ...publicKey.authenticatorSelection };
  selection.residentKey = choice.checked ? "required" : "discouraged";
  selection.requireResidentKey = choice.checked;
  if (choice.checked) selection.userVerification = "required";
  return { ...publicKey, authenticatorSelection: selection };
}

function askForKey() {
  const publicKey = { challenge: crypto.getRandomValues(new Uint8Array(32)), userVerification: "required" };
  return navigator.credentials.get({ publicKey: withPrf(publicKey, { eval: { first: PRF_INPUT } }) });
}

async function ask(form) {
  if (form.dataset.passkey === "prf") return askForKey();
  const options = await optionsOf(form);
  if (form.dataset.passkey === "create") {
    const publicKey = asPasskey(withBytes(options.creation_options.publicKey), form);
    return navigator.credentials.create({ publicKey: withPrf(publicKey, {}) });
  }
  const publicKey = withBytes(options.request_options.publicKey);
  const prf = { eval: { first: PRF_INPUT } };
  return navigator.credentials.get({ publicKey: form.elements.prf ? withPrf(publicKey, prf) : publicKey });
}

function explain(form, error) {
  const place = form.querySelector("[data-passkey-error]");
  const cancelled = error.name === "NotAllowedError" || error.name === "AbortError";
  const { cancelled: said, keyless, failed } = place.dataset;
  place.textContent = cancelled ? said : error.name === "NotSupportedError" ? keyless : failed;
  place.hidden = false;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-passkey]")) return;
  event.preventDefault();
  try {
    const credential = await ask(form);
    keepPrf(form, credential);
    if (form.elements.credential) form.elements.credential.value = JSON.stringify(asJson(credential));
    form.submit();
  } catch (error) {
    explain(form, error);
  }
});
