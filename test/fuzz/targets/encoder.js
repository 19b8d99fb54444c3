'use strict';
// Bodies of requests with hostile keys and values: bytes, or a refusal that names the place. Nothing else is thrown, and
// what became bytes can be decoded.
const { WORDS } = require('../bytes');
const { samples, schema } = require('../corpus');
const modules = require('../modules');

const { encodeRequest } = modules('codec/encode/encode');
const { decodeMessage } = modules('codec/decode/decode');
const { EncodeError } = modules('codec/schema/encode-error');
const VERBS = ['add', 'replace', 'append', 'set', 'delete', 'get', 'list'];

class Thrown extends Error {}

function cyclic() {
  const value = { kind: 'veth' };
  value.data = value;
  value.peer = value;
  return value;
}

const VALUES = [
  ...[
    () => undefined,
    () => null,
    () => NaN,
    () => Infinity,
    () => -1,
    () => 0.5,
    () => 2 ** 53,
    () => 2n ** 64n,
  ],
  ...[
    () => -1n,
    () => '',
    () => 'x'.repeat(70_000),
    () => 'a\0b',
    () => '\ud800',
    () => '10.0.0.1/33',
    () => '::/129',
  ],
  ...[() => [], () => new Array(50_000).fill(1), () => [[[[]]]], () => ({}), () => Object.create(null)],
  ...[
    () => new Uint8Array(70_000),
    () => Symbol('x'),
    () => () => 1,
    () => new Date(NaN),
    () => new Map([[1, 2]]),
  ],
  ...[
    cyclic,
    () => new Proxy({}, { ownKeys: () => ['ifname'] }),
    () => JSON.parse('{"__proto__":{"mtu":1}}'),
  ],
  () => ({
    get ifname() {
      throw new Thrown('a getter of the caller');
    },
  }),
  () => ({ toString: null, valueOf: null }),
];
const KEYS = [
  ...WORDS,
  'ifname',
  'kind',
  'data',
  'peer',
  'nexthops',
  'elements',
  'expressions',
  '',
  '0',
  'mtuu',
];

/** A copy in which some values are others, at any depth. */
function spoil(random, value, depth = 0) {
  if (random.below(12 + 4 * depth) === 0) return random.one(VALUES)();
  if (Array.isArray(value)) return value.map((item) => spoil(random, item, depth + 1));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, spoil(random, inner, depth + 1)]);
  if (random.below(6) === 0) entries.push([random.one(KEYS), random.one(VALUES)()]);
  const copy = random.below(20) === 0 ? Object.create(null) : {};
  for (const [key, inner] of entries)
    Object.defineProperty(copy, key, { value: inner, enumerable: true, configurable: true, writable: true });
  return copy;
}

module.exports = async function* encoder(random) {
  for (;;) {
    const sample = random.one(samples);
    const other = random.one(samples);
    const family = random.below(10) === 0 ? other.family : sample.family;
    const body = spoil(random, random.below(10) === 0 ? { ...other.body, ...sample.body } : sample.body);
    const verb = random.below(3) === 0 ? random.one(VERBS) : sample.verb;
    yield {
      input: `${family} ${verb} of ${sample.title}`,
      check() {
        let bytes;
        try {
          ({ bytes } = encodeRequest({ family, verb, body }));
        } catch (error) {
          if (error instanceof EncodeError || error instanceof Thrown) return undefined;
          // V8's own: the proxy that lies about its keys is the caller's.
          if (error instanceof TypeError && error.message.includes('proxy')) return undefined;
          throw error;
        }
        const message = Buffer.from(bytes);
        if (message.readUInt32LE(0) !== message.length) return 'a message with a wrong length';
        decodeMessage(schema.families[family].protocol, message);
        return undefined;
      },
    };
  }
};
