// Asks the authenticator for a signature over exactly the shown paper, and sends its answer with the form.
(() => {
  const form = document.querySelector("[data-challenge]");
  if (!form) return;
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const failed = form.querySelector("[data-failed]");
  let asking = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (asking) return;
    asking = true;
    failed.hidden = true;
    try {
      const { response } = await navigator.credentials.get({
        publicKey: {
          challenge: bytes(form.dataset.challenge),
          rpId: form.dataset.rp,
          // A passkey that was just made, where its person has others of this page; else whichever they choose.
          allowCredentials: form.dataset.credential ? [{ type: "public-key", id: bytes(form.dataset.credential) }] : [],
          userVerification: "required",
          timeout: 180000,
        },
      });
      form.elements.authenticator_data.value = text(response.authenticatorData);
      form.elements.client_data_json.value = text(response.clientDataJSON);
      form.elements.signature.value = text(response.signature);
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
