// Makes a passkey of this very site and sends its public key with the form. Nothing of it is secret.
(() => {
  const form = document.querySelector("[data-new-passkey]");
  if (!form) return;
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const failed = form.querySelector("[data-failed]");
  let asking = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (asking) return;
    asking = true;
    failed.hidden = true;
    const name = form.dataset.member || form.elements.member.value;
    try {
      const { rawId, response } = await navigator.credentials.create({
        publicKey: {
          challenge: crypto.getRandomValues(new Uint8Array(32)),
          rp: { id: form.dataset.rp, name: form.dataset.rp },
          user: { id: crypto.getRandomValues(new Uint8Array(16)), name, displayName: name },
          pubKeyCredParams: [{ type: "public-key", alg: -7 }],
          authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
          attestation: "none",
          timeout: 180000,
        },
      });
      form.elements.public_key.value = text(response.getPublicKey());
      form.elements.credential.value = text(rawId);
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
