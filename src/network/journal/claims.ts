import { abandon, type Intent, isDead, readIntents, clearIntent } from './intents';

// Networks that this process created and has not handed over, or has open. A process that exits normally hands its
// networks over; after a killed process gc() removes them. Per environment: a worker thread has its own set.
const claims = new Set<Intent>();
let listening = false;

/** Holds a network until {@link releaseClaim}, or until the process exits normally. */
export function claim(intent: Intent): Intent {
  if (!listening) process.once('exit', handOverAll);
  listening = true;
  claims.add(intent);
  return intent;
}

/**
 * Hands a network over: from now on only its record stands for it. A process that opened the network also hands it over
 * for a killed creator; otherwise gc() would remove a network that is in proper use.
 */
export function handOver(intent: Intent): void {
  if (intent.action === 'hold') {
    for (const other of readIntents(intent.host)) {
      if (other.action === 'create' && other.id === intent.of && isDead(other)) clearIntent(other);
    }
  }
  releaseClaim(intent);
}

/** Forgets a network that is gone, or has another holder. */
export function releaseClaim(intent: Intent): void {
  clearIntent(intent);
  claims.delete(intent);
}

/** Leaves a network to gc(), and to the next create of its name: it could be neither completed nor undone. */
export function abandonClaim(intent: Intent): void {
  claims.delete(intent);
  abandon(intent);
}

function handOverAll(): void {
  for (const intent of claims) handOver(intent);
}
