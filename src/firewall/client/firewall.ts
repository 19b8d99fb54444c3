import { decodeReply } from '../../codec/decode/decode';
import { NetlinkError } from '../../errors/errors';
import { REQUEST_DEADLINE_MS, runProgram } from '../../executor/run-program';
import { ignoringNotFound, isNotFound } from '../../errors/not-found';
import type { NativeFailure, NativeRequestStep, NativeResult, NativeSlot } from '../../native/program';
import type { SocketHandle } from '../../native/handles';
import { runRequests } from '../../nsfs/run-requests';
import { handleOf, type OpenNamespace } from '../../nsfs/handle';
import { inconsistent } from '../../rtnl/result';
import { checkRequests } from '../nft/check-requests';
import type { FirewallRequest } from '../nft/requests';
import { checkBodies, checkSet, checkTable, checkThrough } from './check-arguments';
import type { TransactionRequest } from '../rule/transaction-requests';
import { rule } from '../rule/rule';
import type {
  FirewallChain,
  FirewallElement,
  FirewallObject,
  FirewallRule,
  FirewallRuleset,
  FirewallSet,
  FirewallTable,
} from '../nft/ruleset';

/**
 * The socket for the requests: an open one, which is required if it owns the table (flag `owner`). Closing a socket
 * opened for one call waits for the kernel's grace period, if something was deleted before.
 */
interface Through {
  readonly owner?: SocketHandle;
}

/** The nf_tables rules of one namespace, accessed by native messages. */
export class Firewall {
  readonly #netns: OpenNamespace;

  constructor(netns: OpenNamespace) {
    this.#netns = netns;
  }

  /** Makes a rule in nft's syntax for a transaction: {@link rule}. */
  readonly rule = rule;

  /** Tables, chains, rules, objects, and sets with their elements, one kind after another. */
  async list(): Promise<FirewallRuleset> {
    const [tables = [], chains = [], rules = [], sets = [], objects = []] = await this.#read([
      list('nftTable'),
      list('nftChain'),
      list('nftRule'),
      list('nftSet'),
      list('nftObj'),
    ]);
    const bare = sets as Omit<FirewallSet, 'elements'>[];
    const answers = await this.#read(
      bare.map(({ family, table, name }) => list('nftSetElem', { family, table, set: name })),
    );
    return {
      tables: tables as FirewallTable[],
      chains: chains as FirewallChain[],
      rules: rules as FirewallRule[],
      sets: bare.map((set, index) => ({ ...set, elements: elementsOf(answers[index] ?? []) })),
      objects: objects as FirewallObject[],
    };
  }

  /** The tables only. */
  async tables(how: Through = {}): Promise<FirewallTable[]> {
    checkThrough(how, 'firewall.tables');
    const [tables = []] = await this.#read([list('nftTable')], how);
    return tables as FirewallTable[];
  }

  /** The chains of all tables. */
  async chains(): Promise<FirewallChain[]> {
    const [chains = []] = await this.#read([list('nftChain')]);
    return chains as FirewallChain[];
  }

  /** The rules of one table, in the order of their chains; empty if there is no such table. */
  async rules(body: { family: string; table: string }): Promise<FirewallRule[]> {
    checkTable(body, 'firewall.rules');
    const [rules = []] = await this.#read([list('nftRule', body)]);
    return rules as FirewallRule[];
  }

  /** The sets and maps of one table, without elements. */
  async sets(body: { family: string; table: string }): Promise<Omit<FirewallSet, 'elements'>[]> {
    checkTable(body, 'firewall.sets');
    const [sets = []] = await this.#read([list('nftSet', body)]);
    return sets as Omit<FirewallSet, 'elements'>[];
  }

  /** The elements of one set or map. Rejects with NetlinkError ENOENT if there is none. */
  async elements(
    set: { family: string; table: string; set: string },
    how: Through = {},
  ): Promise<FirewallElement[]> {
    checkSet(set, 'firewall.elements');
    checkThrough(how, 'firewall.elements');
    const [answer = []] = await this.#read([list('nftSetElem', set)], how);
    return elementsOf(answer);
  }

  /** The requested elements, one for each body; missing ones are ignored. */
  async find(bodies: readonly object[], how: Through = {}): Promise<FirewallElement[]> {
    checkBodies(bodies, 'firewall.find');
    checkThrough(how, 'firewall.find');
    const family = 'nftSetElem';
    const steps = bodies.map(
      (body) => ({ op: 'request', slot: 0, family, verb: 'get', body, reply: true }) as const,
    );
    const results = await this.#run(steps, how);
    return results.flatMap(({ failure, reply }) => {
      if (!failure) return reply ? elementsOf(decodeReply(family, reply)) : [];
      const error = NetlinkError.of(failure, { operation: `${family}.get` });
      if (isNotFound(error)) return [];
      throw error;
    });
  }

  /** Runs requests together or, if the kernel refuses one, not at all: the error names the refused one. */
  async transaction(written: readonly TransactionRequest[], how: Through = {}): Promise<void> {
    checkRequests(written);
    checkThrough(how, 'firewall.transaction');
    const { requests, origins } = compiled(written, await this.#intervalSets(written));
    const { results } = await runProgram({
      slots: [{ netns: handleOf(this.#netns), ...socketsOf(how), label: this.#netns.name }],
      steps: [{ op: 'transaction', slot: 0, requests }],
      atomic: true,
      deadlineMs: REQUEST_DEADLINE_MS,
    });
    const failure = results[0]?.failure;
    if (failure) throw refused(failure, origins);
  }

  /** The interval sets that the written rules need to know of, by table and name; read only if there are any. */
  async #intervalSets(written: readonly TransactionRequest[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    const note = (body: object): void => {
      const { flags, ...set } = body as { flags?: unknown; family: string; table: string; name: string };
      if (Array.isArray(flags) && flags.includes('interval')) found.add(setKey(set, set.name));
    };
    const tables = new Map<string, { family: string; table: string }>();
    for (const { family, body } of written) {
      if (family === 'nftSet') note(body);
      if (family !== 'nftRule' || !('rule' in body)) continue;
      if (body.rule.orderedSets(body.family).size > 0) tables.set(setKey(body, ''), body);
    }
    for (const { family, table } of tables.values())
      ((await ignoringNotFound(this.sets({ family, table }))) ?? []).forEach(note);
    return found;
  }

  #run(steps: readonly NativeRequestStep[], how: Through | null): Promise<readonly NativeResult[]> {
    return runRequests(this.#netns, steps, socketsOf(how));
  }

  async #read(steps: readonly NativeRequestStep[], how: Through | null = {}): Promise<(readonly object[])[]> {
    const results = await this.#run(steps, how);
    return steps.map(({ family }, index) => {
      const { failure, reply, interrupted } = results[index] ?? {};
      if (failure) throw NetlinkError.of(failure, { operation: `${family}.list` });
      if (interrupted === true) throw inconsistent({ operation: `${family}.list` });
      return reply ? decodeReply(family, reply) : [];
    });
  }
}

function socketsOf(how: Through | null): Omit<NativeSlot, 'netns'> {
  const owner = how?.owner;
  return owner ? { netfilter: owner } : {};
}

function list(family: string, body: object = { family: 'unspec' }): NativeRequestStep {
  return { op: 'request', slot: 0, family, verb: 'list', body, reply: true };
}

// A long list of elements is split into several messages.
function elementsOf(messages: readonly object[]): FirewallElement[] {
  return messages.flatMap((message) => (message as { elements?: FirewallElement[] }).elements ?? []);
}

/** The compiled requests and, for each, the request it was made for: a rule follows its sets. */
function compiled(
  written: readonly TransactionRequest[],
  intervalSets: ReadonlySet<string>,
): {
  requests: FirewallRequest[];
  origins: TransactionRequest[];
} {
  const [requests, origins]: [FirewallRequest[], TransactionRequest[]] = [[], []];
  for (const request of written) {
    const own = requestsOf(request, FIRST_SET_ID + requests.length, intervalSets);
    requests.push(...own);
    origins.push(...own.map(() => request));
  }
  return { requests, origins };
}

// Sets that callers number themselves have small numbers.
const FIRST_SET_ID = 0x4000_0000;

function requestsOf(
  request: TransactionRequest,
  firstId: number,
  intervalSets: ReadonlySet<string>,
): FirewallRequest[] {
  if (request.family !== 'nftRule' || !('rule' in request.body)) return [request as FirewallRequest];
  const { rule: words, ...place } = request.body;
  return words.requests(request.verb as 'add' | 'append' | 'replace', place, firstId, (set) =>
    intervalSets.has(setKey(place, set)),
  );
}

function setKey({ family, table }: { readonly family: string; readonly table: string }, set: string): string {
  return [family, table, set].join(' ');
}

function refused(failure: NativeFailure, origins: readonly TransactionRequest[]): NetlinkError {
  const request = origins[failure.request];
  if (request === undefined) {
    const operation = 'firewall.transaction';
    const { call: syscall, errno } = failure;
    if (syscall !== 'recvmsg') return NetlinkError.of(failure, { operation });
    const detail = "the kernel's answer was lost: the transaction may have been applied";
    return new NetlinkError({ operation, errno, syscall, detail });
  }
  const { name, chain, set } = request.body as { name?: string; chain?: string; set?: string };
  return NetlinkError.of(failure, {
    operation: `${request.family}.${request.verb}`,
    object: name ?? chain ?? set,
  });
}
