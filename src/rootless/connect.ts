import fs from 'node:fs';
import { parseResolvConf } from '../dns/resolv-conf';
import { ValidationError } from '../errors/errors';
import { isExecutable } from '../base/executable';
import { connectOutside, type Carrier, type Connection } from './outside';

/** Carriers in order of preference, and their packages. */
const PACKAGES: Readonly<Record<Carrier, string>> = { pasta: 'passt', slirp4netns: 'slirp4netns' };
const CARRIERS = Object.keys(PACKAGES) as Carrier[];

export type Outside = Carrier | 'none';

export interface Connected {
  readonly outside: Outside;
  readonly connection?: Connection;
  /** Why there is no connection, if the caller might want one. */
  readonly note?: string;
}

/** Refuses what is no choice of a carrier. Throws a ValidationError. */
export function checkOutside(outside: unknown): void {
  if (outside === 'none' || CARRIERS.some((name) => name === outside)) return;
  const problem = `must be one of ${CARRIERS.join(', ')}, none`;
  throw new ValidationError({ operation: 'rootless', path: 'outside', value: outside, problem });
}

/** The carriers to try, in order, for the caller's choice. Throws a ValidationError for a missing one. */
export function carriersFor(outside: unknown): Carrier[] {
  if (outside === undefined) return CARRIERS.filter((name) => isExecutable(name));
  if (outside === 'none') return [];
  checkOutside(outside);
  const carrier = outside as Carrier;
  if (isExecutable(carrier)) return [carrier];
  const problem = `is not installed (package ${PACKAGES[carrier]}), got '${carrier}'`;
  throw new ValidationError({ operation: 'rootless', path: 'outside', value: outside, problem });
}

/**
 * Connects the namespace of a process by the first carrier that works. A carrier requested by name must work: its
 * message is the error. Otherwise, a namespace without connection is better than none.
 */
export async function connect(outside: Outside | undefined, pid: number): Promise<Connected> {
  const failures: string[] = [];
  for (const carrier of carriersFor(outside)) {
    try {
      return { outside: carrier, connection: await connectOutside(carrier, pid) };
    } catch (error) {
      if (outside !== undefined) throw error;
      failures.push((error as Error).message);
    }
  }
  if (outside === 'none') return { outside };
  const missing = CARRIERS.map((name) => `${name} (package ${PACKAGES[name]})`).join(' or ');
  const reason = failures.length > 0 ? failures.join('; ') : `install ${missing} to get one`;
  return { outside: 'none', note: `the namespace has no connection to the outside: ${reason}` };
}

/** The resolv.conf of a connected namespace: the outside's search domains, and its resolvers through the carrier. */
export function resolvConfFor({ nameserver }: Connection): string {
  const file = '/etc/resolv.conf';
  const { search } = parseResolvConf(fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');
  const lines = [...(search.length === 0 ? [] : [`search ${search.join(' ')}`]), `nameserver ${nameserver}`];
  return lines.map((line) => `${line}\n`).join('');
}
