import { randomInt } from 'node:crypto';
import { FORMERR, HEADER, makeQuery, NOERROR, NOTIMP, NXDOMAIN, questionEnd, rcodeOf } from '../dns/message';
import { ownerOf, recordsFrom, TYPE } from '../dns/records';
import { readName } from '../dns/names';
import { type ResolvConf, rotated } from '../dns/resolv-conf';
import { type FailedServer, type Servers, Upstreams } from '../dns/upstream';
import { binding } from '../executor/run-program';
import { addressText } from '../base/ip';
import { within } from '../nsfs/within';
import { hold } from '../nsfs/dependents';
import type { OpenNamespace } from '../nsfs/handle';

/** Record types. */
export type Question = 'A' | 'AAAA';

/** The end of a search: 'absent', no such name or record; 'again', servers failed or did not answer; 'error', another error, which the C
 * library reports like 'absent'. */
export interface Answers {
  readonly addresses: readonly string[];
  readonly end: 'found' | 'absent' | 'again' | 'error';
  /** The problems of servers that could not help. */
  readonly failures: readonly string[];
}

/** The outcome for one name: 'nodata', it exists without an address; 'lost', no server answered, or all refuse. */
interface Outcome {
  readonly addresses: readonly string[];
  readonly end: 'found' | 'nxdomain' | 'nodata' | 'servfail' | 'lost' | 'error';
  readonly failed: readonly FailedServer[];
}

/** Interval of a timer that keeps the process alive; its length does not matter. */
const AWAKE_MS = 60_000;
const LONGEST_CHAIN = 16;

/** Asks the servers of a namespace, from inside, for all records of a name. */
export async function askAll(
  netns: OpenNamespace,
  conf: ResolvConf,
  hostname: string,
  questions: readonly Question[],
): Promise<Answers> {
  const upstreams = new Upstreams((type, address, port) =>
    within(netns, 'netns.lookup', () => binding.inetSocket({ type, address, port })),
  );
  const servers = serversOf(conf);
  const types = questions.filter((type) => type === 'A' || !conf.noAaaa);
  // A resolver's sockets do not keep the process alive, but a caller's question must.
  const awake = setInterval(() => undefined, AWAKE_MS);
  const forget = hold(netns, () => upstreams.close());
  try {
    return await search(conf, hostname, async (name) => {
      const outcomes = types.map((type) => askOne(upstreams, servers, conf, name, type));
      return together(await Promise.all(outcomes));
    });
  } finally {
    forget();
    clearInterval(awake);
  }
}

// The C library gives later servers more time (res_send.c).
function serversOf({ nameservers, attempts, timeout, rotate }: ResolvConf): Servers {
  const addresses = rotate ? rotated(nameservers) : nameservers;
  const seconds = (index: number): number =>
    index === 0 ? timeout : Math.max(1, Math.floor((timeout << index) / addresses.length));
  return { addresses, attempts, timeoutMs: (index) => seconds(index) * 1000 };
}

/** Searches for a name as res_search(3) does: unchanged, and below the search domains. */
async function search(
  { search: domains, ndots, noTldQuery }: ResolvConf,
  hostname: string,
  ask: (name: string) => Promise<Outcome>,
): Promise<Answers> {
  const dots = hostname.split('.').length - 1;
  const isAbsolute = hostname.endsWith('.');
  const failed: FailedServer[] = [];
  const tried: Outcome[] = [];
  const attempt = async (name: string): Promise<Outcome> => {
    const outcome = await ask(name);
    failed.push(...outcome.failed);
    tried.push(outcome);
    return outcome;
  };
  const answers = (outcome: Outcome): Answers => ({
    addresses: outcome.addresses,
    end: ENDS[outcome.end],
    failures: failed.map(({ server, reason }) => `${server}: ${reason}`),
  });

  const asItIs = isAbsolute || dots >= ndots ? await attempt(hostname) : undefined;
  if (asItIs?.end === 'found' || isAbsolute) return answers(asItIs as Outcome);
  for (const domain of domains) {
    const below = await attempt(`${hostname}.${domain}`);
    if (below.end === 'found') return answers(below);
    // A server may fail for this domain only; if no server answers, none will for the next domain.
    if (below.end === 'lost' || below.end === 'error') break;
  }
  if (asItIs === undefined && (dots > 0 || domains.length === 0 || !noTldQuery)) {
    const last = await attempt(hostname);
    if (last.end === 'found') return answers(last);
  }
  return answers(asItIs ?? mostInformative(tried));
}

const ENDS: Readonly<Record<Outcome['end'], Answers['end']>> = {
  found: 'found',
  nxdomain: 'absent',
  nodata: 'absent',
  servfail: 'again',
  lost: 'again',
  error: 'error',
};

function mostInformative(tried: readonly Outcome[]): Outcome {
  const of = (end: Outcome['end']): Outcome | undefined => tried.find((outcome) => outcome.end === end);
  return of('nodata') ?? of('servfail') ?? (tried.at(-1) as Outcome);
}

/** The combined outcome of all questions for one name: results first, then temporary failures. */
function together(outcomes: readonly Outcome[]): Outcome {
  const ends = outcomes.map(({ end }) => end);
  const end = (['found', 'lost', 'servfail', 'error', 'nodata'] as const).find((one) => ends.includes(one));
  return {
    addresses: outcomes.flatMap(({ addresses }) => addresses),
    end: end ?? 'nxdomain',
    failed: outcomes.flatMap(({ failed }) => failed),
  };
}

async function askOne(
  upstreams: Upstreams,
  servers: Servers,
  conf: ResolvConf,
  name: string,
  question: Question,
): Promise<Outcome> {
  const way = conf.useVc ? 'tcp' : 'whole';
  const send = (extended: boolean): ReturnType<Upstreams['ask']> | undefined => {
    const query = makeQuery(randomInt(0x10000), name, TYPE[question], extended);
    return query && upstreams.ask(query, servers, way);
  };
  const first = await send(conf.edns0);
  // A server without EDNS answers FORMERR or NOTIMP (RFC 6891 7).
  const isChoked = conf.edns0 && first !== undefined && [FORMERR, NOTIMP].includes(codeOf(first));
  return outcomeOf(isChoked ? await send(false) : first, question);
}

type Found = Awaited<ReturnType<Upstreams['ask']>>;

function codeOf(found: Found): number {
  return 'reply' in found ? rcodeOf(found.reply) : found.rcode;
}

// Undefined if the name is not valid in DNS, so that no one could be asked.
function outcomeOf(found: Found | undefined, question: Question): Outcome {
  if (found === undefined) return { addresses: [], end: 'nxdomain', failed: [] };
  if (!('reply' in found)) {
    const { failed } = found;
    const isFailing = failed.some(({ reason }) => reason === 'answered SERVFAIL');
    return { addresses: [], end: isFailing ? 'servfail' : 'lost', failed };
  }
  const { reply, server } = found;
  const rcode = rcodeOf(reply);
  // The C library ignores the records of an error.
  if (rcode === NXDOMAIN) return { addresses: [], end: 'nxdomain', failed: [] };
  if (rcode !== NOERROR)
    return { addresses: [], end: 'error', failed: [{ server, reason: `answered error ${String(rcode)}` }] };
  const addresses = addressesIn(reply, question);
  return { addresses, end: addresses.length > 0 ? 'found' : 'nodata', failed: [] };
}

// The addresses of the requested name and of its aliases' targets.
function addressesIn(reply: Buffer, question: Question): string[] {
  const start = questionEnd(reply);
  const records = start === undefined ? undefined : recordsFrom(reply, start, reply.readUInt16BE(6));
  if (records === undefined) return [];
  const aliases = records.filter(({ type }) => type === TYPE.CNAME);
  const targets = new Map(
    aliases.map((one) => [ownerOf(reply, one), readName(reply, one.data)?.toLowerCase()]),
  );
  const names = new Set<string | undefined>();
  let name = readName(reply, HEADER)?.toLowerCase();
  while (name !== undefined && !names.has(name) && names.size < LONGEST_CHAIN) {
    names.add(name);
    name = targets.get(name);
  }
  const [type, length] = [TYPE[question], question === 'A' ? 4 : 16];
  return records
    .filter((one) => one.type === type && one.end - one.data === length && names.has(ownerOf(reply, one)))
    .map(({ data, end }) => addressText(reply.subarray(data, end)));
}
