import type * as native from '../../../src/native/load';

afterEach(() => {
  jest.resetModules();
});

/** Loads the contract's module with a loader that finds no binary. */
function explain(): Error {
  jest.doMock('node-gyp-build', () => () => {
    throw new Error('No native build was found for platform=linux arch=x64\n    loaded from: /somewhere');
  });
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- only a later import sees the replaced module.
  const { loadBinding } = require('../../../src/native/load') as typeof native;
  try {
    loadBinding();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it loaded');
}

test('an addon that does not load: what was found, what is needed, the command', () => {
  const error = explain();
  const [found, needed, command] = error.message.split('\n');
  expect(found).toBe(
    `netloom could not load its native addon on linux-${process.arch}, ${libc()}, Node.js ${process.version}: ` +
      'No native build was found for platform=linux arch=x64',
  );
  expect(needed).toMatch(/^Needed: a prebuilt addon .* or a C\+\+20 compiler, make and python3/);
  expect(command).toMatch(/^ {2}cd \S+ && npx node-gyp rebuild$/);
  expect(error.cause).toBeInstanceOf(Error);
});

function libc(): string {
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined ? 'musl' : `glibc ${header.glibcVersionRuntime}`;
}
