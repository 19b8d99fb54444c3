import type { FirewallRequest } from '../../firewall/nft/requests';
import type { Flavour } from '../../firewall/iptables/flavour';
import type { Family } from '../../base/ip';
import type { OvsBridge, OvsPort } from '../../openvswitch/operations';
import type { RequestOp, Undoable } from '../../rtnl/operations';

/** One rtnetlink request of one operation. */
export interface RequestStepOf<O extends RequestOp> extends Undoable<O> {
  readonly netns: string;
  /** True: the result has the object that the kernel created, in {@link PlanResult.replies}. */
  readonly echo?: boolean;
}

/** One rtnetlink request in the namespace with that label. */
export type RequestStep = { [O in RequestOp]: RequestStepOf<O> }[RequestOp];

/** One step of a plan, as plain data. `netns` is always a label: of a given namespace, or of one that a step creates. */
export type Step =
  | NetnsCreateStep
  | NetnsOpenStep
  | NetnsDeleteStep
  | RequestStep
  | FirewallStep
  | IptablesStep
  | OvsBridgeStep
  | OvsPortsStep
  | SysctlStep
  | SocketStep;

/** Creates a namespace and labels it. */
export interface NetnsCreateStep {
  readonly op: 'netns.create';
  readonly netns: string;
  /** Pins it under /run/netns, as `ip netns add` does. */
  readonly name?: string;
}

/** Opens an existing namespace and labels it, by a path such as /run/netns/red or /proc/1/ns/net. */
export interface NetnsOpenStep {
  readonly op: 'netns.open';
  readonly netns: string;
  readonly path: string;
}

/** Removes a name from /run/netns. Cannot be undone; succeeds if the name is already gone. */
export interface NetnsDeleteStep {
  readonly op: 'netns.delete';
  readonly name: string;
}

/** One nf_tables transaction: all or nothing. */
export interface FirewallStep {
  readonly op: 'firewall';
  readonly netns: string;
  readonly requests: readonly FirewallRequest[];
  /** The transaction that undoes it; without one, the step cannot be undone. */
  readonly inverse?: readonly FirewallRequest[];
}

/**
 * One run of iptables-restore in a given namespace, for kernels without nf_tables. All such steps run before the
 * others, and are undone after them.
 */
export interface IptablesStep {
  readonly op: 'iptables';
  readonly netns: string;
  /** The tool: the system's choice, or one of its two flavours. */
  readonly flavour: Flavour;
  readonly family: Family;
  /** Input of iptables-restore: `*table`, rules, `COMMIT`. Rules are added to the existing ones. */
  readonly input: string;
  /** The input that undoes it; without one, the step cannot be undone. */
  readonly inverse?: string;
}

/** The Open vSwitch to use. */
interface OvsPlace {
  /** The given namespace that ovs-vswitchd runs in. */
  readonly netns: string;
  /** The path of its database's Unix socket. */
  readonly socket: string;
}

/** Creates an Open vSwitch bridge. Runs before the executor's steps, and is undone after them. */
export interface OvsBridgeStep extends OvsPlace, OvsBridge {
  readonly op: 'ovs.bridge';
}

/** Adds devices as ports of an Open vSwitch bridge, in one transaction. Runs after all other steps. */
export interface OvsPortsStep extends OvsPlace {
  readonly op: 'ovs.ports';
  readonly bridge: string;
  readonly ports: readonly OvsPort[];
}

/** Writes a value below /proc/sys; undone by writing the previous value. */
export interface SysctlStep {
  readonly op: 'sysctl';
  readonly netns: string;
  /** Below /proc/sys: 'net/ipv4/conf/br0/forwarding'. */
  readonly path: string;
  readonly value: string;
}

/** Opens a netlink socket that outlives the plan, such as the one that owns an nf_tables table. */
export interface SocketStep {
  readonly op: 'socket';
  readonly netns: string;
  /** Key of {@link PlanResult.sockets}. */
  readonly label: string;
  readonly protocol: 'route' | 'netfilter';
}
