import path from 'node:path';
import ts from 'typescript';
import { programOf, type Section, sectionsOf } from '../../support/page';

const root = path.join(__dirname, '../../..');
const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
  config: { compilerOptions: object };
};
const { options: own } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
// As a user's: names that an example makes and does not use are no mistake.
const options: ts.CompilerOptions = {
  ...own,
  ...{ noEmit: true, noUnusedLocals: false, rootDir: root },
  paths: { netloom: [path.join(root, 'src/index.ts')] },
};

const sections = [...sectionsOf('docs/network.md'), ...sectionsOf('README.md').slice(0, 1)];
const wrong = { title: 'wrong', code: 'await network.publish({ hostPrt: 1 });', printed: '' };
const programs = new Map(
  [...sections, wrong].map((section) => [path.join(root, `${section.title}.ts`), programOf(section)]),
);
const disk = ts.createCompilerHost(options);
const host: ts.CompilerHost = {
  ...disk,
  readFile: (file) => programs.get(file) ?? disk.readFile(file),
  fileExists: (file) => programs.has(file) || disk.fileExists(file),
  getSourceFile: (file, version, ...rest) => {
    const text = programs.get(file);
    return text === undefined
      ? disk.getSourceFile(file, version, ...rest)
      : ts.createSourceFile(file, text, version, true);
  },
};

const checked = ts.createProgram([...programs.keys()], options, host);

function mistakesIn({ title }: Section): string[] {
  const source = checked.getSourceFile(path.join(root, `${title}.ts`));
  const found = [...checked.getSyntacticDiagnostics(source), ...checked.getSemanticDiagnostics(source)];
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

test.each(sections)('the examples of "$title" have the types of the library', (section) => {
  expect(mistakesIn(section)).toEqual([]);
});

test('a mistake would be found', () => {
  expect(sections.length).toBeGreaterThan(8);
  expect(mistakesIn(wrong)).toEqual([
    expect.stringContaining("'hostPrt' does not exist in type 'PublishRule'"),
  ]);
});
