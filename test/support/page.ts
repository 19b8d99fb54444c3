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
