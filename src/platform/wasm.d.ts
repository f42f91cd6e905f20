/** What bundlers and Workers make of an imported WASM file. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

/** What the bundlers of edge runtimes make of it. */
declare module '*.wasm?module' {
  const module: WebAssembly.Module;
  export default module;
}

/** A WASM file, compressed by Brotli, in base64. */
declare module '*.wasm?brotli' {
  const base64: string;
  export default base64;
}

/** A module with all it imports, as the text of a CommonJS script. */
declare module '*.ts?script' {
  const text: string;
  export default text;
}

/** The bytes of a WASM file, which the build puts into the script. */
declare module '*.wasm?bytes' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
