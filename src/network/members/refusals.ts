import { NetlinkError } from '../../errors/errors';
import { ignoringNotFound } from '../../errors/not-found';
import type { NetworkNamespace } from '../../netns/namespace';
import type { Intent } from '../journal/intents';
import { unfinished, unfinishedDetail } from '../journal/unfinished';
import { labelOf, UPLINK_PORT } from '../model/labels';
import { driverOf } from '../drivers';
import type { Layout } from '../model/layout';
import type { Member } from '../model/member';
import { nameTaken } from '../model/name-taken';

/** The attempt that {@link attachRefusal} reports on. */
interface Attempt {
  readonly operation: string;
  readonly host: NetworkNamespace;
  readonly layout: Layout;
  readonly members: readonly Member[];
  /** The namespaces that were passed in, by the labels of their members. */
  readonly given: Readonly<Record<string, NetworkNamespace>>;
}

/**
 * Rewords the kernel's refusal of a step for the caller of attach: names the namespace, and the remedy where one is
 * known. Other errors stay as they are.
 */
export async function attachRefusal(error: unknown, attempt: Attempt): Promise<unknown> {
  if (!(error instanceof NetlinkError) || error.step === undefined) return error;
  const { operation, host, layout, members, given } = attempt;
  if (isLocked(error)) return reworded(error, operation, layout.name, lockedSetting(error, layout));
  const limit = error.code === 'EXFULL' ? driverOf(layout).mostPorts(layout) : undefined;
  if (limit) return reworded(error, operation, layout.name, limit.remedy());
  const member = members.find((one) => labelOf(one) === error.netns || one.port === error.object);
  if (member === undefined) return reworded(error, operation, layout.name, whatWas(error));
  const clash =
    error.code === 'EEXIST'
      ? (leftBy(host, layout, member) ?? (await clashOf(error, member, given[labelOf(member)])))
      : undefined;
  return reworded(error, operation, member.name, clash ?? whatWas(error));
}

/** The same for create: the caller does not know its requests before and after the plan either. */
export function createRefusal(error: unknown, layout: Pick<Layout, 'name' | 'device' | 'inet6'>): unknown {
  const { name, device } = layout;
  if (!(error instanceof NetlinkError) || error.operation.startsWith('network.')) return error;
  if (isTableTaken(error)) return nameTaken(name, error);
  if (isLocked(error)) return reworded(error, 'network.create', name, lockedSetting(error, layout));
  if (error.operation !== 'link.add' || error.code !== 'EEXIST')
    return reworded(error, 'network.create', name, whatWas(error));
  // The host's device may be the far end of the device named in the request.
  const taken = error.object === undefined || error.object === UPLINK_PORT ? device : error.object;
  const choice =
    taken === device
      ? 'choose another name by the option bridge, or remove that device'
      : 'remove that device';
  return reworded(error, 'network.create', name, `the host has a device '${taken}' already: ${choice}`);
}

// The kernel was asked for a table of that name before, and had none: another create was faster. The error is EPERM if
// a process owns the table.
function isTableTaken({ operation, code }: NetlinkError): boolean {
  return ['firewall', 'nftTable.add'].includes(operation) && ['EEXIST', 'EPERM'].includes(code);
}

/** Whether a killed process was making, or taking away, a namespace of that name. */
function leftBy(host: NetworkNamespace, layout: Layout, { pinned }: Member): string | undefined {
  if (pinned === undefined) return undefined;
  const names = ({ members = [] }: Pick<Intent, 'members'>): boolean =>
    members.some((one) => one.created && one.pinned === pinned);
  return unfinishedDetail(unfinished(String(host.cookie), layout).filter(names));
}

async function clashOf(
  { operation, object }: NetlinkError,
  { ifname, name }: Member,
  netns: NetworkNamespace | undefined,
): Promise<string | undefined> {
  switch (operation) {
    case 'netns.create':
      return `a namespace of this name exists: attach NetworkNamespace.open('${name}'), or choose another name`;
    case 'route.add':
      return (
        `the namespace has a route to ${object ?? 'default'} already: attach with defaultRoute: false, or with a separate ` +
        'table'
      );
    case 'link.add': {
      const inside = netns && (await ignoringNotFound(netns.rtnl.link.get({ ifname })));
      return (
        inside && `the namespace has a device '${ifname}' already: choose another name by the option ifname`
      );
    }
    default:
      return undefined;
  }
}

function isLocked({ operation, code }: NetlinkError): boolean {
  return operation === 'sysctl' && code === 'EROFS';
}

// A setting of a device that does not exist yet can be set beforehand by `default`: new devices begin with it. In a new
// namespace the kernel begins with its own defaults.
function lockedSetting(error: NetlinkError, { inet6 }: Pick<Layout, 'inet6'>): string {
  const setting = error.object?.replace(/\/conf\/[^/]+\//, '/conf/default/') ?? '';
  const remedy =
    inet6 === undefined
      ? `so make this setting beforehand: sysctl -w ${setting}`
      : 'and a network with subnet6 needs it writable for the settings of its namespaces';
  return `${whatWas(error)}; /proc/sys is read-only here, ${remedy}`;
}

function whatWas({ operation, object }: NetlinkError): string {
  return `the request was ${object === undefined ? operation : `${operation} ${object}`}`;
}

function reworded(error: NetlinkError, operation: string, object: string, detail: string): NetlinkError {
  const { errno, syscall, extack, path, notUndone } = error;
  return new NetlinkError({
    ...{ errno, syscall, extack, path, notUndone },
    ...{ operation, object, detail, cause: error },
  });
}
