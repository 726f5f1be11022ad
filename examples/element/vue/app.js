// Vue 3 with render functions, which need no compiler and so no 'unsafe-eval'. In a template: <shop-by-image @results="...">,
// with compilerOptions.isCustomElement = (tag) => tag === "shop-by-image".
import { createApp, h, ref } from "vue";

const Shop = {
  setup() {
    const currency = ref("");
    const said = ref("");
    const choice = () =>
      h("select", { id: "currency", value: currency.value, onChange: (event) => (currency.value = event.target.value) }, [
        h("option", { value: "" }, "Shop"),
        h("option", "USD"),
        h("option", "JPY"),
      ]);
    const search = () =>
      h("shop-by-image", {
        lang: "en",
        currency: currency.value === "" ? null : currency.value,
        onResults: ({ detail }) => (said.value = `Shown: ${detail.products.length}`),
        onSelect: (event) => {
          event.preventDefault(); // this shop opens products itself
          said.value = `Chosen: ${event.detail.product.title}`;
        },
        onError: ({ detail }) => (said.value = `Failed: ${detail.code}`),
      });
    return () => [
      h("header", [h("h1", "Corner shop"), h("label", ["Currency ", choice()])]),
      h("main", [search(), h("p", { id: "said", role: "status" }, said.value)]),
    ];
  },
};

createApp(Shop).mount("#app");
