import fs from 'node:fs';
import path from 'node:path';

/** The examples of one section of a page, and what they say that they print. */
export interface Section {
  readonly title: string;
  readonly code: string;
  readonly printed: string;
}

/** The sections of a page of documentation that have TypeScript in them, by their headings of the first two levels. */
export function sectionsOf(page: string): Section[] {
  const text = fs.readFileSync(path.join(__dirname, '../..', page), 'utf8');
  return text.split(/^##? /m).flatMap((section) => {
    const code = [...section.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block).join('\n');
    const title = section.split('\n', 1)[0] ?? '';
    return code === '' ? [] : [{ title, code, printed: printedBy(code) }];
  });
}

// What stands in the comment behind a console.log: to the end of the line, or from the next line on.
function printedBy(code: string): string {
  const said = [...code.matchAll(/^ *console\.log\(.*\); (?:\/\/ (.*)|\/\*\n([^]*?) \*\/)$/gm)];
  return said.map(([, line, lines]) => `${line ?? lines ?? ''}\n`).join('');
}

/** What the sections of docs/network.md have without making it. */
const GIVEN = `
  await using network = await Network.create({ name: 'lab', subnet: '10.7.0.0/24' });
  const [web, client] = await network.attachMany(['web', 'client']);`;
const EXPORTS = ['Network', 'NetworkNamespace', 'ValidationError', 'gc'];

/** The program that a section's examples are, in TypeScript. */
export function programOf({ code }: Section): string {
  const body = code.replace(/^import .* from 'netloom';$/gm, '');
  const given = /\bnetwork = await Network\.create\(/.test(body) ? '' : GIVEN;
  const used = EXPORTS.filter((name) => new RegExp(`\\b${name}\\b`).test(given + body));
  return `import { ${used.join(', ')} } from 'netloom';
async function main(): Promise<void> {${given}
  {
${body}
  }
}
main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
`;
}
