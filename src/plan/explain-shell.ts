import { remark } from '../rtnl/commands/words';
import type { Step } from './spec/step';
import { handlerOf } from './handlers/handlers';

/**
 * The shell commands for a plan, one step after the other. Commands refer to namespaces by name, so a namespace without
 * a name is called by its label.
 */
export function explainShell(
  steps: readonly Step[],
  given: Readonly<Record<string, string | undefined>>,
): string {
  const byLabel = new Map(Object.entries(given).map(([label, name]) => [label, name ?? label]));
  const names = {
    of: (label: string) => byLabel.get(label) ?? label,
    set: (label: string, name: string) => void byLabel.set(label, name),
  };
  const notes = Object.entries(given).flatMap(([label, name]) =>
    name === undefined ? [remark(`${label}: a given namespace without a name under /run/netns.`)] : [],
  );
  const lines = steps.flatMap((step) => handlerOf(step).explain(step, names));
  return [...notes, ...lines].map((line) => `${line}\n`).join('');
}
