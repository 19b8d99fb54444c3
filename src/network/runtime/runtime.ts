import type { Forwarder } from '../../dns/forwarder';
import type { NetlinkError } from '../../errors/errors';
import type { NetworkRules } from '../../firewall/network/network-rules';
import type { SocketHandle } from '../../native/handles';
import type { NetworkNamespace } from '../../netns/namespace';
import type { Segments } from '../drivers/routers/segments';
import type { Intent } from '../journal/intents';
import type { Ledger } from '../journal/ledger';
import type { Layout } from '../model/layout';
import type { RulesGuard } from '../rules/rules-guard';
import type { AttachParts } from '../steps/attach-parts';
import type { EgressForwarding } from '../egress/egress-forwarding';

/** A network that exists, as its object holds it. */
export interface NetworkRuntime {
  readonly layout: Layout;
  readonly host: NetworkNamespace;
  /**
   * The namespace with the bridge, and the bridge's index there: 0 if the bridge was removed before this object opened
   * it.
   */
  readonly hub: NetworkNamespace;
  readonly bridge: number;
  /** The index of the host's device, which is the bridge if that is in the host. 0 likewise. */
  readonly device: number;
  readonly parts: AttachParts;
  /** The routers behind the hub; only if the network has some. */
  readonly segments?: Segments;
  readonly ledger: Ledger;
  /** The firewall rules, of either back end. */
  readonly rules: NetworkRules;
  /** The socket that owns the firewall's table; only for networks that live with this process. */
  readonly owner?: SocketHandle;
  /** Answers DNS requests on the gateway address; absent without `dns`, or where only other processes could listen. */
  readonly resolver?: Forwarder;
  /** Why a resolver is missing although one should run. */
  readonly unserved?: NetlinkError;
  /** Restores rules that others removed; only for persistent networks on nf_tables. */
  readonly guard?: RulesGuard;
  /** Keeps the host forwarding for the network; absent where the host routes nothing. */
  readonly egress?: EgressForwarding;
  /** Means "not handed over yet"; only for persistent networks that this object created. */
  readonly claim?: Intent;
  /** Keeps others from opening an unfinished network; only for persistent networks that this object created. */
  readonly making?: Intent;
  /** Tells gc() that this process has the network open; only for persistent networks that it opened. */
  readonly hold?: Intent;
}
