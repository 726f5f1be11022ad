// The part of libheif-js that is used; its own types lack the decoder.
declare module "libheif-js/libheif-wasm/libheif.js" {
  export interface HeifImage {
    is_primary(): boolean;
    get_width(): number;
    get_height(): number;
    /** Turned upright, as RGBA; null: damaged. */
    display(pixels: ImageData, on_done: (pixels: ImageData | null) => void): void;
  }
  export interface HeifLibrary {
    readonly HeifDecoder: new () => { decode(file: Uint8Array): HeifImage[] };
  }
  export default function open(options: { readonly wasmBinary: ArrayBuffer }): HeifLibrary;
}
