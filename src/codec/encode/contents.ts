import { isUint8Array } from 'node:util/types';
import { AF_INET, AF_INET6, parseIp, parsePrefix } from '../../base/addresses';
import { EncodeError, refuse } from '../schema/encode-error';

/** Text of at most `longest` bytes. */
export function textOf(longest: number, value: unknown): string {
  if (typeof value !== 'string') refuse('a string', value);
  if (Buffer.byteLength(value) > longest) refuse(`at most ${longest} bytes`, value);
  if (value.includes('\0')) throw new EncodeError('must not contain a NUL character');
  return value;
}

/** A next hop of the other address family: struct rtvia. */
export function viaOf(value: unknown): Uint8Array {
  const address = parseIp(value);
  if (!address) refuse('an IPv4 or IPv6 address', value);
  return Uint8Array.from([address.length === 4 ? AF_INET : AF_INET6, 0, ...address]);
}

/** Bytes, or their JSON form: an array of numbers from 0 to 255. Undefined for anything else. */
export function bytesIn(value: unknown): Uint8Array | undefined {
  if (isUint8Array(value)) return value;
  return Array.isArray(value) && value.length > 0 && value.every(isByte) ? Uint8Array.from(value) : undefined;
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xff;
}

/** Exactly `length` bytes; any number if it is 0. */
export function bytesOf(length: number, value: unknown): Uint8Array {
  const bytes = bytesIn(value);
  if (bytes === undefined) refuse('a Uint8Array', value);
  if (length !== 0 && bytes.length !== length) {
    throw new EncodeError(`must be ${length} bytes, got ${bytes.length}`);
  }
  return bytes;
}

/** A body, or an object within one. Only the attribute tables know its keys. */
export type Body = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Body {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

export function objectOf(value: unknown): Body {
  if (!isObject(value) || Array.isArray(value)) refuse('an object', value);
  return value;
}

/** An address of either family; for `ip6`, IPv6 only. */
export function addressOf(kind: 'ip' | 'ip6', value: unknown): Uint8Array {
  const address = parseIp(value);
  if (kind === 'ip6' && address?.length !== 16) refuse("an IPv6 address such as 'fd00::1'", value);
  if (!address) refuse("an IPv4 or IPv6 address such as '10.0.0.1' or 'fd00::1'", value);
  return address;
}

export function prefixOf(value: unknown): { address: Uint8Array; length: number } {
  const prefix = parsePrefix(value);
  if (!prefix) refuse("an address with a prefix length such as '10.0.0.0/8' or 'fd00::/8'", value);
  return prefix;
}

// IFNAMSIZ without the NUL.
const LONGEST_NAME = 15;

export function interfaceNameOf(name: string): string {
  const length = Buffer.byteLength(name);
  if (length === 0 || length > LONGEST_NAME) refuse('an interface name of 1 to 15 bytes', name);
  return name;
}
