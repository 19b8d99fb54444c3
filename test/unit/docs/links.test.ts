import fs from 'node:fs';
import path from 'node:path';

const root = path.join(__dirname, '../../..');
const read = (page: string): string => fs.readFileSync(path.join(root, page), 'utf8');
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...fs
    .readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** The places that a link into a page may name, as GitHub derives them from headings. */
function anchorsOf(page: string): Set<string> {
  const prose = read(page).replace(/^```.*?^```$/gms, '');
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading.toLowerCase());
  return new Set(headings.map((heading) => heading.replace(/[^\w\- ]/g, '').replaceAll(' ', '-')));
}

/** A page's links to other files of the repository, and to headings. */
function linksOf(page: string): string[] {
  const targets = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !target.startsWith('http'));
}

test.each(pages)('the links of %s lead somewhere', (page) => {
  const broken = linksOf(page).filter((target) => {
    const [file = '', anchor] = target.split('#');
    const there = file === '' ? page : path.join(path.dirname(page), file);
    if (!fs.existsSync(path.join(root, there))) return true;
    return anchor !== undefined && !anchorsOf(there).has(anchor);
  });
  expect(broken).toEqual([]);
});

test('README and docs/network.md have links', () => {
  expect(linksOf('README.md').length).toBeGreaterThan(20);
  expect(linksOf('docs/network.md').length).toBeGreaterThan(20);
});
