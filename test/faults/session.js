'use strict';
// A judge's turn in a scratch host of its own: told by the foreman over IPC what to do, it reports each fault's outcome.
const { Judge } = require('./judge');

const BAD = ['leak', 'hang', 'unrepeatable', 'crash', 'spoilt'];
const say = (message) => new Promise((resolve) => process.send(message, resolve));

const heard = () => new Promise((resolve) => process.once('message', resolve));

async function turn({ where, operation, todo, everySurvey, end }) {
  const judge = new Judge(where, operation);
  let finding;
  try {
    await judge.begin();
    let part = todo;
    if (part === undefined) {
      const chosen = heard();
      await say({ faults: await judge.faults() });
      part = await chosen;
    }
    finding = await work(judge, part, { everySurvey, end });
    if (finding === undefined) finding = await judge.finish();
  } catch (error) {
    finding = { outcome: 'crash', detail: [String(error.message)] };
  } finally {
    await judge.end();
  }
  await say({ done: true, finding });
  process.disconnect();
}

/** Until the first finding: that of the tools is answered, null for one that was told with its fault. */
async function work(judge, todo, { everySurvey, end }) {
  for (const fault of todo) {
    if (Date.now() >= end) break;
    const result = await judge.inject(fault);
    await say({ fault, ...result });
    if (BAD.includes(result.outcome)) return null;
    const late = await judge.surveyed({ now: everySurvey });
    if (late) return late;
  }
  return judge.surveyed({ now: true });
}

void heard().then(turn);
