'use strict';
// Runs in a scratch host: has one operation injected, fault by fault, and judges what is left. A finding ends it, because
// what was left would spoil what follows; the foreman goes on in a new host.
const { difference, glance, survey } = require('../harness/host');
const { buildLan } = require('../harness/lan');
const { holdings } = require('../harness/process');
const { Crew } = require('./crew');
const { faultsOf, isKill } = require('./kinds');
const { operations } = require('./operations');

/** After so many faults the tools have a look, which tell more than a glance and cost a hundred times as much. */
const SURVEY_EVERY = 25;
const PATIENCE = [0, 2, 5, 10, 25, 50, 100, 200, 400, 800, 1600];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Waits until `look` finds no difference; answers the last one. The kernel takes things apart on its own time. */
async function settled(look) {
  let left = [];
  for (const pause of PATIENCE) {
    await sleep(pause);
    left = look();
    if (left.length === 0) return left;
  }
  return left;
}

class Judge {
  #crew;
  #worker;
  #name;
  #operation;
  /** The host before all, and between two runs. */
  #bare;
  #base;
  #held;
  #sinceSurvey = [];

  constructor(where, name) {
    this.#crew = new Crew(where);
    this.#name = name;
    this.#operation = operations[name];
  }

  async begin() {
    buildLan();
    this.#bare = survey();
    await this.#start();
  }

  /** A fresh worker with everything prepared, and warm: what is made once is there. */
  async #start() {
    this.#worker = this.#crew.next();
    await this.#must('load', this.#name);
    await this.#must('prepare');
    for (let turn = 0; turn < 2; turn++) {
      const { error } = await this.#must('run');
      if (error !== undefined) throw new Error(`${this.#name} fails without a fault: ${error}`);
      await this.#must('undo');
    }
    await sleep(100);
    await this.#must('settle');
    this.#base = { glance: glance(), survey: survey() };
    this.#held = holdings(this.#worker.pid);
  }

  async #must(verb, argument) {
    const answer = await this.#worker.ask(verb, argument);
    if (answer?.hangs || answer?.ended !== undefined)
      throw new Error(`${verb} ${answer.hangs ? 'hangs' : `ended the worker: ${answer.ended}`}`);
    return answer;
  }

  /** Every fault that there is. */
  async faults() {
    const { counts } = await this.#must('run');
    await this.#must('undo');
    return faultsOf(counts);
  }

  /** What became of one fault: { outcome, detail, where, error }. */
  async inject(fault) {
    const answer = await this.#worker.ask('run', fault);
    if (answer.hangs) return { outcome: 'hang', detail: ['the call'] };
    if (answer.ended !== undefined) return this.#afterDeath(fault, answer.ended);
    const told = { where: answer.where, error: answer.error };
    if (answer.hits === 0 && answer.error !== undefined)
      return { ...told, outcome: 'spoilt', detail: [answer.error] };
    const finding = await this.#afterAnswer(answer.error !== undefined);
    if (finding) return { ...told, ...finding };
    this.#sinceSurvey.push(fault);
    return {
      ...told,
      outcome: answer.hits === 0 ? 'missed' : answer.error === undefined ? 'survived' : 'clean',
    };
  }

  async #afterAnswer(rejected) {
    if (rejected && !this.#operation.removes && !this.#operation.partial) {
      // The journal is judged at the end: a file that could not be removed may go with the next change.
      const left = await settled(() => this.#glanced().filter((line) => !line.startsWith('+ journal')));
      if (left.length > 0) return { outcome: 'leak', detail: ['after the failure', ...left] };
    }
    if (rejected) {
      const again = await this.#attempt('repeat');
      if (again) return { outcome: 'unrepeatable', detail: [again] };
    }
    const undone = await this.#attempt('undo');
    if (undone) return { outcome: 'unrepeatable', detail: [`undo: ${undone}`] };
    let left = await settled(() => [...this.#glanced(), ...this.#forgotten()]);
    let stray = [];
    if (left.length > 0) {
      // A handle that is left to the garbage collector is not lost.
      stray = await this.#must('settle');
      left = await settled(() => [...this.#glanced(), ...this.#forgotten()]);
    }
    if (left.length > 0) return { outcome: 'leak', detail: left };
    if (stray.length > 0) return { outcome: 'crash', detail: stray };
    return undefined;
  }

  #glanced() {
    return difference(this.#base.glance, glance());
  }

  /** Fewer descriptors and threads than before are no loss. */
  #forgotten() {
    return difference(this.#held, holdings(this.#worker.pid)).filter((line) => line.startsWith('+'));
  }

  async #attempt(verb) {
    try {
      await this.#must(verb);
      return undefined;
    } catch (error) {
      return String(error.message).split('\n')[0];
    }
  }

  async #afterDeath(fault, ended) {
    if (!isKill(fault) || ended !== 'SIGKILL') return { outcome: 'crash', detail: [`ended by ${ended}`] };
    const cleaner = this.#crew.next();
    let left;
    try {
      await cleaner.ask('load', this.#name);
      const answer = await cleaner.ask('collect');
      if (answer.hangs) return { outcome: 'hang', detail: ['gc()'] };
      left = await settled(() => difference(this.#bare, survey()));
      if (left.length > 0) return { outcome: 'leak', detail: ['after gc()', ...left] };
    } catch (error) {
      return { outcome: 'unrepeatable', detail: [`gc(): ${error.message}`] };
    } finally {
      await cleaner.end();
    }
    await this.#start();
    return { outcome: 'killed' };
  }

  /** Faults since the last look of the tools, if these find what a glance does not; else none. */
  async surveyed({ now = false } = {}) {
    if (this.#sinceSurvey.length < (now ? 1 : SURVEY_EVERY)) return undefined;
    const faults = this.#sinceSurvey.splice(0);
    const stray = await this.#must('settle');
    const left = await settled(() => difference(this.#base.survey, survey()));
    if (stray.length > 0) return { faults, outcome: 'crash', detail: stray };
    return left.length > 0 ? { faults, outcome: 'leak', detail: left } : undefined;
  }

  /** All that was prepared can be removed. */
  async finish() {
    const failed = await this.#attempt('finish');
    if (failed) return { outcome: 'unrepeatable', detail: [`finish: ${failed}`] };
    const left = await settled(() => difference(this.#bare, survey()));
    return left.length > 0 ? { outcome: 'leak', detail: ['after the end', ...left] } : undefined;
  }

  async end() {
    await this.#worker.end();
    await this.#crew.end();
  }
}

module.exports = { Judge };
