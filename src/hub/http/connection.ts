import { check } from '../../errors.ts';
import { quoted } from '../../quoted.ts';
import { DEFAULT_ENDPOINT } from './address.ts';
import { DEFAULT_TIMING, type Timing } from './timing.ts';

/** The one network function this folder uses, so that it can be replaced. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** What every request of one `hubFiles` shares. */
export interface Connection {
  /** Base address without a trailing slash. */
  readonly endpoint: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timing: Timing;
  readonly fetch: Fetch;
  readonly browser: BrowserMemory;
}

/** State for runtimes with opaque redirects, as browsers have them. */
export interface BrowserMemory {
  /** Whether it has hidden one. */
  hidesRedirects: boolean;
  /** Listings of revisions already fetched, by repository and revision. */
  readonly listings: Map<string, Listing>;
}

/** What the hub says about one revision; nothing about the files is trusted yet. */
export interface Listing {
  readonly commit: string | null;
  readonly siblings: readonly { rfilename?: unknown; size?: unknown; blobId?: unknown; lfs?: { sha256?: unknown } }[];
}

/** Endpoint, credentials and timeouts. */
export interface ConnectionOptions {
  /** Sent to the endpoint's origin and nowhere else. Default: where there is an environment, that of `HF_TOKEN` or of `hf auth login`. */
  readonly token?: string | undefined;
  /** Default: 'https://huggingface.co'. */
  readonly endpoint?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Default: the runtime's own. */
  readonly fetch?: Fetch | undefined;
  readonly timing?: Partial<Timing> | undefined;
}

/** @throws `InvalidArgument` for an invalid endpoint or token. */
export function connectionOf(options: ConnectionOptions): Connection {
  const { token, signal, timing } = options;
  const endpoint = (options.endpoint ?? DEFAULT_ENDPOINT).replace(/\/+$/, '');
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  const plain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash;
  check(plain, 'InvalidArgument', () => `Cannot use the endpoint ${quoted(endpoint)}: no plain http(s) address`);
  // fetch would name a malformed token in its exception
  const printable = token === undefined || /^[\x21-\x7e]{1,4096}$/.test(token);
  check(printable, 'InvalidArgument', 'Cannot use the token: it is empty or has characters no header can carry');
  const fetch: Fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  return {
    endpoint,
    token,
    signal,
    timing: { ...DEFAULT_TIMING, ...timing },
    fetch,
    browser: { hidesRedirects: false, listings: new Map() },
  };
}
