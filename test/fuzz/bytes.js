'use strict';
// Ways to spoil a message.
const WORDS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'];
const LENGTHS = [0, 1, 2, 3, 4, 5, 8, 0x7fff, 0xffff];
const LONGEST = 60_000;

/** Where something can be changed, aligned as attributes are. */
const place = (random, bytes, header) => header + 4 * random.below(Math.max(1, (bytes.length - header) >> 2));

const changes = [
  (random, bytes, header) => {
    bytes[header + random.below(Math.max(1, bytes.length - header))] = random.below(256);
    return bytes;
  },
  (random, bytes, header) => {
    bytes[header + random.below(Math.max(1, bytes.length - header))] ^= 1 << random.below(8);
    return bytes;
  },
  // A length, in host byte order or the network's.
  (random, bytes, header) => {
    const at = place(random, bytes, header);
    const length = random.one([...LENGTHS, bytes.length, random.below(65_536)]) & 0xffff;
    if (at + 2 <= bytes.length) bytes[random.below(2) ? 'writeUInt16LE' : 'writeUInt16BE'](length, at);
    return bytes;
  },
  (random, bytes, header) => bytes.subarray(0, header + random.below(bytes.length - header + 1)),
  // Something twice, or not at all.
  (random, bytes, header) => {
    const at = place(random, bytes, header);
    return Buffer.concat([
      bytes.subarray(0, at),
      bytes.subarray(at, at + 4 * random.below(16)),
      bytes.subarray(at),
    ]);
  },
  (random, bytes, header) => {
    const at = place(random, bytes, header);
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 4 * random.below(8))]);
  },
  (random, bytes, header, others) => {
    const other = random.one(others);
    return Buffer.concat([bytes, other.subarray(place(random, other, 0))]);
  },
  (random, bytes, header) => {
    const at = place(random, bytes, header);
    bytes.write(
      `${random.one(WORDS)}\0`.slice(0, Math.max(0, bytes.length - at)),
      Math.min(at, bytes.length),
      'latin1',
    );
    return bytes;
  },
];

/** A copy with one to four changes behind its header; `others` lend their parts. */
function spoiled(random, original, header, others) {
  let bytes = Buffer.from(original);
  for (let left = 1 + random.below(4); left > 0 && bytes.length > header; left--) {
    bytes = Buffer.from(random.one(changes)(random, bytes, header, others));
  }
  return bytes.subarray(0, LONGEST);
}

module.exports = { WORDS, spoiled };
