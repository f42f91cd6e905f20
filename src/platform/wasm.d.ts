/** What bundlers and Workers make of an imported WASM file. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

/** The bytes of a WASM file, which the build puts into the script. */
declare module '*.wasm?bytes' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
