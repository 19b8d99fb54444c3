import { run, type Inside } from './command';

/** All rules of a host by independent tools, without counters and the empty base chains that iptables itself leaves. */
export async function rulesOf(host: Inside): Promise<string[]> {
  const tools = ['iptables', 'ip6tables'].flatMap((tool) => [`${tool}-nft-save`, `${tool}-legacy-save`]);
  const saved = await Promise.all(tools.map((tool) => run(host, tool)));
  const lines = saved.flatMap(({ stdout }) =>
    stdout.split('\n').filter((line) => /^(-A |:[^ ]+ -)/.test(line)),
  );
  const { stdout } = await run(host, 'nft', ['--stateless', 'list', 'ruleset']);
  return [
    ...lines,
    ...stdout.split('\n').filter((line) => !/^(table ip6?|\tchain [A-Z]|\t\ttype |\t?\}|#|$)/.test(line)),
  ];
}
