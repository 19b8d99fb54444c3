'use strict';
// A network's resolver under spoiled messages, by datagrams and by streams, with a server behind it that answers nonsense.
// Meanwhile another endpoint must be answered.
const { once } = require('node:events');
const { encode, decode } = require('dns-packet');
const { buildLan } = require('../../harness/lan');
const { spoiled } = require('../bytes');
const modules = require('../modules');

const { Network, NetworkNamespace } = modules('index');
const PORT = 53;
const HEADER = 12;
/** Another endpoint waits so long for its answer: far longer than a server of a busy machine needs. */
const LONGEST_MS = 8000;

const question = (name, type = 'A', additionals = []) =>
  encode({ type: 'query', id: 7, flags: 0x100, questions: [{ name, type }], additionals });
const SEEDS = [
  question('other'),
  question('x.example'),
  question('other.lab', 'AAAA', [{ type: 'OPT', name: '.', udpPayloadSize: 4096 }]),
  question('1.0.7.10.in-addr.arpa', 'PTR'),
  question(`${'x'.repeat(63)}.example`, 'TXT'),
  Buffer.concat([question('other'), question('x.example')]),
];

/** A server on the LAN that answers what it is asked, spoiled. */
async function hostileServer(random) {
  const lan = await NetworkNamespace.open('lan');
  const socket = lan.createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    let reply = message;
    try {
      const { id, questions } = decode(message);
      const answers = [{ type: 'A', name: questions[0].name, data: '203.0.113.1', ttl: 1 }];
      reply = encode({ type: 'response', id, flags: 0x180, questions, answers });
    } catch {
      // A question that is none is answered by itself.
    }
    if (random.below(5) > 0) socket.send(spoiled(random, reply, random.below(HEADER), SEEDS), port, address);
  });
  socket.bind(PORT, '192.0.2.9');
  await once(socket, 'listening');
}

/** The answer to a question by a datagram, or undefined. */
async function asked(socket, server) {
  const answer = new Promise((resolve) => {
    socket.once('message', resolve);
    setTimeout(resolve, LONGEST_MS);
  });
  socket.send(question('web'), PORT, server);
  return answer;
}

function byStream(random, netns, server, message) {
  const socket = netns.connect({ host: server, port: PORT });
  socket.on('error', () => undefined);
  socket.resume();
  const length = Buffer.alloc(2);
  length.writeUInt16BE(random.below(3) > 0 ? Math.min(message.length, 0xffff) : random.below(65_536));
  socket.write(Buffer.concat([length, message]));
  if (random.below(2) > 0) socket.end();
  setTimeout(() => socket.destroy(), random.below(200));
}

module.exports = async function* resolver(random) {
  buildLan();
  await hostileServer(random);
  const network = await Network.create({
    ...{ name: 'lab', subnet: '10.7.0.0/24', nat: true },
    dns: { upstreams: ['192.0.2.9'], timeoutMs: 300 },
  });
  const [web, other] = await network.attachMany(['web', 'other']);
  const socket = web.netns.createSocket('udp4');
  const theirs = other.netns.createSocket('udp4');
  for (const one of [socket, theirs]) {
    one.bind(0);
    await once(one, 'listening');
  }
  for (let turn = 0; ; turn++) {
    const message = spoiled(random, random.one(SEEDS), random.below(HEADER), SEEDS).subarray(0, 4096);
    yield {
      input: message.toString('hex'),
      async check() {
        if (turn % 10 === 0) byStream(random, web.netns, network.gateway, message);
        else socket.send(message, PORT, network.gateway);
        if (turn % 50 > 0) return undefined;
        const answer = await asked(theirs, network.gateway);
        if (answer === undefined) return 'another endpoint is not answered';
        return decode(answer).answers[0]?.data === web.address
          ? undefined
          : 'another endpoint is answered wrongly';
      },
    };
  }
};
