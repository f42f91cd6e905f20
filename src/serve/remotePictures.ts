import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { concatBytes } from '../concatBytes.ts';
import { quoted } from '../quoted.ts';
import { HttpError } from './httpError.ts';
import type { FetchPicture } from './serverParts.ts';

/** Networks that are not the public internet: own machine, private, link-local, shared, documentation, multicast, reserved. */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv4');
/** Of IPv6 only what is handed out as global unicast is public, less what leads into IPv4 or is for documents. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
const NOT_GLOBAL = new BlockList();
for (const [network, bits] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  NOT_GLOBAL.addSubnet(network, bits, 'ipv6');

/** Whether an IP address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !PRIVATE.check(address, 'ipv4');
  return family === 6 && GLOBAL.check(address, 'ipv6') && !NOT_GLOBAL.check(address, 'ipv6');
}

/** The addresses of a host name. */
export type ResolveHost = (hostname: string) => Promise<readonly string[]>;

const resolveHost: ResolveHost = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);

const TIMEOUT_MS = 10_000;
const bad = (message: string) => new HttpError(400, 'InvalidArgument', message);

/**
 * Fetches pictures by URL for a server, from these hosts only. The address that a name leads to has to be public, and is the one
 * that is connected to, so a name that changes its address meanwhile leads nowhere else. Redirects are not followed.
 *
 * @param hosts as in URLs: `images.example.com`, or `images.example.com:8443`
 * @param resolve gives the addresses of a name; default: the system's resolver
 * @param isAllowed which addresses may be connected to; default: public ones
 * @returns what goes into the options of {@link createServer} as `fetchPicture`
 * @throws nothing by itself; the returned function throws {@link HttpError} 400 and 413
 * @example
 * const models = { digits: { source: 'fixtures/beit-digits' } };
 * const server = createServer({ models, fetchPicture: picturesFrom(['images.example.com']) });
 */
export function picturesFrom(
  hosts: readonly string[],
  resolve: ResolveHost = resolveHost,
  isAllowed: (address: string) => boolean = isPublicAddress,
): FetchPicture {
  return async (text, { signal, most }) => {
    const url = urlOf(text, hosts);
    const hostname = url.hostname.replace(/^\[|\]$/g, '');
    const addresses = isIP(hostname) ? [hostname] : await resolve(hostname).catch(() => []);
    if (addresses.length === 0) throw bad(`Cannot fetch ${quoted(text)}: the host has no address`);
    if (!addresses.every(isAllowed)) throw bad(`Cannot fetch ${quoted(text)}: the host has a private address`);
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await get(url, hostname, addresses[0], deadline).catch((error) => {
      throw bad(`Cannot fetch ${quoted(text)}: ${error.message}`);
    });
    if (response.statusCode !== 200) {
      response.destroy();
      throw bad(`Cannot fetch ${quoted(text)}: expected status 200, got ${response.statusCode}`);
    }
    return collect(response, text, most);
  };
}

function urlOf(text: string, hosts: readonly string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) throw bad(`Cannot fetch ${quoted(text)}: expected an http or https URL`);
  if (hosts.includes(url.host) && !url.username && !url.password) return url;
  throw bad(`Cannot fetch ${quoted(text)}: its host is not on the list`);
}

function get(url: URL, hostname: string, address: string, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const options = {
    host: address,
    port: url.port || undefined,
    path: url.pathname + url.search,
    headers: { host: url.host, accept: 'image/*', 'accept-encoding': 'identity' },
    signal,
    ...(!isIP(hostname) && { servername: hostname }), // whose certificate it has to be
  };
  return new Promise((found, failed) => {
    request(options, found).once('error', failed).end();
  });
}

async function collect(response: IncomingMessage, text: string, most: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > most) throw new HttpError(413, 'TooLarge', `${quoted(text)} is larger than ${most} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw bad(`Cannot fetch ${quoted(text)}: ${(error as Error).message}`);
  }
  return concatBytes(chunks);
}
