'use strict';
// Gives each operation's faults to judges, some at once, each in a scratch host of its own.
const path = require('node:path');
const { inScratchHost } = require('../harness/scratch-host');
const { Tally } = require('./tally');

/** So many faults are one judge's turn, unless a finding ends it before. */
const PART = 50;

class Foreman {
  #where;
  #jobs;
  #choose;
  #end;

  /** `choose(all, operation)` answers which of an operation's faults are wanted; nothing begins after `end`. */
  constructor({ where, jobs, choose, end }) {
    this.#where = where;
    this.#jobs = jobs;
    this.#choose = choose;
    this.#end = end;
  }

  /** The tally of an operation, when all its faults are dealt with or the time is over. */
  async run(operation) {
    const tally = new Tally(operation);
    const others = [];
    // The first judge counts the calls, which tells what faults there are.
    const divide = (all) => {
      const chosen = this.#choose(all, operation);
      for (let start = PART; start < chosen.length; start += PART)
        others.push(this.#finish(tally, chosen.slice(start, start + PART)));
      return chosen.slice(0, PART);
    };
    await this.#finish(tally, undefined, divide);
    await Promise.all(others);
    return tally;
  }

  async #finish(tally, part, divide) {
    let left = part;
    do {
      left = await this.#jobs.add(() => this.#turn(tally, left, divide));
    } while (left.length > 0 && Date.now() < this.#end);
    tally.row['not reached'] += left.length;
  }

  /** A judge's turn, up to the first finding. Answers what is left of the part. */
  async #turn(tally, part, divide, everySurvey = false) {
    if (Date.now() >= this.#end) return part ?? [];
    let todo = part;
    let done = 0;
    const before = tally.findings.length;
    const late = await this.#judge({ operation: tally.operation, todo, everySurvey }, (message) => {
      if (message.faults) return (todo = divide(message.faults));
      done++;
      tally.count(message);
      return undefined;
    });
    if (late) await this.#locate(tally, late, everySurvey);
    const left = (todo ?? []).slice(done);
    // One that fails before its first fault would be begun again for ever.
    return done === 0 && tally.findings.length > before ? [] : left;
  }

  async #judge(order, hear) {
    let done;
    const how = await inScratchHost(
      path.join(__dirname, 'session.js'),
      { where: this.#where, end: this.#end, ...order },
      (message) => {
        if (message.done) done = message;
        else return hear(message);
        return undefined;
      },
    );
    return done ? done.finding : { outcome: 'crash', detail: [`the judge ended: ${how}`] };
  }

  /** A finding of the tools is one of several faults: each of them again, with a survey after each. */
  async #locate(tally, { faults = [], outcome, detail }, everySurvey) {
    const again = new Tally(tally.operation);
    let left = everySurvey ? [] : faults;
    while (left.length > 0) left = await this.#turn(again, left, undefined, true);
    if (again.findings.length === 0) again.find(faults, outcome, detail);
    for (const finding of again.findings) tally.row[finding.outcome]++;
    tally.findings.push(...again.findings);
  }
}

module.exports = { Foreman };
