import { randomInt } from 'node:crypto';
import { decode, encode, RECURSION_DESIRED, TRUNCATED_RESPONSE } from 'dns-packet';
import { type FailedServer, Upstreams } from '../dns/upstream';
import { binding } from '../executor';
import type { NetworkNamespace } from '../netns/namespace';
import { within } from '../netns/system';
import { resolversOf } from './resolvers';

/** Types of records. */
export type Question = 'A' | 'AAAA';

export interface Answers {
  readonly addresses: readonly string[];
  /** What was wrong with servers that could not help. */
  readonly failures: readonly string[];
}

/** How long one server may take, as in resolv.conf(5). */
const TIMEOUT_MS = 5000;

/** Asks the servers of a namespace, from inside, for all records of a name. */
export async function askAll(
  netns: NetworkNamespace,
  hostname: string,
  questions: readonly Question[],
): Promise<Answers> {
  const { nameservers, search } = resolversOf(netns);
  if (nameservers.length === 0)
    return { addresses: [], failures: ['there is no name server in resolv.conf'] };
  const upstreams = new Upstreams(
    (type, address, port) => within(netns, 'netns.lookup', () => binding.inetSocket({ type, address, port })),
    TIMEOUT_MS,
  );
  // The sockets of a resolver do not keep the process alive; a question of the caller's does.
  const awake = setInterval(() => undefined, TIMEOUT_MS);
  const failures: string[] = [];
  try {
    for (const name of candidates(hostname, search)) {
      const replies = await Promise.all(questions.map((type) => ask(upstreams, nameservers, name, type)));
      const addresses = replies.flatMap((reply) => (Buffer.isBuffer(reply) ? recordsOf(reply) : []));
      if (addresses.length > 0) return { addresses, failures };
      for (const reply of replies) if (!Buffer.isBuffer(reply)) failures.push(...reply.map(reasonOf));
    }
    return { addresses: [], failures };
  } finally {
    clearInterval(awake);
  }
}

// As resolv.conf(5) has it: a short name is one of the domains that are searched, before it is a name of its own.
function candidates(hostname: string, search: readonly string[]): string[] {
  if (hostname.endsWith('.')) return [hostname.slice(0, -1)];
  const below = search.map((domain) => `${hostname}.${domain}`);
  return hostname.includes('.') ? [hostname, ...below] : [...below, hostname];
}

async function ask(
  upstreams: Upstreams,
  servers: readonly string[],
  name: string,
  type: Question,
): Promise<Buffer | readonly FailedServer[]> {
  const query = queryOf(name, type);
  if (query === undefined) return [];
  const reply = await upstreams.ask(query, servers, 'udp');
  const isCut = Buffer.isBuffer(reply) && (reply.readUInt16BE(2) & TRUNCATED_RESPONSE) !== 0;
  return isCut ? upstreams.ask(query, servers, 'tcp') : reply;
}

// Undefined for what no server could be asked for, such as a label of a hundred letters.
function queryOf(name: string, type: Question): Buffer | undefined {
  if (name.length > 253 || name.split('.').some((label) => label === '' || Buffer.byteLength(label) > 63)) {
    return undefined;
  }
  const question = { type, name, class: 'IN' } as const;
  return encode({ type: 'query', id: randomInt(0x10000), flags: RECURSION_DESIRED, questions: [question] });
}

// Those of other names are the ends of aliases.
function recordsOf(reply: Buffer): string[] {
  const { answers = [] } = decode(reply);
  return answers.flatMap((answer) => (answer.type === 'A' || answer.type === 'AAAA' ? [answer.data] : []));
}

function reasonOf({ server, reason }: FailedServer): string {
  return `${server}: ${reason}`;
}
