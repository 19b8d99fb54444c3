'use strict';
// The judge's side of the workers: one at work, and one that is loaded and waits for its end.
const { fork } = require('node:child_process');
const path = require('node:path');
const { createPage } = require('./control');

/** A call that takes longer hangs. Far beyond what a delay or a retry of the library costs on a busy machine. */
const LONGEST_MS = 45_000;
let pages = 0;

class Worker {
  #child;
  #asked = new Map();
  #last = 0;
  #ready;
  /** Resolves with the signal or the exit code. */
  ended;

  constructor({ injector, directory }) {
    const page = path.join(directory, `page-${process.pid}-${++pages}`);
    createPage(page);
    this.#child = fork(path.join(__dirname, 'worker.js'), [page], {
      env: { ...process.env, LD_PRELOAD: injector, NETLOOM_FAULT_PAGE: page },
    });
    this.ended = new Promise((resolve) => {
      this.#child.on('exit', (code, signal) => resolve(signal ?? code));
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#child.once('message', resolve);
      void this.ended.then((how) => reject(new Error(`The worker ended before it began: ${how}`)));
    });
    // Who asks is told; a spare that is never asked is not.
    this.#ready.catch(() => undefined);
    this.#child.on('message', ({ id, value, error }) => {
      const [resolve, reject] = this.#asked.get(id) ?? [];
      if (error === undefined) resolve?.(value);
      else reject(new Error(error));
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** The answer; `{ ended }` if the worker dies of the question; `{ hangs: true }` if there is none, and the worker is killed. */
  async ask(verb, argument) {
    await this.#ready;
    const id = ++this.#last;
    let timer;
    const answer = new Promise((resolve, reject) => this.#asked.set(id, [resolve, reject]));
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, LONGEST_MS, { hangs: true });
    });
    this.#child.send({ id, verb, argument }, () => undefined);
    try {
      return await Promise.race([answer, late, this.ended.then((ended) => ({ ended }))]);
    } finally {
      clearTimeout(timer);
      this.#asked.delete(id);
    }
  }

  async end() {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** A worker that is ready, and the next one already under way. */
class Crew {
  #where;
  #spare;

  constructor(where) {
    this.#where = where;
    this.#spare = new Worker(where);
  }

  next() {
    const worker = this.#spare;
    this.#spare = new Worker(this.#where);
    return worker;
  }

  async end() {
    await this.#spare.end();
  }
}

module.exports = { Crew };
