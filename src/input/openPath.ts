import { platform } from '#platform';
import { BeitError, check, reason, throwIfAborted } from '../errors.ts';
import { quoted } from '../quoted.ts';

/** Base64 of the first bytes of PNG, JPEG, GIF, WebP, BMP and TIFF. */
const BASE64_PICTURE = /^(iVBORw0KGgo|\/9j\/|R0lGOD|UklGR|Qk0|Qk1|SUkqA|TU0AK)[A-Za-z0-9+/\s]{20}/;
/** Longer than any path; unit: characters. */
const LONGEST_PATH = 8192;

/**
 * The bytes of the picture at a path or URL. Take care with strings that come from others: they open local files, and URLs
 * of the local network.
 *
 * @throws `FileNotFound`, `Network`, `Aborted`; `InvalidArgument` for text that is neither a path nor a URL
 */
export async function openPath(place: string | URL, signal?: AbortSignal): Promise<Uint8Array> {
  const text = String(place);
  if (text.startsWith('data:')) return dataBytes(text);
  checkPath(text);
  if (/^(https?|blob):/.test(text)) return fetchBytes(text, signal);
  const path = text.startsWith('file:') ? filePath(text) : text;
  // in a page a path is relative to the page
  if (platform.name === 'web') return fetchBytes(path, signal);
  const files = await platform.folder(path);
  const file = await files?.open(path.split(/[\\/]/).pop()!);
  if (file) return file.read(0, file.size);
  throw new BeitError('FileNotFound', `Cannot open the picture ${quoted(path)}: no such file`);
}

function checkPath(text: string): void {
  const isBase64 = BASE64_PICTURE.test(text);
  if (!isBase64 && text.length <= LONGEST_PATH) return;
  const what = isBase64 ? 'it looks like base64' : 'it is too long for a path';
  const hint = 'put "data:image/png;base64," before base64, or pass the bytes';
  throw new BeitError(
    'InvalidArgument',
    `Cannot open the picture ${quoted(text.slice(0, 40))}…: ${what}, ${text.length} characters (${hint})`,
  );
}

/** A URL of a file, as `import.meta.url` makes it, as a path. */
function filePath(url: string): string {
  try {
    return decodeURIComponent(new URL(url).pathname).replace(/^\/(?=[A-Z]:)/i, '');
  } catch (cause) {
    throw new BeitError('InvalidArgument', `Cannot read the URL ${quoted(url)}: ${reason(cause)}`, { cause });
  }
}

/** Not by fetch, which a page's policy may forbid. */
function dataBytes(uri: string): Uint8Array {
  const comma = uri.indexOf(',');
  const what = `Cannot read the data URI ${quoted(uri.slice(0, 40))}`;
  check(comma > 0, 'InvalidArgument', `${what}: it has no comma before its data`);
  try {
    const plain = uri.slice(comma + 1).replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number(`0x${hex}`)));
    const text = /;\s*base64\s*$/i.test(uri.slice(0, comma)) ? atob(base64Alphabet(plain)) : plain;
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new BeitError('InvalidArgument', `${what}: its base64 is broken`, { cause });
  }
}

/** The alphabet of URLs counts too. */
function base64Alphabet(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/');
}

async function fetchBytes(url: string, signal?: AbortSignal): Promise<Uint8Array> {
  const what = `Cannot fetch the picture ${quoted(url)}`;
  try {
    const response = await fetch(url, { signal });
    check(response.ok, 'Network', `${what}: status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throwIfAborted(signal);
    throw cause instanceof BeitError ? cause : new BeitError('Network', `${what}: ${reason(cause)}`, { cause });
  }
}
