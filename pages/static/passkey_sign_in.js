// Asks the browser for a passkey of this site, one that exists or a new one, and sends its answer with the form.
(() => {
  const form = document.querySelector("[data-passkey]");
  if (!form) return;
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const { passkey, challenge, rp, site, user, name, known } = form.dataset;
  const credentials = (known || "").split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) }));
  const failed = form.querySelector("[data-failed]");
  let asking = false;

  const ask = () =>
    navigator.credentials.get({
      publicKey: {
        challenge: bytes(challenge),
        rpId: rp,
        allowCredentials: credentials,
        userVerification: "required",
        timeout: 180000,
      },
    });
  const make = () =>
    navigator.credentials.create({
      publicKey: {
        challenge: bytes(challenge),
        rp: { id: rp, name: site },
        user: { id: bytes(user), name, displayName: name },
        pubKeyCredParams: [{ type: "public-key", alg: -7 }],
        excludeCredentials: credentials,
        authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
        attestation: "none",
        timeout: 180000,
      },
    });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (asking) return;
    asking = true;
    failed.hidden = true;
    try {
      const { rawId, response } = await (passkey === "new" ? make() : ask());
      const data = passkey === "new" ? response.getAuthenticatorData() : response.authenticatorData;
      form.elements.credential.value = text(rawId);
      form.elements.client_data.value = text(response.clientDataJSON);
      form.elements.authenticator_data.value = text(data);
      form.elements.signature.value = response.signature ? text(response.signature) : "";
      form.submit();
    } catch {
      failed.hidden = false;
      failed.focus();
    }
    asking = false;
  });
  // Pressed before there was somebody to answer it, the form would have gone off empty.
  form.querySelector("[type=submit]").hidden = false;
})();
