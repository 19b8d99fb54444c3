'use strict';
// Spoiled messages are decoded: no throw, nothing undefined, no foreign prototype, and twice the same.
const { isDeepStrictEqual } = require('node:util');
const { spoiled } = require('../bytes');
const { corpus } = require('../corpus');
const modules = require('../modules');

const { decodeHeaders, decodeMessage, decodeReply } = modules('codec/decode/decode');
const MESSAGE_HEADER = 16;
const DEEPEST = 60;

/** What no decoded object may have in it; undefined if it is sound. */
function flaw(value, depth = 0) {
  if (value === undefined) return 'undefined';
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return undefined;
  if (depth > DEEPEST) return 'endless nesting';
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null)
    return 'a foreign prototype';
  for (const key of Object.keys(value)) {
    const found = flaw(value[key], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

module.exports = async function* decoder(random) {
  const messages = await corpus();
  const others = messages.map(({ bytes }) => bytes);
  for (;;) {
    const { family, protocol, bytes } = random.one(messages);
    const input = spoiled(random, bytes, MESSAGE_HEADER, others);
    // The message's own length is right as a rule: else nothing of it would be read.
    if (input.length >= 4 && random.below(8) > 0) input.writeUInt32LE(input.length, 0);
    yield {
      input: `${family} ${input.toString('hex')}`,
      check() {
        const first = decodeMessage(protocol, input);
        const again = decodeMessage(protocol, input);
        decodeReply(family, input);
        decodeHeaders(family, input);
        if (!isDeepStrictEqual(first, again)) return 'answers something else the second time';
        return first && flaw(first.object);
      },
    };
  }
};
