/** AF_INET and AF_INET6 of the kernel. */
export const AF_INET = 2;
export const AF_INET6 = 10;

const [DOT, ZERO, NINE] = [0x2e, 0x30, 0x39];
const GROUP = /^[0-9a-f]{1,4}$/i;

const octets = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

const COLON = 58;
const digit = (value: number): number => value + (value < 10 ? 48 : 87);
const high = (octet: number): number => digit(octet >> 4);
const low = (octet: number): number => digit(octet & 15);

/** Formats a link address of any length: '02:00:00:00:00:01'. */
export function linkAddress(bytes: Uint8Array, at: number, end: number): string {
  if (end - at === 6) return ethernetAddress(bytes, at);
  return Array.from(bytes.subarray(at, end), (octet) => octets[octet]).join(':');
}

// One call makes one flat string. Concatenating octets would make a rope, four times as large.
function ethernetAddress(bytes: Uint8Array, at: number): string {
  const a = bytes[at] as number;
  const b = bytes[at + 1] as number;
  const c = bytes[at + 2] as number;
  const d = bytes[at + 3] as number;
  const e = bytes[at + 4] as number;
  const f = bytes[at + 5] as number;
  // prettier-ignore
  return String.fromCharCode(
    high(a), low(a), COLON, high(b), low(b), COLON, high(c), low(c), COLON,
    high(d), low(d), COLON, high(e), low(e), COLON, high(f), low(f),
  );
}

/** Formats 4 bytes as '10.0.0.1' and 16 bytes as 'fd00::1', as inet_ntop does. */
export function ipAddress(bytes: Uint8Array, at: number, end: number): string {
  return end - at === 4 ? ipv4(bytes, at) : ipv6(bytes, at);
}

function ipv4(bytes: Uint8Array, at: number): string {
  const octet = (i: number): number => bytes[at + i] as number;
  return `${octet(0)}.${octet(1)}.${octet(2)}.${octet(3)}`;
}

function ipv6(bytes: Uint8Array, at: number): string {
  // The first of the longest runs of zero groups is written as '::'.
  let [start, longest, run] = [0, 0, 0];
  for (let i = 0; i < 8; i++) {
    run = groupAt(bytes, at, i) === 0 ? run + 1 : 0;
    if (run > longest) [start, longest] = [i + 1 - run, run];
  }
  if (start === 0 && longest === 6) return `::${ipv4(bytes, at + 12)}`;
  if (start === 0 && longest === 5 && groupAt(bytes, at, 5) === 0xffff)
    return `::ffff:${ipv4(bytes, at + 12)}`;
  if (longest < 2) return groups(bytes, at, 0, 8);
  return `${groups(bytes, at, 0, start)}::${groups(bytes, at, start + longest, 8)}`;
}

function groupAt(bytes: Uint8Array, at: number, i: number): number {
  return ((bytes[at + 2 * i] as number) << 8) | (bytes[at + 2 * i + 1] as number);
}

function groups(bytes: Uint8Array, at: number, from: number, to: number): string {
  let out = '';
  for (let i = from; i < to; i++) out += (i === from ? '' : ':') + hex(groupAt(bytes, at, i));
  return out;
}

/** The 4 or 16 bytes of an address; undefined for anything else. */
export function parseIp(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

// Node.js's net.isIP compiles a long regular expression on first use, which takes longer than most programs need for
// all of their addresses.
function parseIpv4(text: string): Uint8Array | undefined {
  const out = new Uint8Array(4);
  let index = 0;
  let digits = 0;
  let octet = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || index === 3) return undefined;
      out[index++] = octet;
      digits = 0;
      octet = 0;
    } else {
      // Some programs read a leading zero as octal.
      if (code < ZERO || code > NINE || (digits > 0 && octet === 0)) return undefined;
      octet = 10 * octet + code - ZERO;
      digits++;
      if (octet > 255) return undefined;
    }
  }
  out[3] = octet;
  return index === 3 && digits > 0 ? out : undefined;
}

/** Zones are rejected: they are no part of an address. */
function parseIpv6(text: string): Uint8Array | undefined {
  const [head = '', tail, ...more] = text.split('::');
  const before = groupsOf(head, tail === undefined);
  const after = groupsOf(tail ?? '', true);
  if (more.length > 0 || before === undefined || after === undefined) return undefined;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...new Array<number>(missing).fill(0), ...after];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** The last two groups of an address may be written as an IPv4 address. */
function groupsOf(text: string, atEnd: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const dotted = atEnd ? parseIpv4(parts.at(-1) ?? '') : undefined;
  const plain = dotted ? parts.slice(0, -1) : parts;
  if (!plain.every((part) => GROUP.test(part))) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = dotted ?? [];
  const last = dotted ? [(a << 8) | b, (c << 8) | d] : [];
  return [...plain.map((part) => Number.parseInt(part, 16)), ...last];
}

function hex(value: number): string {
  return value.toString(16);
}

/** Parses '10.0.0.0/8'. Without a length, all bits count. */
export function parsePrefix(text: unknown): { address: Uint8Array; length: number } | undefined {
  if (typeof text !== 'string') return undefined;
  const slash = text.indexOf('/');
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const longest = 8 * address.length;
  if (slash < 0) return { address, length: longest };
  const digits = text.slice(slash + 1);
  // As in addresses, some programs read a leading zero as octal.
  return /^(?:0|[1-9]\d*)$/.test(digits) && Number(digits) <= longest
    ? { address, length: Number(digits) }
    : undefined;
}

const LINK_ADDRESS = /^[\da-f]{2}(:[\da-f]{2}){0,31}$/i;

/** Parses 1 to 32 octets of two digits each. */
export function parseLinkAddress(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string' || !LINK_ADDRESS.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text.replaceAll(':', ''), 'hex'));
}
