import { subscribe } from 'node:diagnostics_channel';
import fs from 'node:fs';
import { nearest } from '../base/suggest';
import { lockChannel, messageChannel, planChannel, stepChannel } from './channels';
import type { TracedLock, TracedMessage, TracedPlan, TracedStep } from './events';
import { lockText, messageText, planText, stepText } from './format';

const STDERR = 2;

/** The categories of NETLOOM_DEBUG: the channel of each, and how its events are printed. */
const categories: Readonly<
  Record<string, { readonly channel: string | symbol; readonly text: (event: never) => string }>
> = {
  plan: { channel: planChannel.name, text: (event: TracedPlan) => planText(event) },
  step: { channel: stepChannel.name, text: (event: TracedStep) => stepText(event) },
  netlink: { channel: messageChannel.name, text: (event: TracedMessage) => messageText(event) },
  lock: { channel: lockChannel.name, text: (event: TracedLock) => lockText(event) },
};

/** Prints the events of these categories, separated by commas, to standard error. Warns about an unknown category. */
export function printTrace(wanted: string): void {
  for (const name of new Set(wanted.split(',').map((word) => word.trim()))) {
    const category = Object.hasOwn(categories, name) ? categories[name] : undefined;
    if (category) subscribe(category.channel, (event) => print(name, category.text(event as never)));
    else if (name !== '') warn(name);
  }
}

function warn(name: string): void {
  const known = Object.keys(categories);
  const meant = nearest(name, known);
  const suggestion = meant === undefined ? '' : ` Did you mean '${meant}'?`;
  process.emitWarning(
    `NETLOOM_DEBUG: unknown category '${name}', must be one of ${known.join(', ')}.${suggestion}`,
  );
}

// Synchronously, so that the last lines before a crash are printed.
function print(category: string, text: string): void {
  try {
    fs.writeSync(STDERR, `netloom ${category} ${text}\n`);
  } catch {
    // A closed standard error, or a full pipe: a lost line must not fail the caller.
  }
}
