import { abandon, type Intent, isDead, readIntents, settle } from './intents';

// Networks that this process made and has not handed over, or has open. A process that ends by itself hands over what it
// has; one that is killed does not, and then gc() removes it. Per environment: a worker thread has its own.
const claims = new Set<Intent>();
let listening = false;

/** Holds a network until {@link unclaim}, or until the process ends by itself. */
export function claim(intent: Intent): Intent {
  if (!listening) process.once('exit', handOverAll);
  listening = true;
  claims.add(intent);
  return intent;
}

/**
 * Hands a network over: from now on its record alone stands for it. Who opened it does so for a maker that was killed, too,
 * or gc() would remove what somebody has used in peace.
 */
export function handOver(intent: Intent): void {
  if (intent.action === 'hold') {
    for (const other of readIntents(intent.host)) {
      if (other.action === 'create' && other.id === intent.of && isDead(other)) settle(other);
    }
  }
  unclaim(intent);
}

/** Forgets a network, which is gone or is another holder's. */
export function unclaim(intent: Intent): void {
  settle(intent);
  claims.delete(intent);
}

/** Leaves a network to gc(), and to the next who wants its name: it could be neither made nor taken back. */
export function giveUp(intent: Intent): void {
  claims.delete(intent);
  abandon(intent);
}

function handOverAll(): void {
  for (const intent of claims) handOver(intent);
}
