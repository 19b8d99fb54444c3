'use strict';
// Makes a persistent network with endpoints and a port, and is killed: for gc().
const { Network } = require('../../../dist/index.js');
const { PERSISTENT, PORT } = require('./common');

async function main() {
  const network = await Network.create({ ...PERSISTENT, name: 'left', subnet: '10.8.0.0/24' });
  const [to] = await network.attachMany(['d1', 'd2']);
  await network.publish({ ...PORT, hostPort: 81, to });
  process.kill(process.pid, 'SIGKILL');
}

void main();
