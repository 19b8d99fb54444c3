import type { FirewallKind } from '../../firewall/iptables/flavour';
import type { Subnet } from '../addressing/subnet';
import type { Dns } from './dns-options';
import type { MacvlanMode } from './macvlan-options';
import type { Openvswitch } from './openvswitch-options';
import type { Routing } from './routed-options';
import type { ResolvedSpec6 } from './spec6';
import type { Vxlan } from './vxlan-options';

/** A checked spec with every default filled in; plain data, with the subnet as numbers. */
export interface ResolvedSpec {
  readonly name: string;
  readonly subnet: Subnet;
  readonly gateway: string;
  readonly spec6?: ResolvedSpec6;
  readonly device: string;
  readonly nat: boolean;
  /** Whether ports may be published on loopback addresses. */
  readonly loopback?: boolean;
  /** Undefined: all. */
  readonly interfaces?: readonly string[];
  /** Undefined: no resolver. */
  readonly dns?: Dns;
  readonly neighbours?: 'static';
  /** Undefined: depends on the kernel. */
  readonly firewall?: FirewallKind;
  /** Not isolated. */
  readonly open?: boolean;
  readonly routed?: Routing;
  readonly portPrefix?: string;
  readonly macvlan?: MacvlanMode;
  readonly range?: Subnet;
  readonly vxlan?: Vxlan;
  readonly openvswitch?: Openvswitch;
  readonly parent?: string;
  /** Whether the host may lose its routes into the subnets. */
  readonly overlap?: boolean;
  /** Undefined: the parent's. */
  readonly mtu?: number;
  readonly lifetime: 'process' | 'persistent';
}
