export { ClosedError, NetlinkError, ValidationError } from './errors/errors';
export type { SocketHandle } from './native/handles';

export type { OneEach, OneEachOf } from './base/one-each';

export { NetworkNamespace } from './netns/namespace';
export type { TakeOptions } from './netns/devices';
export type { KillOptions } from './nsfs/process/kill-all';
export type { NamespaceInfo } from './netns/list';
export type { NamespaceLocation, NamespaceRef } from './nsfs/open';
export type { OpenNamespace } from './nsfs/handle';
export type { NamespaceOptions } from './nsfs/options';
export type { NamespaceSnapshot } from './netns/inspect/snapshot';
export type { InspectedLink, LinkedDevice, NamespacePlace } from './netns/inspect/linked-devices';
export type { InspectedFirewall, InspectedRule, InspectedSet, LegacyRules } from './netns/inspect/firewall';
export type { AccountOptions } from './nsfs/process/account';
export type { LaunchOptions } from './nsfs/process/launch';
export type { NamespaceExecOptions, NamespaceForkOptions, NamespaceSpawnOptions } from './nsfs/process/spawn';
export type { NamespaceChange } from './nsfs/watch';

export type { ConnectOptions } from './sockets/connect';
export type { DatagramOptions, DatagramType } from './sockets/datagram-options';
export type { DispatcherOptions, FetchDispatcher } from './sockets/dispatcher';
export type { NamespaceSocketError } from './netns/socket-error';
export type { ListenOptions } from './sockets/listen-options';

export { Rtnl } from './rtnl/rtnl';
export type { RtnlOptions } from './rtnl/rtnl';
export type { BatchResult, EchoOptions, RtnlBatch } from './rtnl/batch';
export type { FamilyOf } from './rtnl/family';
export type { MonitorGroup, MonitorOptions, RtnlEvent } from './rtnl/monitor';
export type { Objects, Requests } from './rtnl/families';
export type * from './rtnl/types';

export type { RequestBody, RequestOp, Undoable, UndoRequest } from './rtnl/operations';
export { Plan } from './plan/plan';
export type { ConfirmOptions, PlanOptions, PlanResult, PlanSockets, PlanSpec } from './plan/spec/spec';
export type {
  FirewallStep,
  IptablesStep,
  NetnsCreateStep,
  NetnsDeleteStep,
  NetnsOpenStep,
  OvsBridgeStep,
  OvsPortsStep,
  RequestStep,
  RequestStepOf,
  SocketStep,
  Step,
  SysctlStep,
} from './plan/spec/step';

export type { TracedLock, TracedMessage, TracedPlan, TracedStep } from './trace/events';

export type { OvsBridge, OvsPort } from './openvswitch/operations';

export { Firewall } from './firewall/client/firewall';
export type {
  FirewallChain,
  FirewallElement,
  FirewallHook,
  FirewallObject,
  FirewallRule,
  FirewallRuleset,
  FirewallSet,
  FirewallTable,
} from './firewall/nft/ruleset';
export { firewall } from './firewall/rule/written';
export type { Rule } from './firewall/rule/rule';
export type { RuleValue } from './firewall/rule/compile/lexer';
export type { TableFamily } from './firewall/nft/request-shape';
export type * from './firewall/nft/requests';
export type * from './firewall/rule/transaction-requests';
export type * from './firewall/nft/rule-types';
export type * from './firewall/nft/load-types';
export type * from './firewall/nft/object-types';
export type { Expression } from './firewall/nft/expressions';
export type { FirewallKind, Flavour } from './firewall/iptables/flavour';

export type { AdoptOptions } from './network/lan/adopt';
export { connectNamespaces } from './topology/connect-namespaces';
export type { LinkEnd } from './topology/connect-namespaces';
export type { UnansweredQuestion } from './dns/forwarder';
export type { FailedServer } from './dns/upstream';
export type { DnsOptions } from './network/spec/dns-options';
export { Network } from './network/network';
export type { OpenOptions } from './network/open-options';
export type { AttachManyOptions, AttachOptions } from './network/members/attach-options';
export type { Endpoint, EndpointNetwork } from './network/runtime/endpoint';
export type { InspectedEndpoint, InspectedResolver, NetworkInspection } from './network/inspect/inspect';
export type { RemoteNetwork } from './network/peers/options';
export type { NetworkInfo } from './network/inspect/list';
export type { Publication, PublishRule } from './network/publish/publication';
export type { NatOptions, NetworkSpec } from './network/spec/network-spec';
export type { OpenvswitchOptions } from './network/spec/openvswitch-options';
export type { VxlanOptions } from './network/spec/vxlan-options';
export type { PublishedPort } from './firewall/network/published-port';
export type { LineQuality, LineShape } from './shape/options';
export { setStateDirectory } from './network/journal/files/state-directory';
export { gc } from './network/gc/gc';
export type { GcOptions, GcReport } from './network/gc/gc';

export { NamespacePool } from './pool/pool';
export type { Lease } from './pool/pool';
export { PoolBusyError } from './pool/error';
export type { PoolOptions } from './pool/options';
export { rootless } from './rootless/rootless';
export { spawnRootless } from './rootless/spawn';
export type { RootlessOptions, RootlessProcess } from './rootless/spawn';
export type { Outside } from './rootless/connect';
export type { Carrier } from './rootless/outside';
