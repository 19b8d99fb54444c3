import { factsOf, type Intent, isAbout, isDead } from '../journal/intents';
import type { NetworkRecord } from '../journal/records';

/** What becomes of a network: it stays, it goes, or it would go if the living process of `holder` did not have it. */
export type Fate = 'stays' | 'goes' | { readonly holder: Intent };

/**
 * A network goes if a dead process was deleting it, and no living one is about to change it: whoever has it open can do
 * nothing else with it. It also goes if a dead process never handed it over, and no living one has it.
 */
export function fateOf({ layout }: NetworkRecord, intents: readonly Intent[]): Fate {
  const own = intents.filter((intent) => isAbout(intent, layout));
  const isEnding = own.some((intent) => intent.action === 'delete' && isDead(intent));
  if (isEnding && !own.some((intent) => factsOf(intent).isChange && !isDead(intent))) return 'goes';
  if (!own.some((intent) => factsOf(intent).condemns && isDead(intent))) return 'stays';
  // A creator has another intent for the network, unless it gave the network up.
  const holder = own.find((intent) => !isDead(intent) && intent.action !== 'make');
  return holder === undefined ? 'goes' : { holder };
}
