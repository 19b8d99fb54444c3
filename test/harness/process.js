'use strict';
// What a process holds, by /proc: descriptors, threads, children, and threads in foreign namespaces.
const fs = require('node:fs');
const { lines, names } = require('./host');

function target(file) {
  try {
    return fs.readlinkSync(file);
  } catch (error) {
    // Closed, or ended, since the directory was read.
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

/** One line for each thing that may be forgotten; numbers, which differ each time, are left out. */
function holdings(pid) {
  const found = [];
  for (const fd of names(`/proc/${pid}/fd`)) {
    const open = target(`/proc/${pid}/fd/${fd}`);
    if (open !== undefined) found.push(`descriptor ${open.replace(/:\[\d+\]/, '').replace(/\d{3,}/g, 'N')}`);
  }
  const home = target(`/proc/${pid}/ns/net`);
  for (const thread of names(`/proc/${pid}/task`)) {
    const [name] = lines(`/proc/${pid}/task/${thread}/comm`);
    const place = target(`/proc/${pid}/task/${thread}/ns/net`);
    if (name === undefined || place === undefined) continue;
    // The library's second executor starts when it is first needed, and stays.
    if (name !== 'netloom-maker') found.push(`thread ${name}`);
    if (place !== home) found.push(`stray thread ${name}`);
    const [children = ''] = lines(`/proc/${pid}/task/${thread}/children`);
    for (const child of children.split(' ').filter(Boolean))
      found.push(`child ${lines(`/proc/${child}/comm`)[0]}`);
  }
  return found.sort();
}

module.exports = { holdings };
