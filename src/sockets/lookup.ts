import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import os from 'node:os';
import { domainToASCII } from 'node:url';
import { ValidationError } from '../errors/errors';
import { handleOf, type OpenNamespace } from '../nsfs/handle';
import { within } from '../nsfs/within';
import { named } from './errors';
import { literalAddress } from './literal';
import { askAll, type Question } from './questions';
import { addressesInFile, resolversOf } from '../nsfs/resolvers';

type LookupCallback = Parameters<LookupFunction>[2];

/** The options, or the callback instead, as in `dns.lookup`. */
type LookupSettings = LookupOptions | number | LookupCallback | null | undefined;

type Family = 4 | 6;

/** Errors of getaddrinfo(3), as libuv's numbers. */
const ERRORS = { ENOTFOUND: -3008, EAI_AGAIN: -3001 } as const;
const CODES = { absent: 'ENOTFOUND', again: 'EAI_AGAIN', error: 'ENOTFOUND' } as const;

/** Like dns.lookup, with the namespace's own files and servers, which are asked from inside. */
export function lookupInside(
  netns: OpenNamespace,
  hostname: string,
  options: LookupSettings,
  callback?: LookupCallback,
): void {
  const name: unknown = hostname;
  if (typeof name !== 'string') throw refusal('hostname', name, 'must be a name or an address');
  const done = typeof options === 'function' ? options : callback;
  if (typeof done !== 'function')
    throw new ValidationError({
      path: 'callback',
      value: done,
      problem: 'must be a function, after the options or instead of them',
      operation: 'netns.lookup',
    });
  const wanted = checked(typeof options === 'number' ? { family: options } : optionsIn(options));
  // Not called from the promise: an error of the callback is the caller's, not a rejection.
  const answer = (found: readonly LookupAddress[]): void => {
    const [{ address, family } = { address: '', family: 4 }] = found;
    if (wanted.all === true) process.nextTick(done, null, found);
    else process.nextTick(done, null, address, family);
  };
  resolve(netns, hostname, wanted).then(answer, (error: unknown) => process.nextTick(done, error));
}

function optionsIn(options: LookupOptions | LookupCallback | null | undefined): LookupOptions {
  if (typeof options === 'object' && options !== null) return options;
  if (options === undefined || options === null || typeof options === 'function') return {};
  throw refusal('options', options, 'must be an object of options, or a family');
}

const HINTS = dns.ADDRCONFIG | dns.V4MAPPED | dns.ALL;
const RIGHT: Readonly<Record<string, readonly [(value: unknown) => boolean, string]>> = {
  family: [oneOf(0, 4, 6, 'IPv4', 'IPv6'), "must be 0, 4, 6, 'IPv4' or 'IPv6'"],
  hints: [
    (value) => Number.isInteger(value) && ((value as number) & ~HINTS) === 0,
    'must be dns.ADDRCONFIG, dns.V4MAPPED or dns.ALL, or a combination of them',
  ],
  order: [oneOf('verbatim', 'ipv4first', 'ipv6first'), "must be 'verbatim', 'ipv4first' or 'ipv6first'"],
  all: [oneOf(true, false), 'must be true or false'],
  verbatim: [oneOf(true, false), 'must be true or false'],
};

/** Rejects the options that `dns.lookup` rejects; others are ignored. */
function checked(options: LookupOptions): LookupOptions {
  for (const [key, [isRight, problem]] of Object.entries(RIGHT)) {
    const value: unknown = options[key as keyof LookupOptions];
    if (value !== undefined && value !== null && !isRight(value)) throw refusal(key, value, problem);
  }
  return options;
}

function oneOf(...values: readonly unknown[]): (value: unknown) => boolean {
  return (value) => values.includes(value);
}

function refusal(path: string, value: unknown, problem: string): ValidationError {
  return new ValidationError({ path, value, problem, operation: 'netns.lookup' });
}

async function resolve(
  netns: OpenNamespace,
  hostname: string,
  options: LookupOptions,
): Promise<LookupAddress[]> {
  handleOf(netns);
  // International names are ASCII in DNS (RFC 5891), and so are full-width digits in an address.
  const name = /^[\0-\x7f]*$/.test(hostname) ? hostname : domainToASCII(hostname);
  const literal = literalAddress(name);
  if (literal !== undefined) return [{ address: literal, family: isIP(literal) }];
  const configured = familiesOf(netns);
  const wanted = familiesWanted(options, configured);
  const sort = (addresses: readonly string[]): LookupAddress[] =>
    addressesIn(orderOf(options) ?? configured.order, addresses);
  // The C library would look up the part before a NUL.
  if (name === '' || name.includes('\0')) throw lookupError('ENOTFOUND', hostname, netns, []);
  const local = sort(localAddresses(netns, name)).filter(({ family }) => wanted.includes(family as Family));
  if (local.length > 0) return local;
  const questions = wanted.map((family): Question => (family === 4 ? 'A' : 'AAAA'));
  const { addresses, end, failures } = await askAll(netns, resolversOf(netns), name, questions);
  if (end === 'found') return sort(addresses);
  throw lookupError(CODES[end], hostname, netns, end === 'absent' ? [] : failures);
}

function orderOf({ order, verbatim }: LookupOptions): readonly [Family, Family] | undefined {
  if (order === 'ipv6first') return [6, 4];
  return order === 'ipv4first' || (order === undefined && verbatim === false) ? [4, 6] : undefined;
}

function localAddresses(netns: OpenNamespace, hostname: string): string[] {
  const found = addressesInFile(netns, hostname);
  // Never asked of a server (RFC 6761).
  return found.length === 0 && /^(.+\.)?localhost\.?$/i.test(hostname) ? ['127.0.0.1', '::1'] : found;
}

interface Configured {
  /** The families for which a device other than loopback has an address. */
  readonly present: readonly Family[];
  /** IPv6 first if there is an IPv6 address beyond link-local ones. */
  readonly order: readonly [Family, Family];
}

// Reads synchronously.
function familiesOf(netns: OpenNamespace): Configured {
  const all = within(netns, 'netns.lookup', () => Object.values(os.networkInterfaces())).flatMap(
    (one = []) => one,
  );
  const outside = all.filter(({ internal }) => !internal);
  const present = ([4, 6] as const).filter((version) =>
    outside.some(({ family }) => family === `IPv${version}`),
  );
  const leadsOn = outside.some(({ family, address }) => family === 'IPv6' && !/^fe[89ab]/i.test(address));
  return { present, order: leadsOn ? [6, 4] : [4, 6] };
}

function familiesWanted({ family, hints = 0 }: LookupOptions, { present }: Configured): readonly Family[] {
  if (family === 4 || family === 'IPv4') return [4];
  if (family === 6 || family === 'IPv6') return [6];
  return (hints & dns.ADDRCONFIG) !== 0 && present.length > 0 ? present : [4, 6];
}

function addressesIn(order: readonly Family[], addresses: readonly string[]): LookupAddress[] {
  return order.flatMap((family) =>
    addresses.filter((address) => isIP(address) === family).map((address) => ({ address, family })),
  );
}

function lookupError(
  code: keyof typeof ERRORS,
  hostname: string,
  netns: OpenNamespace,
  reasons: readonly string[],
): Error {
  const error = new Error(`getaddrinfo ${code} ${hostname}`);
  const fields = { errno: ERRORS[code], code, syscall: 'getaddrinfo', hostname };
  return named(Object.assign(error, fields), netns, [...new Set(reasons)].join('; '));
}
