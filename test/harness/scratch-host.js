'use strict';
const { spawn } = require('node:child_process');
const path = require('node:path');

/**
 * Runs a script in a scratch host and sends it `order`. `hear` gets each message; what it answers, if anything, is sent back.
 * Resolves with the exit code or the signal.
 */
function inScratchHost(script, order, hear) {
  const child = spawn(path.join(__dirname, '../../scripts/scratch-host.sh'), [process.execPath, script], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send(order);
  child.on('message', (message) => {
    const answer = hear(message);
    if (answer !== undefined) child.send(answer);
  });
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? code));
  });
}

module.exports = { inScratchHost };
