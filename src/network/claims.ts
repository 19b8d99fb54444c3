import { type Intent, settle } from './journal';

// Networks that this process made and has not handed over. A process that ends by itself hands over what it made; one
// that is killed does not, and then gc() removes it. Per environment: a worker thread has its own.
const claims = new Set<Intent>();
let listening = false;

/** Holds a network for its creator until {@link unclaim}, or until the process ends by itself. */
export function claim(intent: Intent): Intent {
  if (!listening) process.once('exit', handOverAll);
  listening = true;
  claims.add(intent);
  return intent;
}

/** Hands a network over, or forgets one that was deleted. */
export function unclaim(intent: Intent): void {
  claims.delete(intent);
  settle(intent);
}

function handOverAll(): void {
  for (const intent of claims) settle(intent);
}
