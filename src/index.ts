export { ClosedError, NetlinkError, ValidationError } from './errors';
export type { SocketHandle } from './native';

export type { OneEach, OneEachOf } from './one-each';

export { NetworkNamespace } from './netns/namespace';
export type { TakeOptions } from './netns/devices';
export type { KillOptions } from './netns/kill-all';
export type { NamespaceInfo } from './netns/list';
export type { NamespaceLocation, NamespaceRef } from './netns/open';
export type { NamespaceOptions } from './netns/options';
export type { NamespaceSnapshot } from './netns/snapshot';
export type { InspectedLink, LinkedDevice, NamespacePlace } from './netns/linked';
export type { InspectedFirewall, InspectedRule, InspectedSet, LegacyRules } from './netns/inspected-firewall';
export type { AccountOptions } from './netns/account';
export type { LaunchOptions } from './netns/launch';
export type { NamespaceExecOptions, NamespaceForkOptions, NamespaceSpawnOptions } from './netns/spawn';
export type { NamespaceChange } from './netns/watch';

export type { ConnectOptions } from './sockets/connect';
export type { DatagramOptions, DatagramType } from './sockets/datagram-options';
export type { DispatcherOptions, FetchDispatcher } from './sockets/dispatcher';
export type { NamespaceSocketError } from './sockets/errors';
export type { ListenOptions } from './sockets/listen-options';

export { Rtnl } from './rtnl/rtnl';
export type { RtnlOptions } from './rtnl/rtnl';
export type { BatchResult, EchoOptions, RtnlBatch } from './rtnl/batch';
export type { FamilyOf } from './rtnl/family';
export type { MonitorGroup, MonitorOptions, RtnlEvent } from './rtnl/monitor';
export type { Objects, Requests } from './rtnl/requests';
export type * from './rtnl/types';

export { Plan } from './plan/plan';
export type { ConfirmOptions } from './plan/confirmation';
export type { PlanOptions, PlanResult, PlanSockets, PlanSpec } from './plan/plan';
export type {
  FirewallStep,
  IptablesStep,
  NetnsCreateStep,
  NetnsDeleteStep,
  NetnsOpenStep,
  OvsBridgeStep,
  OvsPortsStep,
  RequestBody,
  RequestOp,
  RequestStep,
  SocketStep,
  Step,
  SysctlStep,
  UndoRequest,
} from './plan/step';

export type { OvsBridge, OvsPort } from './openvswitch/operations';

export { Firewall } from './firewall/firewall';
export type {
  FirewallChain,
  FirewallElement,
  FirewallHook,
  FirewallObject,
  FirewallRule,
  FirewallRuleset,
  FirewallSet,
  FirewallTable,
} from './firewall/ruleset';
export { firewall } from './firewall/written';
export type { Rule } from './firewall/rule/rule';
export type { RuleValue } from './firewall/rule/lexer';
export type * from './firewall/requests';
export type * from './firewall/rule-types';
export type * from './firewall/load-types';
export type * from './firewall/object-types';
export type { Expression } from './firewall/expressions';
export type { FirewallKind, Flavour } from './firewall/iptables/flavour';

export type { AdoptOptions } from './network/adopt';
export { connectNamespaces } from './network/connect';
export type { LinkEnd } from './network/connect';
export type { UnansweredQuestion } from './dns/forwarder';
export type { FailedServer } from './dns/upstream';
export type { DnsOptions } from './network/dns-options';
export { Network } from './network/network';
export type { OpenOptions } from './network/open-options';
export type { AttachManyOptions, AttachOptions } from './network/attach-options';
export type { Endpoint } from './network/endpoint';
export type { InspectedEndpoint, InspectedResolver, NetworkInspection } from './network/inspect';
export type { RemoteNetwork } from './network/peer-options';
export type { NetworkInfo } from './network/list';
export type { Publication, PublishRule } from './network/publication';
export type { NatOptions, NetworkSpec } from './network/spec';
export type { OpenvswitchOptions } from './network/openvswitch';
export type { VxlanOptions } from './network/vxlan';
export type { PublishedPort } from './firewall/published';
export type { LineQuality, LineShape } from './shape/options';
export { setStateDirectory } from './network/state-directory';
export { gc } from './network/gc';
export type { GcOptions, GcReport } from './network/gc';

export { NamespacePool } from './pool/pool';
export type { Lease } from './pool/pool';
export { PoolBusyError } from './pool/error';
export type { PoolOptions } from './pool/options';
export { rootless } from './rootless/rootless';
export { spawnRootless } from './rootless/spawn';
export type { RootlessOptions, RootlessProcess } from './rootless/spawn';
export type { Outside } from './rootless/connect';
export type { Carrier } from './rootless/outside';
