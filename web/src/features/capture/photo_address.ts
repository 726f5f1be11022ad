// A photo by its address, where the server reads such.
import { photoAt } from "../../api/client";
import { byId } from "../../shared/dom";
import { describeError } from "../../shared/errors";

const kTimeoutMs = 20_000; // the server gives up after ten seconds

/** Hears of every photo that was read. The field is shown by showAddressField. */
export function watchAddress(on_photo: (photo: Blob) => void): void {
  const form = byId("address", HTMLFormElement);
  const field = byId("address-field", HTMLInputElement);
  const trouble = byId("address-trouble", HTMLElement);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    trouble.textContent = "";
    form.setAttribute("aria-busy", "true");
    photoAt(field.value.trim(), AbortSignal.timeout(kTimeoutMs))
      .then((photo) => {
        field.value = "";
        on_photo(photo);
      })
      .catch((error: unknown) => {
        trouble.textContent = describeError(error).title;
        field.focus();
      })
      .finally(() => form.removeAttribute("aria-busy"));
  });
}

export function showAddressField(is_offered: boolean): void {
  byId("address", HTMLFormElement).hidden = !is_offered;
}
