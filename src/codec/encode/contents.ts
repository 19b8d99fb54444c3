import { isUint8Array } from 'node:util/types';
import { AF_INET, AF_INET6, parseIp } from '../../base/addresses';
import { Refusal, refuse } from '../refusal';

/** Text of so many bytes at most. */
export function textOf(longest: number, value: unknown): string {
  if (typeof value !== 'string') refuse('a string', value);
  if (Buffer.byteLength(value) > longest) refuse(`at most ${longest} bytes`, value);
  if (value.includes('\0')) throw new Refusal('must not contain a NUL character');
  return value;
}

/** A next hop of the other address family: struct rtvia. */
export function viaOf(value: unknown): Uint8Array {
  const address = parseIp(value);
  if (!address) refuse('an IPv4 or IPv6 address', value);
  return Uint8Array.from([address.length === 4 ? AF_INET : AF_INET6, 0, ...address]);
}

/** Bytes as they are, or as JSON has them: an array of numbers from 0 to 255. Undefined for anything else. */
export function bytesIn(value: unknown): Uint8Array | undefined {
  if (isUint8Array(value)) return value;
  return Array.isArray(value) && value.length > 0 && value.every(isByte) ? Uint8Array.from(value) : undefined;
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xff;
}

/** Exactly so many bytes, unless that is 0. */
export function bytesOf(length: number, value: unknown): Uint8Array {
  const bytes = bytesIn(value);
  if (bytes === undefined) refuse('a Uint8Array', value);
  if (length !== 0 && bytes.length !== length) {
    throw new Refusal(`must be ${length} bytes, got ${bytes.length}`);
  }
  return bytes;
}
