/** What bundlers and Workers make of an imported WASM file. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
