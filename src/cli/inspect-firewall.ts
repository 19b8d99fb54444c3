import type { InspectedFirewall } from '../netns/inspected-firewall';
import { phrase } from './output';

/** Tables, chains and rules as nft lists them. */
export function firewallLines({ tables, chains, rules, sets, legacy }: InspectedFirewall): string[] {
  const lines = tables.flatMap(({ family, name }) => {
    const isInside = (one: { family: string; table: string }): boolean =>
      one.family === family && one.table === name;
    const inside = [
      ...sets.filter(isInside).map((set) => `set ${set.name} { ${(set.texts ?? []).join(', ')} }`),
      ...chains.filter(isInside).flatMap((chain) => {
        const own = rules.filter((rule) => isInside(rule) && rule.chain === chain.name);
        const head = phrase(
          ...[`chain ${chain.name}`, chain.type && `type ${chain.type}`],
          ...[chain.hook && `priority ${chain.hook.priority}`, chain.policy && `policy ${chain.policy}`],
        );
        return [`${head} {`, ...own.map(({ text }) => `  ${text}`), '}'];
      }),
    ];
    return [`table ${family} ${name} {`, ...inside.map((line) => `  ${line}`), '}'];
  });
  const { ip = '', ip6 = '' } = legacy?.saved ?? {};

  return [...lines, ...`${ip}\n${ip6}`.split('\n').filter(Boolean)];
}
