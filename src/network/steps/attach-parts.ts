import { linkAddress, parseLinkAddress } from '../../base/addresses';
import { addressBytes } from '../../base/ip';
import { namePath } from '../../nsfs/name';
import { type Chunk, chunkOf } from '../../plan/compile/chunk';
import { type Batch, TemplateCache } from '../../plan/templates/template-cache';
import type { Block, Kind } from '../../plan/templates/step-template';
import { configurationBlocks, namespaceSteps, presenceSteps } from './attach-steps';
import { labelOf } from '../model/labels';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import { driverOf } from '../drivers';
import { addressText, type Subnet } from '../addressing/subnet';
import { address6Text, linkLocal, parseSubnet6 } from '../addressing/subnet6';

// The requests to the bridge's namespace for this many members fit into one send; the event loop has a turn after each.
const MEMBERS_AT_A_TIME = 8;
// Number of namespaces requested before the first is configured: the kernel creates them during compilation.
const NAMESPACES_AHEAD = 16;
// Host parts of addresses whose bytes are all different.
const [HOST_PART, HOST_PART6] = [0x51525354, 0xa1a2a3a4a5a6a7a8a9aaabacadaeafb0n];

/** The chunks of a plan that attaches members: the steps of {@link attachSteps}, with namespaces somewhat ahead. */
export class AttachParts {
  readonly #layout: Layout;
  readonly #templates: TemplateCache<Member>;
  readonly #blocks: readonly Block<Member>[];
  /** For the first member only: the step is independent of the member. */
  readonly #presence: Block<Member>;
  /** All blocks as one, for a single member. */
  readonly #block: Block<Member>;

  constructor(layout: Layout, bridge: number | string, device?: number) {
    this.#layout = layout;
    this.#templates = new TemplateCache(memberKind(layout));
    this.#blocks = configurationBlocks(layout, bridge, device);
    this.#presence = () => presenceSteps(layout, device);
    this.#block = (member) => [this.#presence, ...this.#blocks].flatMap((block) => block(member));
  }

  /** `given` are the labels of the namespaces that exist. */
  of(members: readonly Member[], given: readonly string[]): Chunk[] {
    const closing = driverOf(this.#layout).closingSteps(this.#layout, members);
    const parts = this.#partsOf(members, given);
    return closing.length > 0 ? [...parts, chunkOf(closing)] : parts;
  }

  #partsOf(members: readonly Member[], given: readonly string[]): Chunk[] {
    const part = (...batches: readonly Batch<Member>[]): Chunk => this.#templates.chunk(batches, given);
    if (members.length === 1) return [part(namespaces(members), { block: this.#block, items: members })];
    const first = members.slice(0, NAMESPACES_AHEAD).flatMap(namespaceSteps);
    // Compiled without a template: the first namespaces must not wait for one.
    const parts = first.length > 0 ? [chunkOf(first)] : [];
    for (let begin = 0; begin < members.length; begin += MEMBERS_AT_A_TIME) {
      const end = begin + MEMBERS_AT_A_TIME;
      const ahead = members.slice(begin + NAMESPACES_AHEAD, end + NAMESPACES_AHEAD);
      const inside = this.#inside(members.slice(begin, end));
      // In a young process the kernel would idle while the templates are compiled: the devices of the first chunk are
      // sent first.
      if (begin === 0)
        parts.push(part({ block: this.#presence, items: members.slice(0, 1) }, ...inside.splice(0, 1)));
      // Last, so that the executor's second thread has created them by then.
      parts.push(part(...inside, namespaces(ahead)));
    }
    return parts;
  }

  #inside(items: readonly Member[]): Batch<Member>[] {
    return this.#blocks.map((block) => ({ block, items }));
  }
}

function namespaces(items: readonly Member[]): Batch<Member> {
  return { block: namespaceSteps, items };
}

/** The kind of a network's members: which parts of their steps are constant, and which vary. */
export function memberKind(layout: Layout): Kind<Member> {
  const { subnet, inet6 } = layout;
  const driver = driverOf(layout);
  return {
    labelsOf: (member) => [labelOf(member), driver.portPlace(member)],
    groupKey: (member) => {
      const { address6, ifname, created, defaultRoute, table, pinned } = member;
      const has = [address6 !== undefined, pinned !== undefined];
      return [...has, ifname, created, defaultRoute, table, driver.memberKey(member)].join();
    },
    examples: (member) => [example(member, subnet, inet6, false), example(member, subnet, inet6, true)],
    bytesOf: ({ name, address, address6, mac, port, portMac }) => [
      ...[Buffer.from(name), Buffer.from(port), macBytes(mac), macBytes(portMac), addressBytes(address)],
      ...(address6 === undefined ? [] : [addressBytes(address6), addressBytes(bare(linkLocal(mac)))]),
    ],
    textsOf: ({ port, pinned }) => [
      port,
      ...(pinned === undefined ? [] : [namePath(pinned)]),
      ...driver.portTexts(layout, { port }),
    ],
  };
}

// Every variable field differs between the two examples, each in bits of its own: in addresses the lowest ones, behind
// the prefix.
function example(member: Member, subnet: Subnet, inet6: Layout['inet6'], other: boolean): Member {
  const { name, port, address6, pinned } = member;
  const dye = (bits: number): number => (other ? bits : 0);
  const host = (other ? ~HOST_PART : HOST_PART) & (subnet.last - subnet.first);
  const subnet6 = inet6 && parseSubnet6(inet6.subnet);
  const host6 = subnet6 && (other ? ~HOST_PART6 : HOST_PART6) & (subnet6.last - subnet6.first);
  return {
    ...member,
    name: dyedText(name.length, 'A', dye(0x20)),
    ...(pinned !== undefined && { pinned: dyedText(pinned.length, 'A', dye(0x20)) }),
    port: dyedText(port.length, '0', dye(0x40)),
    mac: dyedMac(0x10, dye(0x80)),
    portMac: dyedMac(0x20, dye(0xc0)),
    address: addressText((subnet.first | host) >>> 0),
    ...(address6 !== undefined && { address6: address6Text((subnet6?.first ?? 0n) | (host6 ?? 0n)) }),
  };
}

// Neighbouring characters differ, so that each one reveals its position.
function dyedText(length: number, first: string, dye: number): string {
  const codes = Array.from({ length }, (_, index) => (first.charCodeAt(0) + (index % 26)) ^ dye);
  return String.fromCharCode(...codes);
}

function dyedMac(first: number, dye: number): string {
  const bytes = [0x02, ...[1, 2, 3, 4, 5].map((index) => first + index)];
  return linkAddress(
    Uint8Array.from(bytes, (byte) => byte ^ dye),
    0,
    bytes.length,
  );
}

function macBytes(mac: string): Uint8Array {
  return parseLinkAddress(mac) as Uint8Array;
}

function bare(prefixed: string): string {
  return prefixed.split('/')[0] ?? '';
}
