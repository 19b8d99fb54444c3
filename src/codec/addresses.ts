import net from 'node:net';

/** The kernel's numbers of the two families. */
export const AF_INET = 2;
export const AF_INET6 = 10;

const octets = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'));

const octetValues = new Map(octets.map((text, octet) => [text, octet]));

/** '02:00:00:00:00:01', of any length. */
export function linkAddress(bytes: Uint8Array, at: number, end: number): string {
  let out = '';
  for (let i = at; i < end; i++) out += (i === at ? '' : ':') + (octets[bytes[i] as number] as string);
  return out;
}

/** '10.0.0.1' of 4 bytes, 'fd00::1' of 16, as inet_ntop writes them. */
export function ipAddress(bytes: Uint8Array, at: number, end: number): string {
  return end - at === 4 ? ipv4(bytes, at) : ipv6(bytes, at);
}

function ipv4(bytes: Uint8Array, at: number): string {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as number[];
  return `${a as number}.${b as number}.${c as number}.${d as number}`;
}

function ipv6(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  // The first of the longest runs of zeros becomes '::'.
  let [start, longest, run] = [0, 0, 0];
  for (let i = 0; i < 8; i++) {
    const group = ((bytes[at + 2 * i] as number) << 8) | (bytes[at + 2 * i + 1] as number);
    groups.push(group);
    run = group === 0 ? run + 1 : 0;
    if (run > longest) [start, longest] = [i + 1 - run, run];
  }
  if (start === 0 && longest === 6) return `::${ipv4(bytes, at + 12)}`;
  if (start === 0 && longest === 5 && groups[5] === 0xffff) return `::ffff:${ipv4(bytes, at + 12)}`;
  if (longest < 2) return words(groups);
  return `${words(groups.slice(0, start))}::${words(groups.slice(start + longest))}`;
}

function words(groups: readonly number[]): string {
  return groups.map(hex).join(':');
}

/** The 4 or 16 bytes of an address; undefined for what is none. */
export function parseIp(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string') return undefined;
  if (net.isIPv4(text)) return parseIpv4(text);
  // Not with a zone, which is no part of an address.
  return net.isIPv6(text) && !text.includes('%') ? parseIpv6(text) : undefined;
}

function parseIpv4(text: string): Uint8Array {
  const out = new Uint8Array(4);
  let index = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '.') index++;
    else out[index] = 10 * (out[index] as number) + text.charCodeAt(i) - 48;
  }
  return out;
}

function parseIpv6(text: string): Uint8Array {
  const dotted = /[^:]*\.[^:]*$/.exec(text)?.[0];
  const [a = 0, b = 0, c = 0, d = 0] = dotted?.split('.').map(Number) ?? [];
  const plain =
    dotted === undefined ? text : text.replace(dotted, `${hex((a << 8) | b)}:${hex((c << 8) | d)}`);
  const [head = '', tail] = plain.split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const groups = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

function hex(value: number): string {
  return value.toString(16);
}

/** '10.0.0.0/8'; without a length all bits count. */
export function parsePrefix(text: unknown): { address: Uint8Array; length: number } | undefined {
  if (typeof text !== 'string') return undefined;
  const slash = text.indexOf('/');
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const longest = 8 * address.length;
  if (slash < 0) return { address, length: longest };
  const digits = text.slice(slash + 1);
  return /^\d+$/.test(digits) && Number(digits) <= longest ? { address, length: Number(digits) } : undefined;
}

/** Two digits an octet, 1 to 32 octets. */
export function parseLinkAddress(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string' || text.length > 95 || text.length % 3 !== 2) return undefined;
  const out = new Uint8Array((text.length + 1) / 3);
  for (let i = 0; i < out.length; i++) {
    const octet = octetValues.get(text.slice(3 * i, 3 * i + 2).toLowerCase());
    if (octet === undefined || (i > 0 && text[3 * i - 1] !== ':')) return undefined;
    out[i] = octet;
  }
  return out;
}
