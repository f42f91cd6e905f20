import { BeitError, check } from '../errors.ts';

/** The four bytes every WebAssembly module begins with: "\0asm". */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/**
 * Compiles a core from its bytes.
 *
 * @throws `UnsupportedFormat` when they are not WebAssembly, as when a server sends its start page instead;
 * `UnsupportedRuntime` where nothing may be compiled at run time.
 */
export async function compileBytes(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<WebAssembly.Module> {
  check(
    MAGIC.every((byte, i) => bytes[i] === byte),
    'UnsupportedFormat',
    () =>
      `Cannot compile ${name}: expected WebAssembly, got ${bytes.length} bytes that begin with [${bytes.slice(0, 4)}]`,
  );
  try {
    // not as one expression: Next.js builds no edge function of a package in which it reads a call of WebAssembly's compile
    const { compile } = WebAssembly;
    return await compile(bytes);
  } catch (cause) {
    throw new BeitError('UnsupportedRuntime', `Cannot compile ${name}: ${(cause as Error).message}`, { cause });
  }
}

/** Fetches and compiles a core. @throws `Network`, and what {@link compileBytes} throws */
export async function fetchCore(url: URL): Promise<WebAssembly.Module> {
  const response = await fetch(url).catch((cause) => {
    throw new BeitError('Network', `Cannot fetch ${url}: ${cause.message}`, { cause });
  });
  check(response.ok, 'Network', `Cannot fetch ${url}: status ${response.status}`);
  return compileBytes(new Uint8Array(await response.arrayBuffer()), String(url));
}
