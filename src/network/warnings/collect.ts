import type * as Warnings from './host-warnings';
import type { NetworkRuntime } from '../runtime/runtime';
import { missingDevice } from '../runtime/device';

/** Conditions on the host that impair a network. */
export async function warningsOf(runtime: NetworkRuntime): Promise<string[]> {
  const missing = await missingDevice(runtime);
  // Then everything else fails too, for the same reason.
  if (missing !== undefined) return [missing];
  const { host, layout, ledger, resolver, unserved } = runtime;
  const isServing = resolver !== undefined;
  const endpoints = (await ledger.read()).members.length;
  const watched = { host, layout, endpoints, isServing, ...(unserved && { unserved }) };
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- Loads CommonJS in the middle of a call.
  const { hostWarnings } = require('./host-warnings') as typeof Warnings;
  return hostWarnings(watched);
}
