'use strict';
// A run of the model checker in a scratch host: so many orders by the seed, or the orders of a trace again. Tells over IPC
// how many were acknowledged and refused, and the trace up to the first difference.
const { fork } = require('node:child_process');
const path = require('node:path');
const { difference, survey } = require('../harness/host');
const { buildLan } = require('../harness/lan');
const { Random } = require('../harness/random');
const { output } = require('../harness/tools');
const { decide, differences, look } = require('./kernel');
const { SHARED, chooseRound, describe } = require('./orders');
const { World } = require('./world');

/** An order that takes longer hangs. */
const LONGEST_MS = 60_000;
const PATIENCE = [0, 2, 5, 10, 20, 30, 50, 100, 200, 400, 800, 1600, 3000, 6000];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let numbers = 0;

class Actor {
  number = ++numbers;
  #child = fork(path.join(__dirname, 'actor.js'));
  #asked = new Map();
  #last = 0;

  constructor() {
    this.#child.on('message', ({ id, error }) => this.#asked.get(id)?.({ error }));
    this.ended = new Promise((resolve) => {
      this.#child.on('exit', resolve);
    });
  }

  /** { error } if refused, { gone } if the process is no more, { hangs }. */
  async ask(order) {
    const id = ++this.#last;
    let timer;
    const answer = new Promise((resolve) => this.#asked.set(id, resolve));
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, LONGEST_MS, { hangs: true });
    });
    this.#child.send({ id, order }, () => undefined);
    const told = await Promise.race([answer, late, this.ended.then(() => ({ gone: true }))]);
    clearTimeout(timer);
    return told;
  }

  async kill() {
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

class Session {
  #world = new World();
  #actors = [];
  trace = [];
  /** What became of the last round. */
  last = [];
  counts = { orders: 0, acknowledged: 0, refused: 0, kills: 0 };

  constructor(processes) {
    for (let place = 0; place < processes; place++) this.#hire(place);
  }

  #hire(place) {
    this.#actors[place] = new Actor();
    this.#world.living.add(this.#actors[place].number);
  }

  plan(random) {
    return chooseRound(
      random,
      this.#world,
      this.#actors.map(({ number }) => number),
    );
  }

  /** Carries a round out, all processes at once. Answers what differs from the model afterwards. */
  async run(orders) {
    this.trace.push(orders);
    const lanes = this.#actors.map((actor, place) => {
      const own = orders.filter((order) => order.place === place);
      return this.#carryOut(actor, own);
    });
    const told = (await Promise.all(lanes)).flat();
    this.last = told.map(({ order, answer }) => `${describe(order)}: ${outcomeOf(answer)}`);
    this.counts.orders += told.length;
    const problems = [];
    const unanswered = [];
    for (const { order, answer } of this.#actors.length > 1 ? inOrder(told) : told) {
      if (answer.hangs) problems.push(`${describe(order)}: hangs`);
      else if (answer.gone) unanswered.push(order);
      else if (!answer.skipped) this.#judge(order, answer.error, problems);
    }
    const killed = told.map(({ order }) => order).filter(({ killedAfter }) => killedAfter !== undefined);
    if (killed.length > 0 && problems.length === 0) problems.push(...(await this.#bury(killed, unanswered)));
    if (orders.some(({ verb }) => verb === 'flush')) this.#world.flushed();
    return problems.length > 0 ? problems : this.#compare();
  }

  /** One process's orders, one after another: [{ order, answer }]. */
  async #carryOut(actor, orders) {
    const told = [];
    for (const planned of orders) {
      const order = { ...planned, actor: actor.number };
      const answer = await this.#ask(actor, order);
      told.push({ order, answer });
      if (answer.gone || answer.hangs || order.killedAfter !== undefined) break;
    }
    return told;
  }

  async #ask(actor, order) {
    const { verb, namespace, killedAfter } = order;
    // These are somebody else's, with other tools.
    if (verb === 'flush') return output('nft flush ruleset').then(() => ({ skipped: true }));
    if (verb === 'cut')
      return output(`ip -n ${namespace} link delete eth0`).then(
        () => ({}),
        () => ({ skipped: true }),
      );
    const answer = actor.ask(order);
    if (killedAfter !== undefined) {
      await sleep(killedAfter);
      await actor.kill();
    }
    return answer;
  }

  #judge(order, error, problems) {
    const owed = this.#actors.length === 1 && this.#world.owes(order);
    // Who holds a namespace that goes is told, and it is gone from the network all the same.
    const held = ['detach', 'delete'].includes(order.verb) && error?.includes('(EBUSY): held');
    if (error === undefined || held) {
      this.counts.acknowledged++;
      if (this.#world.forbids(order)) problems.push(`${describe(order)}: should have been refused`);
      this.#world.acknowledge(order);
    } else {
      this.counts.refused++;
      if (owed) problems.push(`${describe(order)}: was refused: ${error}`);
    }
  }

  /** New processes take the places of the dead, and one of them collects. */
  async #bury(killed, unanswered) {
    for (const { actor, place } of killed) {
      this.counts.kills++;
      this.#world.died(actor);
      this.#hire(place);
    }
    const { error, hangs } = await this.#actors[killed[0].place].ask({ verb: 'gc' });
    if (error !== undefined || hangs) return [`gc() after a kill: ${error ?? 'hangs'}`];
    this.#world.acknowledge({ verb: 'gc' });
    decide(this.#world, await look({ rules: true }), unanswered);
    return [];
  }

  /** The rules, which take a process to read, only when all else is right. */
  async #compare() {
    let found = [];
    for (const pause of PATIENCE) {
      await sleep(pause);
      found = differences(this.#world, await look({ rules: false }));
      if (found.length > 0 && !this.#world.isDoubtful) continue;
      const seen = await look({ rules: true });
      decide(this.#world, seen, []);
      found = differences(this.#world, seen);
      if (found.length === 0) return found;
    }
    return found;
  }

  /** Everything is removed, by whoever can, and the host is as it was. */
  async finish(bare) {
    for (const actor of this.#actors) {
      await actor.kill();
      this.#world.died(actor.number);
    }
    const last = new Actor();
    await last.ask({ verb: 'gc' });
    // The kernel is about to take the others apart, and the survey below waits for that.
    const { networks } = await look({ rules: false });
    for (const network of networks.filter((name) => SHARED.includes(name))) {
      await last.ask({ verb: 'open', network });
      const { error } = await last.ask({ verb: 'delete', network });
      if (error !== undefined) return [`at the end ${network} cannot be deleted: ${error}`];
    }
    await last.ask({ verb: 'gc' });
    await last.kill();
    let left = [];
    for (const pause of PATIENCE) {
      await sleep(pause);
      left = difference(bare, await survey());
      if (left.length === 0) return left;
    }
    return left.map((line) => `at the end: ${line}`);
  }
}

function outcomeOf({ error, gone, hangs }) {
  if (hangs) return 'hangs';
  if (gone) return 'killed';
  return error === undefined ? 'done' : error.split('\n')[0].slice(0, 300);
}

/** As they may count for the model: what a network's end takes away was there before. */
function inOrder(told) {
  const rank = ({ order: { verb, force } }) =>
    verb === 'create' ? 0 : verb === 'delete' || verb === 'close' || force ? 3 : verb === 'gc' ? 2 : 1;
  return [...told].sort((one, other) => rank(one) - rank(other));
}

async function main({ seed, orders, processes, trace }) {
  buildLan();
  const bare = await survey();
  const session = new Session(processes);
  const random = new Random(seed);
  let found = [];
  for (let round = 0; found.length === 0; round++) {
    if (trace ? round === trace.length : session.counts.orders >= orders) break;
    found = await session.run(trace ? trace[round] : session.plan(random));
  }
  if (found.length === 0) found = await session.finish(bare);
  const { counts, last, trace: ran } = session;
  process.send({ counts, found, last, trace: ran }, () => process.exit());
}

process.once('message', (order) => void main(order));
