import type { OpenNamespace } from '../../../nsfs/handle';
import { decodeReply } from '../../../codec/decode/decode';
import { NetlinkError } from '../../../errors/errors';
import { isNotFound } from '../../../errors/not-found';
import { FAMILIES, type Family } from '../../../base/ip';
import type { NativeRequest, NativeRequestStep, NativeResult } from '../../../native/program';
import type { SocketHandle } from '../../../native/handles';
import { runRequests } from '../../../nsfs/run-requests';
import { isUnsupported } from '../../nft/unsupported';
import { accept, connection, CT_ESTABLISHED, CT_RELATED, deviceInSet } from '../../nft/expressions';
import { transitDrop } from './filter-chains';
import type { FirewallRequest } from '../../nft/requests';
import type { RuleExpression } from '../../nft/rule-types';
import { comment } from '../../nft/userdata';

/**
 * A host's table that blocks transit traffic: it drops packets that arrive on a device that forwards only because of
 * networks, and are for no network. No socket owns the table, because forwarding outlives a killed process. Devices are
 * listed by index: the setting belongs to the device, whatever its name.
 */
export interface OpenedTable {
  readonly name: string;
  readonly comment: string;
}

/** The host's part of the table for one address family. */
export interface Opened {
  /** The indexes of devices. */
  readonly devices: readonly number[];
  /** Whether the rules exist. */
  readonly isWhole: boolean;
}

const SET = 'opened';
const CHAIN = 'forward';
// nft's type number of interface indexes.
const INDEX = 20;
/** nft's note on a set with host-order numbers as keys, needed to print them: NFTNL_UDATA_SET_KEYBYTEORDER. */
const HOST_ORDER = Uint8Array.of(0, 4, ...new Uint8Array(Uint32Array.of(1).buffer));
const FORWARD_HOOK = { hooknum: 2, priority: 0 } as const;
// A list of elements is one attribute, of at most 64 KiB.
const MOST_IN_ONE = 1000;
/** NLM_F_NONREC: a set with elements is not deleted. */
const NOT_RECURSIVE = 0x100;

const RULES: readonly (readonly RuleExpression[])[] = [
  [...connection('state', CT_ESTABLISHED | CT_RELATED), accept],
  [...deviceInSet('iif', SET), ...transitDrop],
];

/** The transaction that makes the table complete with these devices, whatever its state. */
export function renewOpened(
  { name, comment: text }: OpenedTable,
  family: Family,
  devices: readonly number[],
): FirewallRequest[] {
  const place = { family, table: name };
  const chain = { ...place, chain: CHAIN };
  // Unique in a transaction, which may contain both families.
  const id = 1 + FAMILIES.indexOf(family);
  const set = { ...place, name: SET, id, keyType: INDEX, keyLen: 4, userdata: HOST_ORDER };
  const base = { ...place, name: CHAIN, type: 'filter', hook: FORWARD_HOOK, policy: 'accept' } as const;
  return [
    { family: 'nftTable', verb: 'append', body: { family, name, userdata: comment('nftTable', text) } },
    { family: 'nftSet', verb: 'append', body: set },
    { family: 'nftChain', verb: 'append', body: base },
    { family: 'nftRule', verb: 'delete', body: chain },
    ...RULES.map(
      (expressions) => ({ family: 'nftRule', verb: 'append', body: { ...chain, expressions } }) as const,
    ),
    { family: 'nftSetElem', verb: 'delete', body: { ...place, set: SET } },
    ...elements('append', name, family, devices),
  ];
}

/** The transaction that removes it. */
export function deleteOpened({ name }: OpenedTable, family: Family): FirewallRequest[] {
  return [{ family: 'nftTable', verb: 'delete', body: { family, name } }];
}

/** The transaction that removes devices from the table. */
export function removeFromOpened(
  { name }: OpenedTable,
  family: Family,
  devices: readonly number[],
): NativeRequest[] {
  return elements('delete', name, family, devices);
}

/** The transaction that removes the table if it has no devices left; refused (EBUSY) otherwise. */
export function deleteEmptyOpened({ name }: OpenedTable, family: Family): NativeRequest[] {
  const place = { family, table: name };
  return [
    { family: 'nftRule', verb: 'delete', body: { ...place, chain: CHAIN } },
    { family: 'nftChain', verb: 'delete', body: { ...place, name: CHAIN } },
    { family: 'nftSet', verb: 'delete', body: { ...place, name: SET }, flags: NOT_RECURSIVE },
    { family: 'nftTable', verb: 'delete', body: { family, name } },
  ];
}

/** Reads the host's table, by family; empty if there is none. */
export async function readOpened(
  host: OpenNamespace,
  { name: table }: OpenedTable,
  { families = FAMILIES, owner }: { families?: readonly Family[]; owner?: SocketHandle | undefined } = {},
): Promise<Map<Family, Opened>> {
  const steps = families.flatMap((family) => [
    list('nftRule', { family, table }),
    list('nftSetElem', { family, table, set: SET }),
  ]);
  const results = await runRequests(host, steps, owner && { netfilter: owner });
  const found = new Map<Family, Opened>();
  families.forEach((family, index) => {
    const [rules, members] = [0, 1].map((offset) => answerOf(steps, results, 2 * index + offset));
    if (members === undefined) return;
    found.set(family, {
      devices: members.flatMap(devicesIn),
      isWhole: rules?.length === RULES.length,
    });
  });
  return found;
}

function elements<V extends 'append' | 'delete'>(
  verb: V,
  table: string,
  family: Family,
  devices: readonly number[],
) {
  const chunks = Array.from({ length: Math.ceil(devices.length / MOST_IN_ONE) }, (_, index) =>
    devices.slice(index * MOST_IN_ONE, (index + 1) * MOST_IN_ONE),
  );
  return chunks.map((chunk) => {
    const body = {
      family,
      table,
      set: SET,
      elements: chunk.map((device) => ({ key: { value: keyOf(device) } })),
    };
    return { family: 'nftSetElem', verb, body } as const;
  });
}

function list(family: string, body: object): NativeRequestStep {
  return { op: 'request', slot: 0, family, verb: 'list', body, reply: true };
}

/** Undefined if the requested object does not exist. */
function answerOf(
  steps: readonly NativeRequestStep[],
  results: readonly NativeResult[],
  index: number,
): readonly object[] | undefined {
  const { failure, reply } = results[index] ?? {};
  const family = steps[index]?.family ?? '';
  if (!failure) return reply ? decodeReply(family, reply) : [];
  const error = NetlinkError.of(failure, { operation: `${family}.list` });
  if (isNotFound(error) || isUnsupported(error)) return undefined;
  throw error;
}

function devicesIn(message: object): number[] {
  const { elements: members = [] } = message as { elements?: { key?: { value?: Uint8Array } }[] };
  return members.flatMap(({ key }) => (key?.value ? [deviceOf(key.value)] : []));
}

// A number in host byte order.
function keyOf(device: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(device).buffer);
}

function deviceOf(key: Uint8Array): number {
  return new Uint32Array(key.slice().buffer)[0] ?? 0;
}
