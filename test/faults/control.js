'use strict';
// The page that the injector and its worker share: injector.c, struct Page.
const fs = require('node:fs');
const { KINDS, numbersOf } = require('./kinds');

const ARMED = 0;
const HITS = 24;
const COUNTS = 32;
const LAST = COUNTS + 64 * 4;
const SIZE = LAST + 128;
const PAGE = 4096;
const DELAY_US = 20_000;

/** A fault that is never met: calls are only counted. */
const NONE = { kind: -1, nth: 0, action: 0, error: 0 };

function createPage(file) {
  fs.writeFileSync(file, Buffer.alloc(PAGE));
}

class Control {
  #fd;
  #buffer = Buffer.alloc(SIZE);

  constructor(file) {
    this.#fd = fs.openSync(file, 'r+');
  }

  /** From here on calls count, and the fault is met. */
  arm(fault) {
    const { kind, nth, action, error } = fault === undefined ? NONE : numbersOf(fault);
    fs.readSync(this.#fd, this.#buffer, 0, SIZE, 0);
    const pid = this.#buffer.readInt32LE(28);
    this.#buffer.fill(0);
    [1, kind, nth, action, error, DELAY_US, 0, pid].forEach((value, index) =>
      this.#buffer.writeInt32LE(value, 4 * index),
    );
    // The first byte arms: all others stand by then.
    fs.writeSync(this.#fd, this.#buffer, 4, SIZE - 4, 4);
    fs.writeSync(this.#fd, this.#buffer, 0, 4, ARMED);
  }

  /** How often the fault was met, where, and how many calls of each kind there were. */
  disarm() {
    fs.writeSync(this.#fd, Buffer.alloc(4), 0, 4, ARMED);
    fs.readSync(this.#fd, this.#buffer, 0, SIZE, 0);
    const counts = {};
    KINDS.forEach((kind, index) => {
      const count = this.#buffer.readInt32LE(COUNTS + 4 * index);
      if (count > 0) counts[kind] = count;
    });
    const last = this.#buffer.subarray(LAST, SIZE).toString('latin1');
    return { hits: this.#buffer.readInt32LE(HITS), where: last.slice(0, last.indexOf('\0')), counts };
  }
}

module.exports = { Control, createPage };
