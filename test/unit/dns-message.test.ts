import { decode, encode, type Packet } from 'dns-packet';
import {
  failure,
  fit,
  isQuery,
  isReplyTo,
  readQuery,
  SERVFAIL,
  withId,
  type Query,
} from '../../src/dns/message';
import { answerLocally, type Zone } from '../../src/dns/zone';

const zone: Zone = {
  name: 'lab',
  hosts: [
    { name: 'web', addresses: ['10.7.0.2', 'fd07::2'] },
    { name: 'pair', addresses: ['10.7.0.3'] },
    { name: 'pair', addresses: ['10.7.0.4'] },
    ...Array.from({ length: 60 }, (_, index) => ({ name: 'crowd', addresses: [`10.7.0.${100 + index}`] })),
  ],
};

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
  const reply = answerLocally(query(name, type), zone);
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
  const reply = answerLocally(query('pair', 'AAAA'), zone)!;
  expect([rcode(reply), decode(reply).answers]).toEqual([0, []]);
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
  const reply = decode(answerLocally(query('wEb'), zone)!);
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
  const reply = answerLocally(asked, zone)!;
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
  const [explained] = decode(failure(asked.bytes, SERVFAIL, 'nobody answers')).additionals!;
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
  expect(isQuery(answerLocally(query('web'), zone)!)).toBe(false);
});

test('a reply belongs to its query by number and question', () => {
  const asked = query('web').bytes;
  const reply = answerLocally(query('WEB'), zone)!;
  expect(isReplyTo(reply, asked)).toBe(true);
  expect(isReplyTo(withId(reply, 8), asked)).toBe(false);
  expect(isReplyTo(answerLocally(query('pair'), zone)!, asked)).toBe(false);
  expect(isReplyTo(asked, asked)).toBe(false);
});
