import type { Forwarder } from '../../dns/forwarder';
import type { NetlinkError } from '../../errors/errors';
import type { NetworkRules } from '../../firewall/network/network-rules';
import type { SocketHandle } from '../../native/handles';
import type { NetworkNamespace } from '../../netns/namespace';
import type { Segments } from '../drivers/segments';
import type { Intent } from '../journal/intents';
import type { Ledger } from '../journal/ledger';
import type { Layout } from '../model/layout';
import type { RulesGuard } from '../rules/rules-guard';
import type { AttachParts } from '../steps/attach-parts';
import type { WayOut } from '../way-out/way-out';

/** A network that stands, as its object holds it. */
export interface NetworkRuntime {
  readonly layout: Layout;
  readonly host: NetworkNamespace;
  /** The namespace with the bridge, and the bridge's index there: 0 for one that somebody removed before this object opened it. */
  readonly hub: NetworkNamespace;
  readonly bridge: number;
  /** The index of the host's device, which is the bridge if that is there: 0 likewise. */
  readonly device: number;
  readonly parts: AttachParts;
  /** The routers behind the hub; only of networks that have some. */
  readonly segments?: Segments;
  readonly ledger: Ledger;
  /** The rules, whoever carries them out. */
  readonly rules: NetworkRules;
  /** The socket that owns the firewall's table; only of networks that live with this process. */
  readonly owner?: SocketHandle;
  /** Answers questions on the gateway address; absent without `dns`, or where only other processes could listen. */
  readonly resolver?: Forwarder;
  /** Why there is no resolver, although there should be one. */
  readonly unserved?: NetlinkError;
  /** Brings rules back that others removed; only of persistent networks on nf_tables. */
  readonly guard?: RulesGuard;
  /** Keeps the host forwarding for the network; absent where nothing is routed by the host. */
  readonly wayOut?: WayOut;
  /** Stands for "not handed over yet"; only of persistent networks that this object made. */
  readonly claim?: Intent;
  /** Keeps others from opening it before all of it is made; only of persistent networks that this object made. */
  readonly making?: Intent;
  /** Tells gc() that this process has the network open; only of persistent networks that it opened. */
  readonly hold?: Intent;
}
