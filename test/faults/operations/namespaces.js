'use strict';
const { recoverNames } = require('./common');

const NAMES = ['n1', 'n2', 'n3', 'n4', 'n5'];
const deleteAll = async (namespaces) => {
  await Promise.all(namespaces.map((netns) => netns.delete()));
};

module.exports = {
  'netns.create': {
    run: ({ library }) => library.NetworkNamespace.create(),
    undo: (_, netns) => netns.delete(),
  },
  'netns.create named': {
    run: ({ library }) => library.NetworkNamespace.create('n1', { sysctls: { 'net/ipv4/ip_forward': 1 } }),
    undo: (_, netns) => netns.delete(),
    recover: recoverNames('n1'),
  },
  'netns.createMany': {
    run: ({ library }) => library.NetworkNamespace.createMany(5),
    undo: (_, made) => deleteAll(made),
  },
  'netns.createMany named': {
    run: ({ library }) => library.NetworkNamespace.createMany(NAMES),
    undo: (_, made) => deleteAll(made),
    recover: recoverNames(...NAMES),
  },
  'netns.delete': {
    removes: true,
    async each(bed) {
      bed.netns = await bed.library.NetworkNamespace.create('n1');
    },
    run: ({ netns }) => netns.delete(),
    recover: recoverNames('n1'),
  },
  'netns.open': {
    async prepare(bed) {
      bed.netns = await bed.library.NetworkNamespace.create('n1');
    },
    run: ({ library }) => library.NetworkNamespace.open('n1'),
    undo: (_, opened) => opened.close(),
    finish: ({ netns }) => netns.delete(),
    recover: recoverNames('n1'),
  },
  'netns.spawn': {
    async prepare(bed) {
      bed.netns = await bed.library.NetworkNamespace.create('n1');
    },
    run: ({ netns }) => netns.exec('true', [], { etc: true, sys: true }),
    finish: ({ netns }) => netns.delete(),
    recover: recoverNames('n1'),
  },
  'netns.listen and connect': {
    async prepare(bed) {
      bed.netns = await bed.library.NetworkNamespace.create();
    },
    async run(bed) {
      const { createServer } = require('node:net');
      const { once } = require('node:events');
      const server = createServer((socket) => socket.end('hello'));
      try {
        await bed.netns.listen(server, { port: 80, host: '127.0.0.1' });
        const socket = bed.netns.connect({ host: '127.0.0.1', port: 80 });
        socket.resume();
        await once(socket, 'end').finally(() => socket.destroy());
      } finally {
        if (server.listening) await new Promise((resolve) => server.close(resolve));
      }
    },
    finish: ({ netns }) => netns.delete(),
  },
};
