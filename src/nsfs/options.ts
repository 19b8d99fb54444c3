import { ValidationError } from '../errors/errors';
import { optionsIn } from '../errors/known-keys';

export interface NamespaceOptions {
  /** False disables IPv6 on all present and future devices inside. Default true. */
  readonly ipv6?: boolean;
  /**
   * Kernel settings to write inside before the loopback device comes up, by their sysctl(8) names:
   * `{ 'net.ipv4.ip_forward': 1 }`, or with slashes if a device's name has a dot: 'net/ipv4/conf/eth0.5/forwarding'.
   */
  readonly sysctls?: Readonly<Record<string, string | number>>;
}

/** One setting as the executor writes it: a path below /proc/sys. */
export interface Setting {
  readonly path: string;
  readonly value: string;
}

const KEYS = ['ipv6', 'sysctls'];

/** The requested settings, in order. Throws a ValidationError that names the key. */
export function settingsOf(options: NamespaceOptions, operation: string): Setting[] {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  const given = optionsIn(options, KEYS, operation);
  const { ipv6 = true, sysctls = {} } = given;
  if (typeof (ipv6 as unknown) !== 'boolean') refuse('ipv6', ipv6, 'must be true or false');
  if (typeof (sysctls as unknown) !== 'object' || (sysctls as unknown) === null || Array.isArray(sysctls)) {
    refuse('sysctls', sysctls, 'must be an object such as { "net.ipv4.ip_forward": 1 }');
  }
  const settings = Object.entries(sysctls).map(([key, value]) => {
    const problem = keyProblem(pathOf(key)) ?? valueProblem(value);
    if (problem !== undefined) refuse(`sysctls['${key}']`, value, problem);
    return { path: pathOf(key), value: String(value) };
  });
  // "all" also sets the default for later devices.
  if (!ipv6) settings.unshift({ path: 'net/ipv6/conf/all/disable_ipv6', value: '1' });
  return settings;
}

// As in sysctl(8): the first "/" or "." in a key is the separator.
function pathOf(key: string): string {
  return /^[^.]*\//.test(key) ? key : key.replaceAll('.', '/');
}

function keyProblem(path: string): string | undefined {
  if (!path.startsWith('net/'))
    return 'must begin with "net.": only these settings belong to a network namespace';
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    return 'must be a name as in sysctl(8), such as "net.ipv4.ip_forward"';
  }
  return undefined;
}

function valueProblem(value: unknown): string | undefined {
  const fits = typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string';
  return fits ? undefined : 'must be a string or a finite number';
}
