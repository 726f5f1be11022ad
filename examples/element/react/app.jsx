// React 19: attributes and events of a custom element are props; onresults listens to "results".
import { useState } from "react";
import { createRoot } from "react-dom/client";

function Shop() {
  const [currency, setCurrency] = useState("");
  const [said, setSaid] = useState("");
  return (
    <>
      <header>
        <h1>Corner shop</h1>
        <label>
          Currency{" "}
          <select id="currency" value={currency} onChange={(event) => setCurrency(event.target.value)}>
            <option value="">Shop</option>
            <option>USD</option>
            <option>JPY</option>
          </select>
        </label>
      </header>
      <main>
        <shop-by-image
          lang="en"
          currency={currency === "" ? null : currency}
          onresults={({ detail }) => setSaid(`Shown: ${detail.products.length}`)}
          onselect={(event) => {
            event.preventDefault(); // this shop opens products itself
            setSaid(`Chosen: ${event.detail.product.title}`);
          }}
          onerror={({ detail }) => setSaid(`Failed: ${detail.code}`)}
        />
        <p id="said" role="status">{said}</p>
      </main>
    </>
  );
}

createRoot(document.querySelector("#app")).render(<Shop />);
