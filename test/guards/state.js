'use strict';
// What a kernel test may leave behind and must not: read from /proc and /run without starting a process, and without
// the library under test.
const fs = require('node:fs');

/** Links that the kernel itself adds to every namespace when the module of their kind is loaded. */
const FALLBACK = /^(lo|tunl0|ip6tnl0|sit0|(ip6)?gre0|gretap0|erspan0|ip6?_vti0|bond0)$/;

function entries(directory) {
  try {
    return fs
      .readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile());
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function threadNamespaces() {
  const seen = new Map();
  for (const thread of fs.readdirSync('/proc/self/task')) {
    try {
      seen.set(thread, fs.readlinkSync(`/proc/self/task/${thread}/ns/net`));
    } catch (error) {
      // A thread that ended since the directory was read.
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    }
  }
  return seen;
}

/** What stands in the scratch host now, one line each. */
function leftovers() {
  const found = [];
  for (const entry of entries('/run/netns')) found.push(`/run/netns/${entry.name}`);
  // In the scratch host's own copy of /etc.
  for (const entry of entries('/etc/netns')) found.push(`${entry.parentPath}/${entry.name}`);
  for (const entry of entries('/run/netloom')) found.push(`${entry.parentPath}/${entry.name}`);
  const links = fs.readFileSync('/proc/thread-self/net/dev', 'utf8').split('\n').slice(2);
  for (const line of links) {
    const name = line.split(':')[0].trim();
    if (name !== '' && !FALLBACK.test(name)) found.push(`link ${name}`);
  }
  const home = fs.readlinkSync(`/proc/self/task/${process.pid}/ns/net`);
  for (const [thread, namespace] of threadNamespaces()) {
    if (namespace !== home) found.push(`thread ${thread} in ${namespace}, not in ${home}`);
  }
  return found;
}

/**
 * What stands beyond `known`. Threads come home and the kernel takes namespaces apart on their own time, so that they
 * are given up to two seconds.
 */
async function leftoversBeyond(known) {
  const beyond = () => leftovers().filter((line) => !known.includes(line));
  let found = beyond();
  for (let turn = 0; found.length > 0 && turn < 40; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    found = beyond();
  }
  return found;
}

module.exports = { leftovers, leftoversBeyond };
