/** Of a text, and of one within a list or an object. Unit: characters. */
const LONGEST = 120;
const LONGEST_INNER = 40;
/** Of a list or an object. */
const MOST_ITEMS = 4;
const DEEPEST = 2;
/** Characters that a terminal or a log does not show as they are: controls, line ends, direction marks, half pairs. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Any value as part of a message: short, on one line, and without calling anything that belongs to the value, be it a
 * getter, `toString`, `toJSON` or a trap of a proxy that throws.
 *
 * @example
 * quoted({ size: [1, 2, 3, 4, 5], name: 'a\nb' }); // '{size: [1, 2, 3, 4, …], name: "a\\u000ab"}'
 */
export function quoted(value: unknown): string {
  try {
    return print(value, 0);
  } catch {
    return 'an object'; // a proxy whose traps throw
  }
}

/** The same for what is named rather than quoted, as choices are: a text stays without quotes. */
export function named(value: unknown): string {
  return typeof value === 'string' ? escaped(cut(value)) : quoted(value);
}

/** `text` with every character escaped that would not be seen as it is. */
export function escaped(text: string): string {
  return text.replace(HIDDEN, (char) => `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`);
}

/** `text`, or its beginning and a mark when it is longer than `most` characters. */
export function cut(text: string, most: number = LONGEST): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function print(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return `"${escaped(cut(value, depth === 0 ? LONGEST : LONGEST_INNER))}"`;
    case 'bigint':
      return value < 1n << 64n && value > -(1n << 64n) ? `${value}` : 'a large integer';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'object':
      return value === null ? 'null' : printObject(value, depth);
    default:
      return `${value}`;
  }
}

function printObject(value: object, depth: number): string {
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  const list = Array.isArray(value);
  if (depth >= DEEPEST) return list ? '[…]' : '{…}';
  const keys = list ? firstIndices(value) : firstKeys(value);
  const items = keys.slice(0, MOST_ITEMS).map((key) => {
    const printed = printProperty(value, key, depth + 1);
    return list ? printed : `${escaped(cut(key, LONGEST_INNER))}: ${printed}`;
  });
  if (keys.length > MOST_ITEMS) items.push('…');
  return list ? `[${items.join(', ')}]` : `{${items.join(', ')}}`;
}

/** One more than is shown, so that the rest is marked. */
function firstIndices({ length }: readonly unknown[]): string[] {
  return Array.from({ length: Math.min(length, MOST_ITEMS + 1) }, (_, i) => `${i}`);
}

function firstKeys(value: object): string[] {
  const keys: string[] = [];
  for (const key in value) if (Object.hasOwn(value, key) && keys.push(key) > MOST_ITEMS) break;
  return keys;
}

/** Of a getter, only that there is one. */
function printProperty(value: object, key: string, depth: number): string {
  const property = Object.getOwnPropertyDescriptor(value, key);
  return property && 'get' in property ? '…' : print(property?.value, depth);
}
