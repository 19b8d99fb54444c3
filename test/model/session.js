'use strict';
// A run of the model checker in a scratch host: so many orders by the seed, or the orders of a trace again. Tells over IPC
// how many were acknowledged and refused, and the trace up to the first difference.
const { execFileSync, fork } = require('node:child_process');
const path = require('node:path');
const { difference, survey } = require('../harness/host');
const { buildLan } = require('../harness/lan');
const { Random } = require('../harness/random');
const { decide, differences, look } = require('./kernel');
const { choose, describe } = require('./orders');
const { World } = require('./world');

/** An order that takes longer hangs. */
const LONGEST_MS = 60_000;
const PATIENCE = [0, 5, 20, 50, 100, 200, 400, 800, 1600, 3000];
/** The rules are looked at after so many rounds, and after every one that was about them. */
const RULES_EVERY = 5;
const ABOUT_RULES = ['publish', 'withdraw', 'flush', 'gc', 'kill'];

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
  #round = 0;
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

  /** Orders for this round, no two of which are about the same thing. */
  plan(random) {
    const orders = [];
    const taken = new Set();
    for (const [place, { number }] of this.#actors.entries()) {
      const order = choose(random, this.#world, place, number);
      const { verb, network, namespaces = [order.namespace], port } = order;
      const about = [...namespaces, port].filter((part) => part !== undefined);
      if (['create', 'close', 'delete'].includes(verb)) about.push(network);
      if (about.some((part) => taken.has(part))) continue;
      for (const part of about) taken.add(part);
      if (verb === 'kill')
        orders.push({ ...choose(random, this.#world, place, number), killedAfter: random.below(12) });
      else orders.push(order);
    }
    return orders.filter(
      ({ verb, killedAfter }) => verb !== 'kill' && !(killedAfter && ['cut', 'flush'].includes(verb)),
    );
  }

  /** Carries them out at once. Answers what differs from the model afterwards. */
  async run(orders) {
    this.trace.push(orders);
    const wanted = orders.map((order) => ({ ...order, actor: this.#actors[order.place].number }));
    const answers = await Promise.all(wanted.map((order) => this.#carryOut(order)));
    this.last = wanted.map((order, index) => `${describe(order)}: ${outcomeOf(answers[index])}`);
    const problems = [];
    const unanswered = [];
    for (const [index, order] of inOrder(wanted)) {
      const { error, gone, hangs } = answers[index];
      this.counts.orders++;
      if (hangs) problems.push(`${describe(order)}: hangs`);
      if (gone) unanswered.push(order);
      if (hangs || gone || order.verb === 'flush' || order.verb === 'cut') continue;
      this.#judge(order, error, problems);
    }
    const killed = wanted.filter(({ killedAfter }) => killedAfter !== undefined);
    if (killed.length > 0) problems.push(...(await this.#bury(killed, unanswered)));
    if (problems.length > 0) return problems;
    return this.#compare(killed.length > 0 || wanted.some(({ verb }) => ABOUT_RULES.includes(verb)));
  }

  async #carryOut(order) {
    if (order.verb === 'flush') {
      execFileSync('nft', ['flush', 'ruleset']);
      this.#world.flush();
      return {};
    }
    if (order.verb === 'cut') return this.#cut(order);
    const actor = this.#actors[order.place];
    const answer = actor.ask(order);
    if (order.killedAfter !== undefined) {
      await sleep(order.killedAfter);
      await actor.kill();
    }
    return answer;
  }

  // Somebody removes an endpoint's device.
  #cut({ network, namespace }) {
    const endpoint = this.#world.networks.get(network)?.endpoints.get(namespace);
    if (this.#world.networks.get(network)?.lifetime !== 'persistent' || !endpoint || endpoint.broken)
      return {};
    execFileSync('ip', ['-n', namespace, 'link', 'delete', 'eth0']);
    endpoint.broken = true;
    return {};
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
    decide(this.#world, look({ rules: true }), unanswered);
    return [];
  }

  async #compare(aboutRules) {
    const rules = aboutRules || ++this.#round % RULES_EVERY === 0;
    let found = [];
    for (const pause of PATIENCE) {
      await sleep(pause);
      const seen = look({ rules });
      if (rules) decide(this.#world, seen, []);
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
    for (const network of look({ rules: false }).networks) {
      await last.ask({ verb: 'open', network });
      const { error } = await last.ask({ verb: 'delete', network });
      if (error !== undefined) return [`at the end ${network} cannot be deleted: ${error}`];
    }
    await last.ask({ verb: 'gc' });
    await last.kill();
    let left = [];
    for (const pause of PATIENCE) {
      await sleep(pause);
      left = difference(bare, survey());
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
function inOrder(orders) {
  const rank = ({ verb }) => (verb === 'delete' || verb === 'close' ? 2 : verb === 'gc' ? 1 : 0);
  return [...orders.entries()].sort(([, one], [, other]) => rank(one) - rank(other));
}

async function main({ seed, rounds, processes, trace }) {
  buildLan();
  const bare = survey();
  const session = new Session(processes);
  const random = new Random(seed);
  let found = [];
  for (let round = 0; round < (trace?.length ?? rounds) && found.length === 0; round++) {
    found = await session.run(trace ? trace[round] : session.plan(random));
  }
  if (found.length === 0) found = await session.finish(bare);
  const { counts, last, trace: ran } = session;
  process.send({ counts, found, last, trace: ran }, () => process.exit());
}

process.once('message', (order) => void main(order));
