import { spawnSync } from 'node:child_process';
import path from 'node:path';

const library = path.join(__dirname, '../../../dist');

function load(pieces: string): { status: number | null; stderr: string } {
  const script = `require(${JSON.stringify(library)})`;
  return spawnSync(process.execPath, ['-e', script], {
    encoding: 'utf8',
    env: { ...process.env, NETLOOM_WITHOUT: pieces },
  });
}

test('machinery for speed is switched off by name', () => {
  expect(load('')).toMatchObject({ status: 0, stderr: '' });
  expect(load('templates,layouts,elements,prefetch,spin,code-cache')).toMatchObject({
    status: 0,
    stderr: '',
  });
});

test('an unknown piece is an error that lists those that there are', () => {
  const { status, stderr } = load('templates,speed');
  expect(status).toBe(1);
  expect(stderr).toContain(
    "NETLOOM_WITHOUT: unknown piece 'speed': must be a list of templates, layouts, elements, prefetch, spin, code-cache",
  );
});
