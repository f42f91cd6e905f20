import { BeitError, type ErrorCode } from './errors.ts';
import { cut } from './quoted.ts';

/** Far beyond any config, and far from where a parser or a printer overflows its stack. */
const MAX_DEPTH = 64;
const NUMBERS: Readonly<Record<string, string>> = { Infinity: '1e999', '-Infinity': '-1e999' };

/**
 * JSON as Python's `json` reads it: `NaN`, `Infinity` and `-Infinity` are numbers, the last of equal keys counts. Nesting is
 * bounded, so that what is read can be walked by recursion.
 *
 * @throws `code` saying why it is not JSON.
 * @example
 * parseJson('{"limit": [0, Infinity]}', 'InvalidConfig', 'config.json'); // { limit: [0, Infinity] }
 */
export function parseJson(text: string, code: ErrorCode, what: string): unknown {
  const fail = (why: string, cause?: unknown) => new BeitError(code, `Cannot read ${what}: ${why}`, { cause });
  let nan = '?NaN';
  while (text.includes(nan)) nan = `?${nan}`;
  let found = false;
  const pieces: string[] = [];
  let copied = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at);
    else if (char === '{' || char === '[') {
      if (++depth > MAX_DEPTH) throw fail(`nested deeper than ${MAX_DEPTH}`);
    } else if (char === '}' || char === ']') depth--;
    else if (char === 'N' || char === 'I') {
      const word = wordAt(text, at);
      if (!word) continue;
      const begin = word === '-Infinity' ? at - 1 : at;
      found ||= word === 'NaN';
      pieces.push(text.slice(copied, begin), NUMBERS[word] ?? `{"${nan}":0}`);
      copied = begin + word.length;
      at = copied - 1;
    }
  }
  const plain = copied === 0 ? text : pieces.join('') + text.slice(copied);
  try {
    return JSON.parse(
      plain,
      found ? (_, value) => (Object.hasOwn(Object(value), nan) ? Number.NaN : value) : undefined,
    );
  } catch (cause) {
    throw fail(`not JSON, ${cut((cause as Error).message)}`, cause);
  }
}

/** Where the string that begins at `at` ends; the end of the text, where it does not. */
function stringEnd(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === '\\') end++;
    else if (text[end] === '"') return end;
  }
  return text.length;
}

/** The number that Python writes as a word here, if there is one. */
function wordAt(text: string, at: number): string | null {
  if (text.startsWith('NaN', at)) return 'NaN';
  if (!text.startsWith('Infinity', at)) return null;
  return text[at - 1] === '-' ? '-Infinity' : 'Infinity';
}

/**
 * A value as JSON that Python reads back alike: numbers that are not finite as the words it has for them.
 *
 * @example
 * jsonText({ limit: Infinity }); // '{\n  "limit": Infinity\n}\n'
 */
export function jsonText(value: unknown): string {
  let mark = '#number ';
  const plain = JSON.stringify(value);
  while (plain.includes(mark)) mark = `#${mark}`;
  const finite = (_: string, item: unknown) =>
    typeof item === 'number' && !Number.isFinite(item) ? `${mark}${item}` : item;
  const text = JSON.stringify(value, finite, 2);
  return `${text.replaceAll(new RegExp(`"${mark}(NaN|-?Infinity)"`, 'g'), '$1')}\n`;
}
