import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { gc } from '../../../../src/network/gc/gc';
import { currentOwner } from '../../../../src/network/journal/liveness';
import { killed, type Lab, lab, machineSnapshot, needTools, snapshot, startSetup } from '../../../support';

needTools('ip', 'nft');

const JOURNAL = '/run/netloom';

type Fields = Record<string, unknown>;

/** Changes the content of an intent, and leaves what follows it. */
function rewrite(file: string, change: (intent: Fields) => Fields): void {
  const text = fs.readFileSync(file, 'utf8');
  const end = text.lastIndexOf('}') + 1;
  const intent = change(JSON.parse(text.slice(0, end)) as Fields);
  fs.writeFileSync(file, `${JSON.stringify(intent)}${text.slice(end)}`);
}

const spoil: Record<string, (file: string) => void> = {
  'of another version': (file) => {
    rewrite(file, (intent) => ({ ...intent, version: 2 }));
  },
  'of another version that names no id and has another kind of lock': (file) => {
    rewrite(file, ({ owner, host, network }) => ({
      ...{ version: 2, host, network },
      owner: { ...(owner as Fields), life: 'another' },
    }));
  },
  'with an unknown action': (file) => {
    rewrite(file, (intent) => ({ ...intent, action: 'lend' }));
  },
  'with more text after it': (file) => {
    fs.appendFileSync(file, ' more');
  },
  'writable by others': (file) => {
    fs.chmodSync(file, 0o666);
  },
  'of another user': (file) => {
    fs.chownSync(file, 1000, 1000);
  },
};

/** The intent of another opener than the network's killed creator, whose intent is there already. */
function writeHold({ host }: Lab): string {
  const directory = `${JOURNAL}/intents`;
  const intents = fs
    .readdirSync(directory)
    .map((name) => JSON.parse(fs.readFileSync(`${directory}/${name}`, 'utf8')) as Fields);
  const created = intents.find((one) => one['action'] === 'create' && one['host'] === String(host.cookie));
  const id = randomUUID();
  const hold = { ...created, id, of: created?.['id'], owner: currentOwner(), action: 'hold' };
  fs.writeFileSync(`${directory}/${id}.json`, JSON.stringify(hold), { mode: 0o600 });
  return `${directory}/${id}.json`;
}

test.each(Object.entries(spoil))(
  'an intent %s keeps the network that its living process has open, and nothing after that process',
  async (_, to) => {
    const scene = await lab({ named: true });
    const { host } = scene;
    const [before, machine] = [await snapshot(host), machineSnapshot()];
    const { child, said } = startSetup(scene);
    await said('done');
    await killed(child);
    const file = writeHold(scene);
    to(file);
    const standing = await snapshot(host);
    const told = [
      expect.stringMatching(`^file ${file}: (?!.*moved)`),
      `network setup: process ${String(process.pid)} has the network open`,
    ];
    // The killed creator's intent must outlive the first.
    for (const dryRun of [true, false, false]) {
      expect(await gc({ host, dryRun })).toEqual({ removed: [], kept: told });
      expect(await snapshot(host)).toEqual(standing);
    }
    // As after the end of the process that had it open.
    rewrite(file, (intent) => ({ ...intent, owner: { ...(intent['owner'] as Fields), startTime: '1' } }));
    const { removed, kept } = await gc({ host });
    expect(removed).toContain('link nl-setup');
    expect(kept).toEqual([expect.stringContaining(`file ${file}: `)]);
    expect(await snapshot(host)).toEqual(before);
    fs.rmSync(file, { force: true });
    fs.rmSync(`${JOURNAL}/aside`, { recursive: true, force: true });
    expect(machineSnapshot()).toEqual(machine);
  },
);
