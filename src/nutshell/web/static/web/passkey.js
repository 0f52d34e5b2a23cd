// Passkeys. A form says what it needs: data-passkey="create" or "get", and where its options are:
// data-options (id of a JSON block in the page) or data-options-url (asked when pressed).
// The answer goes into the form's hidden field "credential" as JSON, binary parts as base64url.

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
    clientExtensionResults: credential.getClientExtensionResults(),
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

async function ask(form) {
  const options = await optionsOf(form);
  if (form.dataset.passkey === "create") {
    const publicKey = asPasskey(withBytes(options.creation_options.publicKey), form);
    return navigator.credentials.create({ publicKey });
  }
  return navigator.credentials.get({ publicKey: withBytes(options.request_options.publicKey) });
}

function explain(form, error) {
  const place = form.querySelector("[data-passkey-error]");
  place.textContent = error.name === "NotAllowedError" || error.name === "AbortError" ? place.dataset.cancelled : place.dataset.failed;
  place.hidden = false;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-passkey]")) return;
  event.preventDefault();
  try {
    form.elements.credential.value = JSON.stringify(asJson(await ask(form)));
    form.submit();
  } catch (error) {
    explain(form, error);
  }
});
