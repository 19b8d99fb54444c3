/** Limits in bytes (RFC 1035 2.3.4); the name's includes the length bytes of its labels. */
export const LONGEST_LABEL = 63;
export const LONGEST_NAME = 255;
const POINTER = 0xc0;
// The maximum number of labels in a name.
const MOST_POINTERS = 127;

/** Encodes a name, with or without the final dot; undefined for an invalid name (RFC 1035 2.3.4). */
export function encodeName(text: string): Buffer | undefined {
  const labels = text
    .replace(/\.$/, '')
    .split('.')
    .map((label) => Buffer.from(label));
  if (text === '.' || text === '') return Buffer.alloc(1);
  if (labels.some(({ length }) => length === 0 || length > LONGEST_LABEL)) return undefined;
  const bytes = Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)]);
  return bytes.length <= LONGEST_NAME ? bytes : undefined;
}

/**
 * Decodes a name, without its final dot and with its case preserved. A dot or backslash inside a label is escaped by a
 * backslash; a nonprintable byte becomes \DDD (RFC 4343 2.1). Undefined for an invalid name. The number of pointers and
 * bytes is limited, so that no message makes this slow.
 */
export function readName(message: Buffer, start: number): string | undefined {
  const labels: string[] = [];
  let [at, total, pointers] = [start, 1, 0];
  for (;;) {
    const length = message[at];
    if (length === undefined) return undefined;
    if (length === 0) return labels.join('.');
    if (length >= POINTER) {
      at = ((length & ~POINTER) << 8) | (message[at + 1] ?? 0);
      if (++pointers > MOST_POINTERS) return undefined;
      continue;
    }
    const end = at + 1 + length;
    total += 1 + length;
    if (length > LONGEST_LABEL || end > message.length || total > LONGEST_NAME) return undefined;
    labels.push(labelText(message.subarray(at + 1, end)));
    at = end;
  }
}

/** The end of a name, without following its pointer; undefined for an invalid or truncated name. */
export function skipName(message: Buffer, start: number): number | undefined {
  for (let at = start; ;) {
    const length = message[at];
    if (length === undefined) return undefined;
    if (length === 0) return at + 1;
    if (length >= POINTER) return at + 2;
    if (length > LONGEST_LABEL) return undefined;
    at += 1 + length;
  }
}

/** The bytes of a name without pointers, with ASCII letters in lower case: other bytes have no case (RFC 4343). */
export function foldedName(name: Buffer): string {
  return name.toString('latin1').replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function labelText(label: Buffer): string {
  return label
    .toString('latin1')
    .replace(/[.\\]|[^!-~]/g, (one) =>
      /[.\\]/.test(one) ? `\\${one}` : `\\${String(one.charCodeAt(0)).padStart(3, '0')}`,
    );
}
