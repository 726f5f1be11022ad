// A page without a framework: it hears events of the element and changes its attributes.
const search = document.querySelector("shop-by-image");
const said = document.querySelector("#said");
const currency = document.querySelector("#currency");

search.addEventListener("results", ({ detail }) => {
  said.textContent = `Shown: ${detail.products.length}`;
});
search.addEventListener("select", (event) => {
  event.preventDefault(); // this shop opens products itself
  said.textContent = `Chosen: ${event.detail.product.title}`;
});
search.addEventListener("error", ({ detail }) => {
  said.textContent = `Failed: ${detail.code}`;
});
currency.addEventListener("change", () => {
  search.currency = currency.value === "" ? null : currency.value;
});
