import { decodeHeaders, decodeReply } from '../../codec/decode/decode';
import { NetlinkError } from '../../errors/errors';
import { isUnsupported } from '../../firewall/nft/unsupported';
import type { FirewallTable } from '../../firewall/nft/ruleset';
import { familyOf } from '../../base/ip';
import type { NativeRequestStep, NativeResult } from '../../native/program';
import { runRequests } from '../../nsfs/run-requests';
import { inconsistent } from '../../rtnl/result';
import type { NetworkRuntime } from '../runtime/runtime';

/** The kernel's answers about a host before ports are published there. */
export interface HostAnswers {
  /** The tables of nf_tables; none where the kernel lacks nf_tables. */
  readonly tables: readonly FirewallTable[];
  /** Addresses in the local routing table, which the rules use to recognize packets for the host. */
  readonly local: ReadonlySet<string>;
}

/** Asks for the tables and the routes of addresses in one go: each round trip costs as much as a hundred ports. */
export async function askHost(
  { host, owner }: NetworkRuntime,
  addresses: readonly string[],
): Promise<HostAnswers> {
  const steps = [question('nftTable', 'list', { family: 'unspec' }), ...addresses.map(routeTo)];
  const [tables, ...routes] = await runRequests(host, steps, owner ? { netfilter: owner } : {});
  const local = addresses.filter((_, index) => isLocal(routes[index]));
  return { tables: tablesIn(tables), local: new Set(local) };
}

function question(family: string, verb: 'list' | 'get', body: object): NativeRequestStep {
  return { op: 'request', slot: 0, family, verb, body, reply: true };
}

function routeTo(to: string): NativeRequestStep {
  return question('route', 'get', { family: familyOf(to) === 'ip' ? 'inet' : 'inet6', to });
}

function isLocal({ reply }: NativeResult = { done: false }): boolean {
  const [route] = reply ? decodeHeaders('route', reply) : [];
  return (route as { type?: string } | undefined)?.type === 'local';
}

function tablesIn({ failure, interrupted, reply }: NativeResult = { done: false }): FirewallTable[] {
  const operation = 'nftTable.list';
  const error = failure && NetlinkError.of(failure, { operation });
  if (error && !isUnsupported(error)) throw error;
  if (interrupted === true) throw inconsistent({ operation });
  return reply ? (decodeReply('nftTable', reply) as FirewallTable[]) : [];
}
