import { execFileSync } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import fc from 'fast-check';
import { ipAddress, parseIp, parsePrefix } from '../../../src/base/addresses';
import { decodeMessage, decodeReply } from '../../../src/codec/decode/decode';
import { encodeRequest } from '../../../src/codec/encode/encode';
import { Source } from '../../../src/codec/decode/scan/source';
import { MessageScanner } from '../../../src/codec/decode/scan/message-scanner';
import { Table } from '../../../src/codec/decode/scan/tables';

const body = {
  ifname: 'v0',
  kind: 'veth',
  up: true,
  data: { peer: { ifname: 'eth0' } },
};

function replyOf(...bodies: readonly object[]): Uint8Array {
  return Buffer.concat(
    bodies.map((each) => encodeRequest({ family: 'link', verb: 'add', body: each }).bytes),
  );
}

test('IPv6 addresses are written as inet_ntop writes them', () => {
  const text = (...groups: number[]): string => {
    const bytes = Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
    return ipAddress(bytes, 0, 16);
  };
  expect(text(0, 0, 0, 0, 0, 0, 0, 0)).toBe('::');
  expect(text(0, 0, 0, 0, 0, 0, 0, 1)).toBe('::1');
  expect(text(0xfd00, 0, 0, 0, 0, 0, 0, 0)).toBe('fd00::');
  expect(text(1, 0, 0, 4, 0, 0, 0, 8)).toBe('1:0:0:4::8');
  expect(text(1, 0, 0, 4, 5, 0, 0, 8)).toBe('1::4:5:0:0:8');
  expect(text(1, 0, 3, 4, 5, 6, 7, 8)).toBe('1:0:3:4:5:6:7:8');
  expect(text(0, 0, 0, 0, 0, 0xffff, 0x0a00, 1)).toBe('::ffff:10.0.0.1');
  expect(text(0, 0, 0, 0, 0, 0, 0x0a00, 1)).toBe('::10.0.0.1');
});

test('a prefix length is a number in decimal digits without a leading zero', () => {
  expect(parsePrefix('10.0.0.0/8')?.length).toBe(8);
  expect(parsePrefix('fd00::/0')?.length).toBe(0);
  for (const length of ['', '08', '00', '0x8', ' 8', '8 ', '+8', '1e1', '33', '8/8'])
    expect(parsePrefix(`10.0.0.0/${length}`)).toBeUndefined();
});

test('what is an address is what Node.js takes for one', () => {
  const part = fc.constantFrom(
    '0',
    '1',
    '9',
    '01',
    '255',
    '256',
    '10',
    'f',
    'FFFF',
    '12345',
    'g',
    '',
    '.',
    ':',
    '::',
    '%e',
  );
  const joined = fc.array(fc.tuple(part, fc.constantFrom('.', ':', '::', '')), { maxLength: 9 });
  const lengths = new Map([
    [4, 4],
    [6, 16],
  ]);
  let addresses = 0;
  fc.assert(
    fc.property(joined, (parts) => {
      const text = parts.flat().join('').replace(/[.:]$/, '');
      const bytes = parseIp(text);
      const family = text.includes('%') ? 0 : net.isIP(text);
      expect([text, bytes?.length]).toEqual([text, lengths.get(family)]);
      if (bytes) addresses++;
    }),
    { numRuns: 3000 },
  );
  expect(addresses).toBeGreaterThan(10);
  for (const text of [
    '1.2.3.4',
    '::',
    '1::',
    '::1',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '::ffff:1.2.3.4',
    '1:2:3:4:5:6:1.2.3.4',
  ])
    expect([text, parseIp(text)?.length]).toEqual([text, text.includes(':') ? 16 : 4]);
  for (const text of [
    '1.2.3',
    '01.2.3.4',
    '1::2::3',
    '1:2:3:4:5:6:7:8::',
    '1.2.3.4::',
    '::1.2.3.4:5',
    ':::',
    '1:',
    ':1',
  ])
    expect([text, net.isIP(text), parseIp(text)]).toEqual([text, 0, undefined]);
});

test('an address that is written is the address that was read', () => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const bytes = Uint8Array.from(groups.flatMap((each) => [each >> 8, each & 0xff]));
      const text = ipAddress(bytes, 0, 16);
      expect(net.isIPv6(text)).toBe(true);
      const addr = encodeRequest({
        family: 'addr',
        verb: 'add',
        body: { dev: 1, address: `${text}/128` },
      }).bytes;
      expect(Buffer.from(addr).includes(Buffer.from(bytes))).toBe(true);
    }),
  );
});

test('a reply is read message by message, and what is not of the family is left out', () => {
  const done = Buffer.alloc(20);
  done.writeUInt32LE(20, 0);
  done.writeUInt16LE(3, 4); // NLMSG_DONE
  const reply = Buffer.concat([replyOf(body, { ...body, ifname: 'v1' }), done]);
  const links = decodeReply('link', reply);
  expect(links).toHaveLength(2);
  expect(links).toMatchObject([
    { ifname: 'v0' },
    { ifname: 'v1', kind: 'veth', data: { peer: { ifname: 'eth0' } } },
  ]);
});

test('a message of no family is none', () => {
  const foreign = Buffer.from(replyOf(body));
  foreign.writeUInt16LE(0x7fff, 4);
  expect(decodeMessage(0, foreign)).toBeUndefined();
  expect(decodeMessage(0, foreign.subarray(0, 8))).toBeUndefined();
});

/** Messages that are alike, of which the later ones are read as copies of the earlier, and some that differ in a byte or two. */
function similarMessages(): Uint8Array[] {
  const alike = Array.from({ length: 40 }, (_, i) =>
    Buffer.from(
      replyOf({
        ...{
          ifname: `v${100 + i}`,
          kind: 'veth',
          index: i + 1,
          up: i % 2 === 0,
          noarp: i % 3 === 0,
          mtu: 4294967295 - i,
        },
        ...{
          address: `02:00:00:00:fe:${i + 10}`,
          carrier: i % 2 === 1,
          operstate: i % 7,
          protoDown: i % 5 === 0,
        },
        ...{
          slaveKind: 'bridge',
          slaveData: { priority: i, cost: 7 * i, learning: i % 4 === 0, state: 3 },
        },
        ...{
          data: { peer: { ifname: 'eth0', linkNetnsid: i } },
          inet6: { token: `::${i}`, addrGenMode: 'none' },
        },
      }),
    ),
  );
  const edit = fc.tuple(fc.nat({ max: 39 }), fc.nat(), fc.constantFrom(0, 1, 2, 4, 5, 8, 0x3a, 0x80, 0xff));
  const changed = fc
    .sample(fc.array(edit, { minLength: 1, maxLength: 2 }), { numRuns: 2000, seed: 1 })
    .map((edits) => {
      const message = Buffer.from(alike[edits[0]?.[0] ?? 0] as Buffer);
      // Behind the message's header.
      for (const [, at, byte] of edits) message[16 + (at % (message.length - 16))] = byte;
      return message;
    });
  return [...alike, ...changed, ...alike];
}

const text = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));

test('a message that is read as the copy of others is read like one by itself', () => {
  for (const message of similarMessages()) {
    const source = new Source(message);
    const alone = new MessageScanner(source, 16)
      .object(Table.of('link'), 16, message.length)
      .read(source, 16);
    const { object } = decodeMessage(0, message) ?? {};
    expect(object).toEqual(alone);
    // In the same order, too.
    expect(text(object)).toBe(text(alone));
  }
});

test('objects share nothing with each other', () => {
  const message = replyOf({ ...body, address: '02:00:00:00:00:01' });
  const expected = text(decodeMessage(0, message));
  for (let i = 0; i < 4; i++) {
    const decoded = decodeMessage(0, message);
    expect(text(decoded)).toBe(expected);
    overwrite(decoded?.object ?? {});
  }
});

function overwrite(object: object): void {
  for (const [key, value] of Object.entries(object)) {
    if (typeof value === 'object') overwrite(value as object);
    Reflect.set(object, key, 'overwritten');
  }
}

test('what is decoded does not depend on code that is made from text', () => {
  const messages = similarMessages();
  const script = `
    const { decodeMessage } = require(${JSON.stringify(path.resolve('dist-modules/codec/decode/decode.js'))});
    const messages = require('node:fs').readFileSync(0, 'utf8').split(' ');
    console.log(JSON.stringify(messages.map((text) => decodeMessage(0, Buffer.from(text, 'base64'))), (key, value) =>
      typeof value === 'bigint' ? String(value) : value));`;
  const printed = execFileSync(process.execPath, ['--disallow-code-generation-from-strings', '-e', script], {
    input: messages.map((message) => Buffer.from(message).toString('base64')).join(' '),
    maxBuffer: 1 << 26,
  });
  const here = messages.map((message) => decodeMessage(0, message));
  expect(here[0]).toMatchObject({ object: { ifname: 'v100', data: { peer: { ifname: 'eth0' } } } });
  expect(printed.toString().trim()).toBe(text(here));
});
