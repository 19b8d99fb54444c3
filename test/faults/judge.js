'use strict';
// Runs in a scratch host: has one operation injected, fault by fault, and judges what is left. A finding ends it, because
// what was left would spoil what follows; the foreman goes on in a new host.
const { difference, glance, survey } = require('../harness/host');
const { buildLan } = require('../harness/lan');
const { holdings } = require('../harness/process');
const { Crew } = require('./crew');
const { KINDS, faultsOf, isKill } = require('./kinds');
const { operations } = require('./operations');

/** After so many faults the tools have a look, which tell more than a glance and cost ten times as much. */
const SURVEY_EVERY = 25;
const PATIENCE = [0, 2, 5, 10, 20, 20, 20, 30, 30, 50, 50, 100, 100, 200, 200, 400, 800, 1600, 3000, 6000];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Waits until `look` finds no difference; answers the last one. The kernel takes things apart on its own time. */
async function settled(look) {
  let left = [];
  for (const pause of PATIENCE) {
    await sleep(pause);
    left = await look();
    if (left.length === 0) return left;
  }
  return left;
}

const picture = async () => ({ glance: glance(), survey: await survey() });

class Judge {
  #crew;
  #name;
  #operation;
  /** The host before all. */
  #bare;
  /** Loaded, and collected with: as a process is that has just begun. */
  #worker;
  /** Of a worker that is warm, with everything prepared: the host between two runs, and what the worker holds. */
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
    this.#bare = await picture();
    await this.#replaceWorker();
  }

  /** Another process takes the place, and collects what the one before left. Answers what gc() said. */
  async #replaceWorker() {
    await this.#worker?.end();
    this.#worker = this.#crew.next();
    await this.#must('load', this.#name);
    return this.#must('collect');
  }

  /** Prepares, and runs the operation twice, so that what is made once is there. Answers the calls of the second run. */
  async #warm() {
    if (this.#base !== undefined) return undefined;
    await this.#must('warm');
    await this.#must('prepare');
    await this.#plainRun();
    const counts = await this.#plainRun();
    await sleep(100);
    await this.#must('settle');
    this.#base = await picture();
    this.#held = holdings(this.#worker.pid);
    return counts;
  }

  async #plainRun() {
    const { error, counts } = await this.#must('run');
    if (error !== undefined) throw new Error(`${this.#name} fails without a fault: ${error}`);
    await this.#must('undo');
    return counts;
  }

  async #must(verb, argument) {
    const answer = await this.#worker.ask(verb, argument);
    if (answer?.hangs || answer?.ended !== undefined)
      throw new Error(`${verb} ${answer.hangs ? 'hangs' : `ended the worker: ${answer.ended}`}`);
    return answer;
  }

  /** Every fault that there is: kills by what a fresh process calls, all else by what a warm one does. */
  async faults() {
    // The host's journal is there from the second process on, as it is for those that are to be killed.
    let fresh;
    for (let process = 0; process < 2; process++) {
      if (process > 0) await this.#replaceWorker();
      await this.#must('prepare');
      fresh = await this.#plainRun();
      await this.#must('finish');
    }
    // The library follows the host beside the operation, which is not to be counted: the least of two runs is the operation's.
    const [once, again] = [await this.#warm(), await this.#plainRun()];
    const least = Object.fromEntries(
      KINDS.map((kind) => [kind, Math.min(once[kind] ?? 0, again[kind] ?? 0)]),
    );
    return faultsOf(least, fresh);
  }

  /** What became of one fault: { outcome, detail, where, error }. */
  inject(fault) {
    return isKill(fault) ? this.#kill(fault) : this.#disturb(fault);
  }

  async #disturb(fault) {
    await this.#warm();
    const answer = await this.#worker.ask('run', fault);
    if (answer.hangs) return { outcome: 'hang', detail: ['the call'] };
    if (answer.ended !== undefined) return { outcome: 'crash', detail: [`ended by ${answer.ended}`] };
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

  async #kill(fault) {
    // One that is warm holds the network that a fresh one is to prepare.
    if (this.#base !== undefined) {
      const late = (await this.surveyed({ now: true })) ?? (await this.finish());
      if (late) return late;
    }
    await this.#must('prepare');
    const answer = await this.#worker.ask('run', fault);
    if (answer.hangs) return { outcome: 'hang', detail: ['the call'] };
    if (answer.ended !== undefined) return this.#afterDeath(answer.ended);
    if (answer.hits > 0) {
      // The call that it was to be killed after is one that waits, and goes on.
      await this.#worker.end();
      return this.#afterDeath('SIGKILL');
    }
    if (answer.error !== undefined) return { outcome: 'spoilt', detail: [answer.error] };
    const failed = (await this.#attempt('undo')) ?? (await this.#attempt('finish'));
    if (failed) return { outcome: 'unrepeatable', detail: [failed] };
    return (await this.#untilBare('after a run without a fault')) ?? { outcome: 'missed' };
  }

  /** Another process collects, and takes the place of the dead one. */
  async #afterDeath(ended) {
    if (ended !== 'SIGKILL') return { outcome: 'crash', detail: [`ended by ${ended}`] };
    let report;
    try {
      report = await this.#replaceWorker();
    } catch (error) {
      return { outcome: 'unrepeatable', detail: [`gc(): ${error.message}`] };
    }
    const leak = await this.#untilBare(`after gc(), which said ${JSON.stringify(report)}`);
    return leak ?? { outcome: 'killed' };
  }

  /** A leak, unless the host is as it was before all: at a glance first, which costs less. */
  async #untilBare(when) {
    const left = await this.#settledSurvey(this.#bare);
    return left.length > 0 ? { outcome: 'leak', detail: [when, ...left] } : undefined;
  }

  #settledSurvey(before) {
    return settled(async () => {
      const seen = difference(before.glance, glance());
      return seen.length > 0 ? seen : difference(before.survey, await survey());
    });
  }

  /** Faults since the last look of the tools, if these find what a glance does not; else none. */
  async surveyed({ now = false } = {}) {
    if (this.#sinceSurvey.length < (now ? 1 : SURVEY_EVERY)) return undefined;
    const faults = this.#sinceSurvey.splice(0);
    const stray = await this.#must('settle');
    const left = await this.#settledSurvey(this.#base);
    if (stray.length > 0) return { faults, outcome: 'crash', detail: stray };
    return left.length > 0 ? { faults, outcome: 'leak', detail: left } : undefined;
  }

  /** All that was prepared can be removed. */
  async finish() {
    if (this.#base === undefined) return undefined;
    const failed = await this.#attempt('finish');
    if (failed) return { outcome: 'unrepeatable', detail: [`finish: ${failed}`] };
    this.#base = undefined;
    return this.#untilBare('after the end');
  }

  async end() {
    await this.#worker?.end();
    await this.#crew.end();
  }
}

module.exports = { Judge };
