// Moves the reader to what is wrong with a form, which the page itself cannot do.
(() => {
  const wrong = document.querySelector("[data-focus]");
  if (wrong) wrong.focus();
})();
