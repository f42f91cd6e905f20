import { BeitError, type ErrorCode } from '../../errors.ts';
import { quoted } from '../../quoted.ts';

/** `number` is a plain non-negative integer, as `12` or `0`; all else that JSON calls a number is a {@link Fraction}. */
export type Json = null | boolean | number | Fraction | string | Json[] | Map<string, Json>;
export interface Fraction {
  readonly fraction: number;
}

const MAX_DEPTH = 16;

/**
 * JSON as RFC 8259 has it, with two more errors than `JSON.parse`: a key that appears twice in an object, and nesting
 * deeper than 16. Objects come as Maps, so that no key is special.
 *
 * @throws `code` with the position of the first wrong character.
 * @example
 * parseStrictJson('{"a":[1]}', 'InvalidCheckpoint', 'the header').get('a'); // [1]
 */
export function parseStrictJson(text: string, code: ErrorCode, what: string): Json {
  const scanner = new Scanner(text, code, what);
  const value = scanner.value(0);
  scanner.end();
  return value;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

class Scanner {
  #at = 0;
  readonly #numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
  readonly #wordPattern = /true|false|null/y;
  readonly #spacePattern = /[ \t\n\r]*/y;
  readonly #text: string;
  readonly #code: ErrorCode;
  readonly #what: string;

  constructor(text: string, code: ErrorCode, what: string) {
    this.#text = text;
    this.#code = code;
    this.#what = what;
  }

  value(depth: number): Json {
    if (depth > MAX_DEPTH) this.#fail(`nested deeper than ${MAX_DEPTH}`);
    switch (this.#peek()) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case 't':
      case 'f':
      case 'n':
        return WORDS[this.#token(this.#wordPattern)];
      default:
        return this.#number();
    }
  }

  end(): void {
    this.#peek();
    if (this.#at < this.#text.length) this.#fail('text after the end');
  }

  #object(depth: number): Map<string, Json> {
    const object = new Map<string, Json>();
    this.#at++;
    if (this.#taken('}')) return object;
    do {
      if (this.#peek() !== '"') this.#fail('expected a key');
      const key = this.#string();
      if (object.has(key)) this.#fail(`duplicate key ${quoted(key)}`);
      if (!this.#taken(':')) this.#fail('expected ":"');
      object.set(key, this.value(depth + 1));
    } while (this.#taken(','));
    if (!this.#taken('}')) this.#fail('expected "," or "}"');
    return object;
  }

  #array(depth: number): Json[] {
    const array: Json[] = [];
    this.#at++;
    if (this.#taken(']')) return array;
    do array.push(this.value(depth + 1));
    while (this.#taken(','));
    if (!this.#taken(']')) this.#fail('expected "," or "]"');
    return array;
  }

  #number(): number | Fraction {
    const token = this.#token(this.#numberPattern);
    return /^[0-9]+$/.test(token) ? Number(token) : { fraction: Number(token) };
  }

  #string(): string {
    const begin = this.#at++;
    let escaped = false;
    for (let c = this.#charCode(); c !== QUOTE; c = this.#charCode()) {
      if (!(c >= 0x20)) this.#fail(this.#at < this.#text.length ? 'control character' : 'unexpected end');
      escaped ||= c === BACKSLASH;
      this.#at += c === BACKSLASH ? 2 : 1;
    }
    const token = this.#text.slice(begin, ++this.#at);
    return escaped ? this.#unescaped(token) : token.slice(1, -1);
  }

  #charCode(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #unescaped(token: string): string {
    try {
      const string: string = JSON.parse(token);
      if (!/\p{Surrogate}/u.test(string)) return string;
    } catch {}
    return this.#fail('a bad escape in the string before');
  }

  #token(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) this.#fail(this.#at < this.#text.length ? 'unexpected character' : 'unexpected end');
    this.#at += match[0].length;
    return match[0];
  }

  #peek(): string {
    this.#spacePattern.lastIndex = this.#at;
    this.#spacePattern.test(this.#text);
    this.#at = this.#spacePattern.lastIndex;
    return this.#text.charAt(this.#at);
  }

  #taken(char: string): boolean {
    const is = this.#peek() === char;
    if (is) this.#at++;
    return is;
  }

  #fail(reason: string): never {
    throw new BeitError(this.#code, `Cannot read ${this.#what}: ${reason} at character ${this.#at}`);
  }
}
