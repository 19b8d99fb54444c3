'use strict';
// Runs the operations, with the injector preloaded, as the judge asks over IPC. Knows nothing of right and wrong.
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { Control } = require('./control');
const { operations } = require('./operations');

const control = new Control(process.argv[2]);
const library = require('../../dist/index.js');
// Not by an option of the process, under which V8 would refuse the library's compiled code.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const bed = { library };
let operation;
let result;
/** What the last run said if it was refused. */
let refusal;

/** What happened outside of any call since the last question. */
const stray = [];
process.on('unhandledRejection', (error) =>
  stray.push(`unhandled rejection: ${String(error?.message ?? error)}`),
);
process.on('uncaughtException', (error) =>
  stray.push(`uncaught exception: ${String(error?.stack ?? error)}`),
);

const verbs = {
  async load(name) {
    operation = operations[name];
  },
  /** Starts the executor's second thread, which otherwise starts with the first namespace that is made ahead. */
  async warm() {
    const made = await library.NetworkNamespace.createMany(2);
    await Promise.all(made.map((netns) => netns.delete()));
  },
  async prepare() {
    await operation.prepare?.(bed);
  },
  /** The operation once, armed; its error is an answer like any other. */
  async run(fault) {
    await operation.each?.(bed);
    refusal = undefined;
    control.arm(fault);
    try {
      result = await operation.run(bed);
    } catch (caught) {
      refusal = String(caught?.message ?? caught);
    }
    return { error: refusal, ...control.disarm() };
  },
  async repeat() {
    await operation.reconsider?.(bed, refusal);
    result = await operation.run(bed);
  },
  async undo() {
    await operation.undo?.(bed, result);
  },
  async finish() {
    await operation.finish?.(bed);
  },
  /** For a process that had no part in what another one left: collects it. */
  async collect() {
    const report = await library.gc();
    await operation.recover?.(bed);
    return report;
  },
  async settle() {
    collectGarbage();
    return stray.splice(0);
  },
};

process.on('message', ({ id, verb, argument }) => {
  verbs[verb](argument).then(
    (value) => process.send({ id, value }),
    (error) => process.send({ id, error: String(error?.stack ?? error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send({ ready: true });
