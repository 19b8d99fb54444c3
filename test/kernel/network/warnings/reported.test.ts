import { Network } from '../../../../src/network/network';
import { lab, needTools, runChild, sh } from '../../../support';

needTools('ip', 'nft');

const SPEC = { name: 'web', subnet: '10.66.0.0/24', lifetime: 'persistent' } as const;
const DROP = "nft 'table inet own { chain pass { type filter hook forward priority 5; policy drop; }; }'";
// Longer than it takes to tell.
const WHILE_MS = 1000;

let warn: jest.SpyInstance<void, Parameters<typeof process.emitWarning>>;
beforeEach(() => {
  warn = jest.spyOn(process, 'emitWarning').mockImplementation();
});
afterEach(() => {
  warn.mockRestore();
});

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, WHILE_MS));

/** What was told of the chain. */
function told(): unknown[][] {
  return warn.mock.calls.filter(([text]) => String(text).includes('table inet own'));
}

test('create() and open() tell what inspect() tells, once, after they have resolved', async () => {
  const { host } = await lab();
  await sh(host, DROP);
  const network = await Network.create({ ...SPEC, host });
  expect(warn).not.toHaveBeenCalled();
  await later();
  const found = (await network.inspect()).warnings.find((text) => text.includes('table inet own'));
  expect(found).toBeDefined();
  expect(told()).toEqual([[`network 'web': ${found ?? ''}`, 'NetloomWarning']]);
  const same = await Network.open('web', { host });
  await later();
  expect(told()).toHaveLength(1);
  // Something else has come up since.
  await sh(
    host,
    "nft 'table inet own { chain more { type filter hook forward priority 6; policy drop; }; }'",
  );
  const again = await Network.open('web', { host });
  await later();
  expect(told()).toEqual([expect.anything(), [expect.stringContaining('chain more'), 'NetloomWarning']]);
  await Promise.all([same.close(), again.close()]);
  await network.delete();
});

test('nothing is told with warnings: false, nor of a network that is gone before', async () => {
  const { host } = await lab();
  await sh(host, DROP);
  const quiet = await Network.create({ ...SPEC, host, warnings: false });
  const opened = await Network.open('web', { host, warnings: false });
  await later();
  expect((await quiet.inspect()).warnings.join()).toContain('table inet own');
  await opened.close();
  await quiet.delete();
  const brief = await Network.create({ ...SPEC, name: 'brief', host });
  await brief.delete();
  await later();
  expect(told()).toEqual([]);
  const spec = { ...SPEC, host, warnings: 'no' as unknown as boolean };
  await expect(Network.create(spec)).rejects.toThrow('network.create: warnings: must be true or false');
});

test('a process that makes a network is told by the event, and ends when it would without', async () => {
  const lasting = await runChild('network-told', ['520', String(WHILE_MS)]);
  expect(lasting.code).toBe(0);
  expect(JSON.parse(lasting.stdout)).toEqual({
    name: 'NetloomWarning',
    message: expect.stringContaining('gc_thresh3') as string,
  });
  for (const args of [
    // What the one before had goes a moment after it.
    ['2', String(WHILE_MS), '{"name":"few","subnet":"10.67.0.0/16"}'],
    ['520', '0', '{"name":"brief","subnet":"10.68.0.0/16"}'],
    ['520', String(WHILE_MS), '{"name":"quiet","subnet":"10.69.0.0/16","warnings":false}'],
  ]) {
    expect(await runChild('network-told', args)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  }
});
