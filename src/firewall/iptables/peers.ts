import type { DeviceNames } from '../nft/expressions';
import { deviceArgument } from './device-name';
import type { SavedTable } from './saved';
import { chainName, chainPrefix, restoreText } from './rules';

/** The properties of the iptables rules that admit a network's peers. */
export interface PeerRules {
  readonly network: string;
  /** The host's devices on the network. */
  readonly device: DeviceNames;
  readonly nat: boolean;
  readonly shut?: boolean | undefined;
  /** The peers' subnets. */
  readonly subnets: readonly string[];
}

/**
 * The input for iptables-restore to admit peers, or to block them again. {@link preparePeers} and {@link changePeers}
 * do the same with sets.
 */
export function peerRules(verb: 'add' | 'delete', rules: PeerRules): string {
  const { network, nat, shut = false, subnets } = rules;
  const device = deviceArgument(rules.device);
  const first = verb === 'add' ? '-I' : '-D';
  const ofEach = (chain: string, match: (subnet: string) => string): string[] =>
    subnets.map((subnet) => `${first} ${chainName(network, chain)} ${match(subnet)} -j RETURN`);
  return [
    restoreText(
      'raw',
      ofEach('guard', (subnet) => `-s ${subnet} -m rpfilter`),
    ),
    restoreText('filter', [
      ...ofEach('forward', (subnet) => `-s ${subnet} -o ${device}`),
      ...(shut ? ofEach('forward', (subnet) => `-d ${subnet} -i ${device}`) : []),
    ]),
    ...(nat
      ? [
          restoreText(
            'nat',
            ofEach('leaving', (subnet) => `-d ${subnet}`),
          ),
        ]
      : []),
  ].join('');
}

const PEER_RULE = /^-A \S+ (?:-s (\S+) (?:-m rpfilter|-o \S+)|-d (\S+)(?: -i \S+)?) -j RETURN$/;

/** The input that blocks those of the peers that are admitted. Empty if there are none. */
export function peerRemovalOf(
  saved: readonly SavedTable[],
  network: string,
  subnets: readonly string[],
): string {
  return saved
    .map(({ table, lines }) => {
      const theirs = linesOf(lines, network).filter((line) => {
        const [, source, destination] = PEER_RULE.exec(line) ?? [];
        return subnets.includes(source ?? destination ?? '');
      });
      return theirs.length > 0
        ? restoreText(
            table,
            theirs.map((line) => line.replace('-A ', '-D ')),
          )
        : '';
    })
    .join('');
}

function linesOf(lines: readonly string[], network: string): string[] {
  return lines.filter((line) => line.startsWith(`-A ${chainPrefix(network)}`));
}
