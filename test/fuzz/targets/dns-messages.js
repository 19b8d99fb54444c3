'use strict';
// Spoiled questions and answers for the reader and writer of DNS messages.
const { encode } = require('dns-packet');
const { spoiled } = require('../bytes');
const modules = require('../modules');

const message = modules('dns/message');
const { recordOfQuestion, TYPE } = modules('dns/records');
const HEADER = 12;

const question = (name, type, additionals = []) =>
  encode({ type: 'query', id: 7, flags: 0x100, questions: [{ name, type }], additionals });
const edns = [{ type: 'OPT', name: '.', udpPayloadSize: 4096 }];
const SEEDS = [
  question('web', 'A'),
  question('web.lab', 'AAAA', edns),
  question('1.0.7.10.in-addr.arpa', 'PTR'),
  question('_x._tcp.example', 'SRV', edns),
  question(`${'x'.repeat(63)}.example`, 'TXT'),
  question('', 'NS'),
  encode({
    ...{ type: 'response', id: 7, flags: 0x180, questions: [{ name: 'web', type: 'A' }] },
    answers: [{ name: 'web', type: 'A', data: '10.0.0.1', ttl: 1 }],
  }),
];

module.exports = async function* dnsMessages(random) {
  const asked = SEEDS[0];
  for (;;) {
    const bytes = spoiled(random, random.one(SEEDS), random.below(HEADER), SEEDS);
    yield {
      input: bytes.toString('hex'),
      check() {
        message.isReplyTo(bytes, asked);
        // What is not even a header never gets further.
        if (!message.isQuery(bytes)) return undefined;
        if (message.failure(bytes, 2, 'no server').length < HEADER) return 'a reply without a header';
        const query = message.readQuery(bytes);
        if (query === undefined) return undefined;
        const address = recordOfQuestion(TYPE.A, 1, Uint8Array.of(10, 0, 0, 1));
        const reply = message.answer(query, [address], []);
        if (message.fit(query, reply, 'udp').length > query.limit) return 'a datagram beyond the limit';
        return undefined;
      },
    };
  }
};
