'use strict';
const { execFileSync } = require('node:child_process');

const ip = (...args) => execFileSync('ip', args);

/** A LAN with a machine that routes, 192.0.2.9: networks with NAT want a way out. The host is 192.0.2.1 there. */
function buildLan() {
  ip('netns', 'add', 'lan');
  ip('link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'e0', 'netns', 'lan');
  ip('link', 'set', 'up0', 'addrgenmode', 'none');
  ip('-n', 'lan', 'link', 'set', 'e0', 'addrgenmode', 'none');
  ip('addr', 'add', '192.0.2.1/24', 'dev', 'up0');
  ip('-n', 'lan', 'addr', 'add', '192.0.2.9/24', 'dev', 'e0');
  ip('link', 'set', 'up0', 'up');
  ip('-n', 'lan', 'link', 'set', 'e0', 'up');
  ip('route', 'add', 'default', 'via', '192.0.2.9');
}

module.exports = { buildLan };
