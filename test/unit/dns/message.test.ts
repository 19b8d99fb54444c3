import { decode, encode, type Packet } from 'dns-packet';
import { readName } from '../../../src/dns/names';
import {
  asReplyTo,
  badVersion,
  failure,
  fit,
  isQuery,
  isReplyTo,
  readQuery,
  SERVFAIL,
  withId,
  type Query,
} from '../../../src/dns/message';
import { Zone } from '../../../src/dns/zone';

const zone = new Zone('lab', [
  { name: 'web', addresses: ['10.7.0.2', 'fd07::2'] },
  { name: 'pair', addresses: ['10.7.0.3'] },
  { name: 'pair', addresses: ['10.7.0.4'] },
  { name: 'API', addresses: ['10.7.0.5'] },
  { name: 'api', addresses: ['10.7.0.6'] },
  { name: 'x'.repeat(64), addresses: ['10.7.0.7'] },
  { name: 'dotted.', addresses: ['10.7.0.8'] },
  ...Array.from({ length: 60 }, (_, index) => ({ name: 'crowd', addresses: [`10.7.0.${100 + index}`] })),
]);

function query(name: string, type = 'A', more: Packet = {}): Query {
  const bytes = encode({
    type: 'query',
    id: 7,
    flags: 0x100,
    questions: [{ name, type: type as 'A' }],
    ...more,
  });
  return readQuery(bytes) as Query;
}

const opt = (udpPayloadSize: number): Packet => ({
  additionals: [
    {
      type: 'OPT',
      name: '.',
      udpPayloadSize,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    },
  ],
});

const local = (name: string, type?: string): unknown[] | undefined => {
  const reply = zone.answer(query(name, type));
  return reply && decode(reply).answers?.map((record) => ('data' in record ? record.data : undefined));
};

const rcode = (reply: Buffer): number => reply[3]! & 0xf;

test('names of the network are answered short and long, in any case, and nothing else is', () => {
  expect(local('web')).toEqual(['10.7.0.2']);
  expect(local('WEB.Lab')).toEqual(['10.7.0.2']);
  expect(local('pair.lab')).toEqual(['10.7.0.3', '10.7.0.4']);
  expect(local('web', 'AAAA')).toEqual(['fd07::2']);
  expect(local('web', 'ANY')).toEqual(['10.7.0.2', 'fd07::2']);
  for (const other of ['lab', 'nobody', 'nobody.lab', 'web.example', 'web.lab.example', '.']) {
    expect(local(other)).toBeUndefined();
  }
});

test('a name without a record of the type is no error', () => {
  const reply = zone.answer(query('pair', 'AAAA'))!;
  expect([rcode(reply), decode(reply).answers]).toEqual([0, []]);
  // How long the absence lasts: not at all.
  expect(decode(reply).authorities).toMatchObject([
    { type: 'SOA', name: 'pair', ttl: 0, data: { minimum: 0 } },
  ]);
});

test('of names that differ in case alone each is one namespace', () => {
  expect([local('api'), local('API.lab'), local('Api')]).toEqual([['10.7.0.6'], ['10.7.0.5'], ['10.7.0.5']]);
});

test('what can be no label has no name, and a final dot is no part of one', () => {
  expect(local('7.0.7.10.in-addr.arpa', 'PTR')).toEqual([]);
  expect(local('8.0.7.10.in-addr.arpa', 'PTR')).toEqual(['dotted.lab']);
  expect(local('dotted.lab')).toEqual(['10.7.0.8']);
});

test('a dot inside a label separates nothing', () => {
  const bytes = Buffer.from(query('webxlab').bytes);
  bytes[16] = '.'.charCodeAt(0);
  const asked = readQuery(bytes)!;
  expect(asked.name).toBe('web\\.lab');
  expect(zone.answer(asked)).toBeUndefined();
});

test('localhost is answered here', () => {
  expect([local('localhost'), local('x.localhost', 'AAAA'), local('localhost.lab')]).toEqual([
    ['127.0.0.1'],
    ['::1'],
    undefined,
  ]);
});

test('addresses have names', () => {
  expect(local('2.0.7.10.in-addr.arpa', 'PTR')).toEqual(['web.lab']);
  const digits = `2.${'0.'.repeat(27)}7.0.d.f`;
  expect(local(`${digits}.IP6.arpa`, 'PTR')).toEqual(['web.lab']);
  for (const other of ['9.0.7.10.in-addr.arpa', `3${digits.slice(1)}.ip6.arpa`, '2.0.ip6.arpa', 'arpa']) {
    expect(local(other, 'PTR')).toBeUndefined();
  }
});

test('a reply keeps number, question and the wish for recursion', () => {
  const reply = decode(zone.answer(query('wEb'))!);
  expect(reply).toMatchObject({
    id: 7,
    flag_qr: true,
    flag_rd: true,
    flag_ra: true,
    flag_aa: true,
    flag_tc: false,
  });
  expect(reply.questions).toMatchObject([{ name: 'wEb', type: 'A' }]);
});

test('what does not fit a datagram is cut to its header and says so; a stream takes it', () => {
  const asked = query('crowd');
  const reply = zone.answer(asked)!;
  expect(reply.length).toBeGreaterThan(512);
  expect(fit(asked, reply, 'tcp')).toBe(reply);
  const cut = decode(fit(asked, reply, 'udp'));
  expect(cut).toMatchObject({ id: 7, flag_tc: true, answers: [], questions: [{ name: 'crowd' }] });
  const larger = query('crowd', 'A', opt(4096));
  expect(fit(larger, reply, 'udp')).toBe(reply);
});

test('a failure carries the question, and the reason for clients that can read it', () => {
  const plain = failure(query('example.org').bytes, SERVFAIL);
  expect(decode(plain)).toMatchObject({ id: 7, rcode: 'SERVFAIL', questions: [{ name: 'example.org' }] });
  const asked = query('example.org', 'A', opt(1232));
  expect(asked.extended).toBe(true);
  const [explained] = decode(failure(asked.bytes, SERVFAIL, { reason: 'nobody answers' })).additionals!;
  expect(explained).toMatchObject({ type: 'OPT', options: [{ code: 15 }] });
  expect(JSON.stringify(explained)).toContain(
    JSON.stringify([...Buffer.from('nobody answers')]).slice(1, -1),
  );
});

test('garbage is no query, or one without a question', () => {
  const bytes = query('web').bytes;
  for (let length = 0; length < bytes.length; length++) {
    const part = bytes.subarray(0, length);
    expect(length < 12 ? isQuery(part) : readQuery(part)).toBe(length < 12 ? false : undefined);
  }
  const pointing = Buffer.concat([bytes.subarray(0, 12), Buffer.from([0xc0, 0x0c, 0, 1, 0, 1])]);
  expect(readQuery(pointing)).toBeUndefined();
  expect(failure(pointing, 1)).toHaveLength(12);
  const two = encode({
    type: 'query',
    questions: [
      { name: 'a', type: 'A' },
      { name: 'b', type: 'A' },
    ],
  });
  expect(readQuery(two)).toBeUndefined();
  expect(isQuery(zone.answer(query('web'))!)).toBe(false);
});

test('a later version of EDNS is told ours, and two OPT records are malformed', () => {
  const later = opt(1232);
  Object.assign(later.additionals![0]!, { ednsVersion: 1 });
  const asked = query('web', 'A', later);
  expect(asked.badVersion).toBe(true);
  expect(rcode(badVersion(asked))).toBe(0);
  expect(decode(badVersion(asked)).additionals).toMatchObject([{ type: 'OPT', extendedRcode: 1 }]);
  const [one] = opt(1232).additionals!;
  expect(query('web', 'A', { additionals: [one!, one!] })).toBeUndefined();
});

test('an error without the question is an error, and what is no error must tell it', () => {
  const asked = query('web').bytes;
  const bare = (code: number): Buffer => Buffer.from([0, 7, 0x81, 0x80 | code, ...Buffer.alloc(8)]);
  expect([1, 2, 4, 5].map((code) => isReplyTo(bare(code), asked))).toEqual([true, true, true, true]);
  expect([0, 3].map((code) => isReplyTo(bare(code), asked))).toEqual([false, false]);
  expect(decode(asReplyTo(asked, bare(5)))).toMatchObject({
    id: 7,
    rcode: 'REFUSED',
    questions: [{ name: 'web' }],
  });
});

test('case is ignored in names alone', () => {
  // Types 65 and 97 are the letters A and a.
  const [https, other] = [query('web', 'UNKNOWN_65').bytes, query('web', 'UNKNOWN_97').bytes];
  const reply = failure(other, 0);
  expect([isReplyTo(reply, other), isReplyTo(reply, https)]).toEqual([true, false]);
  expect(asReplyTo(query('WeB').bytes, failure(query('web').bytes, 3)).toString('latin1')).toContain('WeB');
});

test('a message of pointers costs no more than its length', () => {
  const chain = Buffer.alloc(65_535, 0);
  for (let at = 14; at < 16_000; at += 2) chain.writeUInt16BE(0xc000 | (at - 2), at);
  expect(readName(chain, 15_998)).toBeUndefined();
  chain.writeUInt16BE(0xc000 | 20, 20);
  expect(readName(chain, 20)).toBeUndefined();
});

test('a reply belongs to its query by number and question', () => {
  const asked = query('web').bytes;
  const reply = zone.answer(query('WEB'))!;
  expect(isReplyTo(reply, asked)).toBe(true);
  expect(isReplyTo(withId(reply, 8), asked)).toBe(false);
  expect(isReplyTo(zone.answer(query('pair'))!, asked)).toBe(false);
  expect(isReplyTo(asked, asked)).toBe(false);
});
